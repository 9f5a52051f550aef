import { decodeId, encodeId, idBytes, type IdKind } from '../../domain/ids';
import type { ColumnOptions, PrimaryColumnOptions, ValueTransformer } from 'typeorm';

/** Column shapes that several entities share. Ids are text in the program and 16 bytes in the database. */

export function idColumn(kind: IdKind): PrimaryColumnOptions {
  return { type: 'binary', length: 16, transformer: idTransformer(kind) };
}

export function referenceColumn(kind: IdKind, name: string, options: ColumnOptions = {}): ColumnOptions {
  return { type: 'binary', length: 16, transformer: idTransformer(kind), name, ...options };
}

/** TypeORM hands find operators and nulls through here too; those pass as they are. */
function idTransformer(kind: IdKind): ValueTransformer {
  return {
    to: (value: unknown) =>
      typeof value === 'string' ? (decodeId(kind, value) ?? idBytes(kind, value)) : value,
    from: (value: unknown) => (Buffer.isBuffer(value) ? encodeId(kind, value) : value),
  };
}

export const jsonTransformer: ValueTransformer = {
  to: (value: unknown) => (value === null || value === undefined ? null : JSON.stringify(value)),
  from: (value: unknown) => (typeof value === 'string' ? (JSON.parse(value) as unknown) : value),
};

export const time: ColumnOptions = { type: 'datetime', precision: 3 };
