import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which scope the tenant lacked for an event's type when it was routed. Null: none, or it came before this was kept. */
export class LackedScopes1790001100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table events add column lacked_scope varchar(100) character set ascii null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table events drop column lacked_scope');
  }
}
