import { Column, Entity, PrimaryColumn } from 'typeorm';
import { idColumn, jsonTransformer, time } from './columns';

@Entity('tenants')
export class TenantRow {
  @PrimaryColumn(idColumn('tenant'))
  id!: string;

  @Column({ type: 'varchar' })
  slug!: string;

  @Column({ type: 'varchar' })
  name!: string;

  /** What this tenant has been granted; event types may require one of them. */
  @Column({ type: 'text', transformer: jsonTransformer })
  scopes!: string[];

  /** Null: none. The deployment's list holds for every tenant. */
  @Column({ type: 'text', name: 'allowed_networks', nullable: true, transformer: jsonTransformer })
  allowedNetworks!: string[] | null;

  /** Raised in the transaction of every change of the tenant's endpoints and subscriptions. */
  @Column({ type: 'bigint', name: 'config_version', transformer: { to: String, from: Number } })
  configVersion!: number;

  @Column({ ...time, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...time, name: 'updated_at' })
  updatedAt!: Date;

  @Column({ ...time, name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
