import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Gates behind which what comes waits, too: their endpoints come back from trouble. Older processes leave it false. */
export class RecoveringGates1790002010000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table gates add column recovering boolean not null default false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table gates drop column recovering');
  }
}
