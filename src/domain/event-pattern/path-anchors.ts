import { networkOf, parseAddress } from './address-block';
import type { Condition, NumberRange, Scalar } from './condition';
import type { Group, MakeGroup } from './group';
import { KeyShelf } from './key-shelf';
import { RangeTree } from './range-tree';

/** Where one condition is kept: all that an event's value must have for the condition to be able to hold. */
type Place =
  | {
      shelf: 'exact' | 'lower' | 'prefix' | 'suffix' | 'lowerPrefix' | 'lowerSuffix' | 'network';
      key: Scalar;
      length: number;
    }
  | { shelf: 'range'; range: NumberRange }
  | { shelf: 'present' };

const lowered = (value: Scalar): string | undefined =>
  typeof value === 'string' ? value.toLowerCase() : undefined;
const firstOf = (text: string | undefined, length: number) =>
  text === undefined || text.length < length ? undefined : text.slice(0, length);
const lastOf = (text: string | undefined, length: number) =>
  text === undefined || text.length < length ? undefined : text.slice(text.length - length);
const asText = (value: Scalar): string | undefined => (typeof value === 'string' ? value : undefined);
/** IPv4 and IPv6 have different numbers of bits to count from: 8 more than any IPv4 block has keeps them apart. */
const V6 = 1000;

/** A key with more things than that is divided by their next condition. */
export const SPLIT_SIZE = 16;

/** Whether a value has to be like something, and not only there. */
export const isSelective = (condition: Condition): boolean => placeOf(condition).shelf !== 'present';

/** What the patterns of an index ask of the values at one path. */
export class PathAnchors<T> {
  private readonly shelves;
  private readonly ranges: RangeTree<T>;
  private readonly present: Group<T>;

  constructor(makeGroup: MakeGroup<T>) {
    this.shelves = {
      exact: new KeyShelf<T>(makeGroup, (value) => value),
      lower: new KeyShelf<T>(makeGroup, (value) => lowered(value)),
      prefix: new KeyShelf<T>(makeGroup, (value, length) => firstOf(asText(value), length)),
      suffix: new KeyShelf<T>(makeGroup, (value, length) => lastOf(asText(value), length)),
      lowerPrefix: new KeyShelf<T>(makeGroup, (value, length) => firstOf(lowered(value), length)),
      lowerSuffix: new KeyShelf<T>(makeGroup, (value, length) => lastOf(lowered(value), length)),
      network: new KeyShelf<T>(makeGroup, networkKey),
    };
    this.ranges = new RangeTree(makeGroup);
    this.present = makeGroup();
  }

  add(condition: Condition, value: T): void {
    const place = placeOf(condition);
    if (place.shelf === 'range') this.ranges.add(place.range, value);
    else if (place.shelf === 'present') this.present.add(value);
    else this.shelves[place.shelf].add(place.key, place.length, value);
  }

  remove(condition: Condition, value: T): void {
    const place = placeOf(condition);
    if (place.shelf === 'range') this.ranges.remove(place.range, value);
    else if (place.shelf === 'present') this.present.delete(value);
    else this.shelves[place.shelf].remove(place.key, place.length, value);
  }

  /**
   * A guess at how many others will be found together with this condition. Nobody knows how many ranges a number will be
   * in: many, it is taken, as a key with many beside it is told apart by the next condition and a range is not. A value
   * that is merely there brings nearly all.
   */
  crowd(condition: Condition): number {
    const place = placeOf(condition);
    if (place.shelf === 'range') return 2 * SPLIT_SIZE + this.ranges.size / 4;
    if (place.shelf === 'present') return 4 * SPLIT_SIZE + this.present.size;
    const beside = this.shelves[place.shelf].crowd(place.key);
    return beside <= SPLIT_SIZE ? beside : SPLIT_SIZE + Math.log2(beside / SPLIT_SIZE);
  }

  /** All that may hold for a value that is there. */
  visit(value: Scalar, onGroup: (group: Group<T>) => void): void {
    for (const shelf of Object.values(this.shelves)) shelf.visit(value, onGroup);
    if (typeof value === 'number') this.ranges.visit(value, onGroup);
    if (this.present.size > 0) onGroup(this.present);
  }

  /** How many look-ups a value takes, whatever is found. */
  get lookUps(): number {
    return Object.values(this.shelves).reduce((sum, shelf) => sum + shelf.lookUps, 1);
  }

  isEmpty(): boolean {
    return (
      this.ranges.size === 0 &&
      this.present.size === 0 &&
      Object.values(this.shelves).every((shelf) => shelf.isEmpty())
    );
  }
}

function placeOf(condition: Condition): Place {
  switch (condition.kind) {
    case 'equal':
      return { shelf: 'exact', key: condition.value, length: 0 };
    case 'numeric':
      return { shelf: 'range', range: condition.range };
    case 'cidr': {
      const { bytes, bits } = condition.block;
      return { shelf: 'network', key: networkOf(bytes, bits), length: bits + (bytes.length === 16 ? V6 : 0) };
    }
    case 'wildcard': {
      const { pieces } = condition.wildcard;
      const first = pieces[0]?.text ?? '';
      if (pieces.length === 1) return { shelf: 'exact', key: first, length: 0 };
      return edgeOf('prefix', first) ?? edgeOf('suffix', pieces.at(-1)?.text ?? '') ?? { shelf: 'present' };
    }
    case 'text':
      return { shelf: condition.anyCase ? 'lower' : 'exact', key: condition.text, length: 0 };
    case 'prefix':
      return edgeOf(condition.anyCase ? 'lowerPrefix' : 'prefix', condition.text) ?? { shelf: 'present' };
    case 'suffix':
      return edgeOf(condition.anyCase ? 'lowerSuffix' : 'suffix', condition.text) ?? { shelf: 'present' };
    default:
      return { shelf: 'present' };
  }
}

function edgeOf(shelf: 'prefix' | 'suffix' | 'lowerPrefix' | 'lowerSuffix', text: string): Place | undefined {
  return text === '' ? undefined : { shelf, key: text, length: text.length };
}

function networkKey(value: Scalar, length: number): string | undefined {
  const address = typeof value === 'string' ? parseAddress(value) : undefined;
  if (!address || (address.length === 16) !== length >= V6) return undefined;
  return networkOf(address, length >= V6 ? length - V6 : length);
}
