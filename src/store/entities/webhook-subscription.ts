import { Column, Entity, PrimaryColumn } from 'typeorm';
import { idColumn, referenceColumn, jsonTransformer, time } from './columns';

@Entity('webhook_subscriptions')
export class WebhookSubscriptionRow {
  @PrimaryColumn(idColumn('subscription'))
  id!: string;

  @Column(referenceColumn('tenant', 'tenant_id'))
  tenantId!: string;

  @Column(referenceColumn('endpoint', 'endpoint_id'))
  endpointId!: string;

  @Column({ type: 'text', name: 'event_types', transformer: jsonTransformer })
  eventTypes!: readonly string[];

  @Column({ type: 'int', unsigned: true, nullable: true })
  version!: number | null;

  @Column({ type: 'mediumtext', nullable: true, transformer: jsonTransformer })
  filter!: object | null;

  @Column({ type: 'mediumtext', nullable: true })
  transform!: string | null;

  @Column({ type: 'text', name: 'include_fields', nullable: true, transformer: jsonTransformer })
  includeFields!: readonly string[] | null;

  @Column({ type: 'boolean' })
  enabled!: boolean;

  @Column({ type: 'bigint', name: 'config_version', transformer: { to: String, from: Number } })
  configVersion!: number;

  @Column({ ...time, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...time, name: 'updated_at' })
  updatedAt!: Date;

  @Column({ ...time, name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
