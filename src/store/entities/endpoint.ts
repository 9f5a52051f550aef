import { Column, Entity, PrimaryColumn } from 'typeorm';
import { idColumn, referenceColumn, jsonTransformer, time } from './columns';
import type { EndpointStatus, PayloadFormat, SignatureScheme } from '../../domain/nouns';

@Entity('endpoints')
export class EndpointRow {
  @PrimaryColumn(idColumn('endpoint'))
  id!: string;

  @Column(referenceColumn('tenant', 'tenant_id'))
  tenantId!: string;

  @Column({ type: 'varchar' })
  name!: string;

  @Column({ type: 'varchar' })
  url!: string;

  @Column({ type: 'varchar' })
  description!: string;

  @Column({ type: 'varchar' })
  status!: EndpointStatus;

  @Column({ type: 'varchar', name: 'disabled_reason', nullable: true })
  disabledReason!: string | null;

  /** When the first of nothing but failures was; null while it is not known to fail. */
  @Column({ ...time, name: 'failing_since', nullable: true })
  failingSince!: Date | null;

  @Column({ type: 'varchar', name: 'payload_format' })
  payloadFormat!: PayloadFormat;

  /** The endpoint's own request headers as JSON, sealed: they may carry credentials. */
  @Column({ type: 'blob', name: 'headers_sealed', nullable: true })
  headersSealed!: Buffer | null;

  /** Credentials and whom they are for, sealed. */
  @Column({ type: 'blob', name: 'credentials_sealed', nullable: true })
  credentialsSealed!: Buffer | null;

  @Column({ type: 'int', unsigned: true, name: 'timeout_ms' })
  timeoutMs!: number;

  /** Null: no limit. */
  @Column({ type: 'double', name: 'rate_limit_per_second', nullable: true })
  rateLimitPerSecond!: number | null;

  /** Null: as many as the workers' windows allow. */
  @Column({ type: 'int', unsigned: true, name: 'max_in_flight', nullable: true })
  maxInFlight!: number | null;

  @Column({ type: 'boolean' })
  ordered!: boolean;

  /** Seconds; null: the deployment's own schedule. */
  @Column({ type: 'text', name: 'retry_schedule', nullable: true, transformer: jsonTransformer })
  retrySchedule!: number[] | null;

  @Column({ type: 'varchar', name: 'signature_scheme' })
  signatureScheme!: SignatureScheme;

  @Column({ type: 'bigint', name: 'config_version', transformer: { to: String, from: Number } })
  configVersion!: number;

  @Column({ ...time, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...time, name: 'updated_at' })
  updatedAt!: Date;

  @Column({ ...time, name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
