import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lists of deliveries by event type. Types never change, so the index costs an insert and nothing after it. */
export class DeliveryTypes1790000900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table deliveries add key deliveries_type (tenant_id, event_type, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table deliveries drop key deliveries_type');
  }
}
