import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SourceProvider, SourceRefusal } from '../../domain/source';
import { idColumn, referenceColumn, time } from './columns';

@Entity('sources')
export class SourceRow {
  @PrimaryColumn(idColumn('source'))
  id!: string;

  @Column(referenceColumn('tenant', 'tenant_id'))
  tenantId!: string;

  @Column({ type: 'varchar' })
  name!: string;

  @Column({ type: 'varchar' })
  provider!: SourceProvider;

  @Column({ type: 'varchar', name: 'event_type_prefix' })
  eventTypePrefix!: string;

  @Column({ type: 'boolean' })
  enabled!: boolean;

  @Column({ ...time, name: 'last_received_at', nullable: true })
  lastReceivedAt!: Date | null;

  @Column({ ...time, name: 'last_refused_at', nullable: true })
  lastRefusedAt!: Date | null;

  @Column({ type: 'varchar', name: 'last_refusal', nullable: true })
  lastRefusal!: SourceRefusal | null;

  @Column({ ...time, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...time, name: 'updated_at' })
  updatedAt!: Date;

  @Column({ ...time, name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
