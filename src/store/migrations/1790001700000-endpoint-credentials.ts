import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an endpoint's destination asks for besides its URL, sealed. */
export class EndpointCredentials1790001700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table endpoints add column credentials_sealed blob null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table endpoints drop column credentials_sealed');
  }
}
