import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Names of event types differ where their case does, as routing keys do. */
export class ExactEventTypeNames1790002300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table event_types modify column name varchar(200) character set ascii collate ascii_bin not null',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table event_types modify column name varchar(200) character set ascii not null',
    );
  }
}
