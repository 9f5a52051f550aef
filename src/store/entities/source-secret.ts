import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { referenceColumn, time } from './columns';

@Entity('source_secrets')
export class SourceSecretRow {
  @PrimaryGeneratedColumn({ type: 'bigint', unsigned: true })
  id!: string;

  @Column(referenceColumn('source', 'source_id'))
  sourceId!: string;

  /** The provider's signing secret, sealed under the key ring. */
  @Column({ type: 'varbinary', length: 1024 })
  sealed!: Buffer;

  @Column({ ...time, name: 'created_at' })
  createdAt!: Date;

  /** Until when requests signed with it are taken beside its successor's; null for the present one. */
  @Column({ ...time, name: 'expires_at', nullable: true })
  expiresAt!: Date | null;
}
