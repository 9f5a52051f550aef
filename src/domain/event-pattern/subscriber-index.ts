import type { InPieces } from '../pieces';
import { TopicIndex } from '../topic-pattern';
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

  /** Each once. `event` is called at most once, and only when a filter has to see it. */
  *find(type: string, event: () => object): InPieces<T[]> {
    const found = new Set<T>();
    let seen: object | undefined;
    for (const { unfiltered, filtered } of this.topics.match(type)) {
      for (const value of unfiltered) found.add(value);
      if (filtered.size === 0) continue;
      seen ??= event();
      for (const value of yield* filtered.matching(seen)) found.add(value);
    }
    return [...found];
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
