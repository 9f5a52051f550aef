import { Column, Entity, PrimaryColumn } from 'typeorm';
import { idColumn, referenceColumn, jsonTransformer, time } from './columns';

@Entity('api_keys')
export class ApiKeyRow {
  @PrimaryColumn(idColumn('apiKey'))
  id!: string;

  /** Null for an operator's or service's key. */
  @Column(referenceColumn('tenant', 'tenant_id', { nullable: true }))
  tenantId!: string | null;

  @Column({ type: 'varchar' })
  name!: string;

  /** The first characters of the key, to recognise it by. */
  @Column({ type: 'varchar' })
  prefix!: string;

  /** SHA-256 of the whole key, which has 256 random bits. */
  @Column({ type: 'binary', length: 32 })
  hash!: Buffer;

  @Column({ type: 'text', transformer: jsonTransformer })
  scopes!: string[];

  @Column({ ...time, name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @Column({ ...time, name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column({ ...time, name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column({ ...time, name: 'created_at' })
  createdAt!: Date;
}
