import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lists of deliveries by event type: types never change, so the index costs an insert and nothing after it. And the id
 * named at the end of deliveries_due, where InnoDB has it anyway: unless it is named, the optimizer sorts all that is
 * settled to find the newest.
 */
export class DeliveryTypes1790000900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table deliveries add key deliveries_type (tenant_id, event_type, id), drop key deliveries_due,
         add key deliveries_due (status, next_attempt_at, id)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table deliveries drop key deliveries_type, drop key deliveries_due,
         add key deliveries_due (status, next_attempt_at)`,
    );
  }
}
