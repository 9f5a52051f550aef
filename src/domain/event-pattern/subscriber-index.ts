import { never, unless, type InPieces, type IsTooLate } from '../pieces';
import { TopicIndex } from '../routing/topic-pattern';
import type { EventPattern } from './compile-pattern';
import { PatternIndex } from './pattern-index';

/** What an event must be like for a subscriber. */
export interface Interest {
  /** Event types or topic patterns. */
  topics: readonly string[];
  /** Undefined: every event of the types. */
  pattern: EventPattern | undefined;
}

interface Bucket<T> {
  unfiltered: Set<T>;
  filtered: PatternIndex<T>;
}

/** Who gets an event. */
export interface Found<T> {
  found: T[];
  /** Those who may get it: it was too late to see whether their filters match. */
  undecided: T[];
}

/** Subscribers by type and data: finding who wants an event costs what matches, not what is subscribed. */
export class SubscriberIndex<T> {
  private readonly topics = new TopicIndex<Bucket<T>>();
  private readonly buckets = new Map<string, Bucket<T>>();

  add({ topics, pattern }: Interest, value: T): void {
    for (const topic of topics) {
      const bucket = this.bucketOf(topic);
      if (pattern) bucket.filtered.add(pattern, value);
      else bucket.unfiltered.add(value);
    }
  }

  remove(topics: readonly string[], value: T): void {
    for (const topic of topics) {
      const bucket = this.buckets.get(topic);
      if (!bucket) continue;
      bucket.unfiltered.delete(value);
      bucket.filtered.remove(value);
      if (bucket.unfiltered.size > 0 || bucket.filtered.size > 0) continue;
      this.buckets.delete(topic);
      this.topics.remove(topic, bucket);
    }
  }

  /**
   * Each once. `event` is called at most once, and only when a filter has to see it.
   * @param isTooLate asked of filters only
   */
  *find(type: string, event: () => object, isTooLate: IsTooLate = never): InPieces<Found<T>> {
    const found = new Set<T>();
    const undecided: T[] = [];
    let seen: object | undefined;
    for (const { unfiltered, filtered } of this.topics.match(type)) {
      for (const value of unfiltered) found.add(value);
      if (filtered.size === 0) continue;
      seen ??= event();
      const matching = yield* unless(isTooLate, filtered.matching(seen));
      for (const value of matching ?? []) found.add(value);
      if (!matching) for (const value of filtered.values()) undecided.push(value);
    }
    // Nearly always nobody.
    if (undecided.length === 0) return { found: [...found], undecided };
    return { found: [...found], undecided: [...new Set(undecided)].filter((value) => !found.has(value)) };
  }

  /** Whether one of them, who has these topics here, would get the event by its filter, if it has one. */
  *wants(topics: readonly string[], value: T, event: object): InPieces<boolean> {
    for (const topic of topics) {
      const bucket = this.buckets.get(topic);
      if (bucket?.unfiltered.has(value)) return true;
      const isMatch = bucket && (yield* bucket.filtered.isMatch(value, event));
      if (isMatch !== undefined) return isMatch;
    }
    return false;
  }

  private bucketOf(topic: string): Bucket<T> {
    let bucket = this.buckets.get(topic);
    if (!bucket) {
      bucket = { unfiltered: new Set(), filtered: new PatternIndex() };
      this.buckets.set(topic, bucket);
      this.topics.add(topic, bucket);
    }
    return bucket;
  }
}
