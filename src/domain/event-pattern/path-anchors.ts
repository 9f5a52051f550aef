import { networkOf, parseAddress } from './address-block';
import type { Condition, NumberRange, Scalar } from './condition';
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

/** What the patterns of an index ask of the values at one path. */
export class PathAnchors<T> {
  private readonly shelves = {
    exact: new KeyShelf<T>((value) => value),
    lower: new KeyShelf<T>((value) => lowered(value)),
    prefix: new KeyShelf<T>((value, length) => firstOf(asText(value), length)),
    suffix: new KeyShelf<T>((value, length) => lastOf(asText(value), length)),
    lowerPrefix: new KeyShelf<T>((value, length) => firstOf(lowered(value), length)),
    lowerSuffix: new KeyShelf<T>((value, length) => lastOf(lowered(value), length)),
    network: new KeyShelf<T>(networkKey),
  };
  private readonly ranges = new RangeTree<T>();
  private readonly present = new Set<T>();

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
   * in: a few of the many, it is taken. A value that is merely there brings nearly all.
   */
  crowd(condition: Condition): number {
    const place = placeOf(condition);
    if (place.shelf === 'range') return 8 + Math.sqrt(this.ranges.size);
    if (place.shelf === 'present') return 64 + this.present.size;
    return this.shelves[place.shelf].crowd(place.key);
  }

  /** All that may hold for a value that is there. */
  visit(value: Scalar, onValues: (values: ReadonlySet<T>) => void): void {
    for (const shelf of Object.values(this.shelves)) shelf.visit(value, onValues);
    if (typeof value === 'number') this.ranges.visit(value, onValues);
    if (this.present.size > 0) onValues(this.present);
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
