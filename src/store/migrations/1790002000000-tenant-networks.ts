import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The networks that an operator has opened for one tenant. Null: none, which is what older processes write. */
export class TenantNetworks1790002000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table tenants add column allowed_networks text character set ascii null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table tenants drop column allowed_networks');
  }
}
