import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { referenceColumn, time } from './columns';

@Entity('endpoint_secrets')
export class EndpointSecretRow {
  @PrimaryGeneratedColumn({ type: 'bigint', unsigned: true })
  id!: string;

  @Column(referenceColumn('endpoint', 'endpoint_id'))
  endpointId!: string;

  /** `whsec_…` or `whsk_…`, sealed under the key ring. */
  @Column({ type: 'varbinary', length: 512 })
  sealed!: Buffer;

  @Column({ ...time, name: 'created_at' })
  createdAt!: Date;

  /** Until when it signs beside its successor; null for the present one. */
  @Column({ ...time, name: 'expires_at', nullable: true })
  expiresAt!: Date | null;
}
