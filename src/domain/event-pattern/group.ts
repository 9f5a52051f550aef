import type { InPieces } from '../pieces';

/** What is kept under one key of an index. */
export interface Group<T> {
  add(item: T): void;
  /** False when it was not in. */
  delete(item: T): boolean;
  readonly size: number;
  /** Those that the event may be for. */
  visit(event: object, onItem: (item: T) => void): InPieces<void>;
}

export type MakeGroup<T> = () => Group<T>;
