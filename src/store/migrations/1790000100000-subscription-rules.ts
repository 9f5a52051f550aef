import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a subscription asks for beside its event types: a pinned version, a filter, and what of the data it gets. */
export class SubscriptionRules1790000100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table webhook_subscriptions
         add column version int unsigned null after event_types,
         add column filter mediumtext null after version,
         add column transform mediumtext null after filter,
         add column include_fields text null after transform`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table webhook_subscriptions drop column version, drop column filter, drop column transform,
         drop column include_fields`,
    );
  }
}
