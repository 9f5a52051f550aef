import { Column, Entity, PrimaryColumn } from 'typeorm';
import { idColumn, referenceColumn, time } from './columns';

@Entity('inspectors')
export class InspectorRow {
  @PrimaryColumn(idColumn('inspector'))
  id!: string;

  @Column(referenceColumn('tenant', 'tenant_id'))
  tenantId!: string;

  @Column({ type: 'varchar' })
  name!: string;

  @Column({ type: 'varchar' })
  token!: string;

  /** What its requests are signed with, sealed under the key ring; null: nothing was pasted. */
  @Column({ type: 'varbinary', length: 1024, name: 'secret_sealed', nullable: true })
  secretSealed!: Buffer | null;

  @Column({ type: 'smallint', unsigned: true, name: 'answer_status' })
  answerStatus!: number;

  @Column({ type: 'int', unsigned: true, name: 'answer_delay_ms' })
  answerDelayMs!: number;

  @Column({ type: 'text', name: 'answer_body' })
  answerBody!: string;

  @Column({ type: 'int', unsigned: true, name: 'failures_left' })
  failuresLeft!: number;

  @Column({ ...time, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...time, name: 'updated_at' })
  updatedAt!: Date;

  @Column({ ...time, name: 'expires_at' })
  expiresAt!: Date;
}
