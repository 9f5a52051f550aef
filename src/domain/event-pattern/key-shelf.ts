import type { Scalar } from './condition';
import type { Group, MakeGroup } from './group';

/**
 * Things found by a key that is cut from the event's value: the value itself, its first n characters, the network of
 * its first n bits. Each n that is in use costs one look-up, however many keys there are.
 */
export class KeyShelf<T> {
  private readonly slots = new Map<Scalar, Group<T>>();
  /** How many keys there are of each length. */
  private readonly lengths = new Map<number, number>();

  /** `cut` gives undefined where a value has no key of that length. Keys of different lengths must differ. */
  constructor(
    private readonly makeGroup: MakeGroup<T>,
    private readonly cut: (value: Scalar, length: number) => Scalar | undefined,
  ) {}

  add(key: Scalar, length: number, value: T): void {
    let slot = this.slots.get(key);
    slot?.add(value);
    if (slot) return;
    slot = this.makeGroup();
    slot.add(value);
    this.slots.set(key, slot);
    this.lengths.set(length, (this.lengths.get(length) ?? 0) + 1);
  }

  remove(key: Scalar, length: number, value: T): void {
    const slot = this.slots.get(key);
    if (!slot?.delete(value) || slot.size > 0) return;
    this.slots.delete(key);
    const left = (this.lengths.get(length) ?? 1) - 1;
    if (left > 0) this.lengths.set(length, left);
    else this.lengths.delete(length);
  }

  /** How many things share a key. */
  crowd(key: Scalar): number {
    return this.slots.get(key)?.size ?? 0;
  }

  visit(value: Scalar, onGroup: (group: Group<T>) => void): void {
    for (const length of this.lengths.keys()) {
      const key = this.cut(value, length);
      const slot = key === undefined ? undefined : this.slots.get(key);
      if (slot) onGroup(slot);
    }
  }

  /** How many look-ups a value takes. */
  get lookUps(): number {
    return this.lengths.size;
  }

  isEmpty(): boolean {
    return this.slots.size === 0;
  }
}
