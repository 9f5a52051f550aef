import type { InPieces } from '../pieces';
import type { EventPattern } from './compile-pattern';
import { WayIndex, type Entry } from './way-index';

/**
 * Many patterns, found by an event at a cost that grows with what matches, not with what is kept. What the index of
 * their ways finds is then looked at whole. Only ways that any event may match by what it lacks are candidates always.
 */
export class PatternIndex<T> {
  private readonly ways = new WayIndex<T>();
  private readonly always = new Set<T>();
  private readonly kept = new Map<T, { pattern: EventPattern; entries: Entry<T>[] }>();

  add(pattern: EventPattern, value: T): void {
    this.remove(value);
    const entries = pattern.ways.map((way): Entry<T> => ({ way, value }));
    for (const entry of entries) if (!this.ways.add(entry)) this.always.add(value);
    this.kept.set(value, { pattern, entries });
  }

  remove(value: T): void {
    const kept = this.kept.get(value);
    if (!kept) return;
    for (const entry of kept.entries) this.ways.remove(entry);
    this.always.delete(value);
    this.kept.delete(value);
  }

  *matching(event: object): InPieces<Set<T>> {
    const candidates = new Set(this.always);
    yield* this.ways.visit(event, ({ value }) => candidates.add(value));
    const matching = new Set<T>();
    for (const value of candidates) {
      // Taken out meanwhile, it has no pattern any more.
      const pattern = this.kept.get(value)?.pattern;
      if (pattern && (yield* pattern.matches(event))) matching.add(value);
    }
    return matching;
  }

  /** Whether the pattern of this one matches; undefined: it has none here. */
  *isMatch(value: T, event: object): InPieces<boolean | undefined> {
    const pattern = this.kept.get(value)?.pattern;
    return pattern && (yield* pattern.matches(event));
  }

  values(): Iterable<T> {
    return this.kept.keys();
  }

  get size(): number {
    return this.kept.size;
  }

  /** Nothing is left behind of what was taken out. */
  isEmpty(): boolean {
    return this.kept.size === 0 && this.always.size === 0 && this.ways.isEmpty();
  }
}
