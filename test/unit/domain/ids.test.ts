import fc from 'fast-check';
import { TypeID, typeid } from 'typeid-js';
import type { IdKind } from '../../../src/domain/ids';
import {
  ID_PREFIXES,
  decodeId,
  deliveryIdFor,
  encodeId,
  idBytes,
  idFloor,
  kindOfId,
  newId,
  timeOfId,
  timeOfText,
} from '../../../src/domain/ids';

const KINDS = Object.keys(ID_PREFIXES) as IdKind[];
const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe('an id', () => {
  it('is the text of any 16 bytes, and the same bytes again', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), bytes16, (kind, bytes) => {
        expect(decodeId(kind, encodeId(kind, bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('reads and writes as another implementation of TypeID has it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), bytes16, (kind, bytes) => {
        const theirs = TypeID.fromUUIDBytes(ID_PREFIXES[kind], bytes);
        expect(encodeId(kind, bytes)).toBe(theirs.toString());
        expect(Uint8Array.from(idBytes(kind, theirs.toString()))).toEqual(theirs.toUUIDBytes());
      }),
    );
    const made = typeid('evt').toString();
    expect(encodeId('event', idBytes('event', made))).toBe(made);
  });

  it('is a UUIDv7 whose first bytes are the time it was made', () => {
    const before = Date.now();
    const bytes = idBytes('event', newId('event'));
    expect(timeOfId(bytes)).toBeGreaterThanOrEqual(before);
    expect(timeOfText('event', encodeId('event', bytes))).toBe(timeOfId(bytes));
    expect(timeOfId(bytes)).toBeLessThanOrEqual(Date.now());
    expect((bytes[6] ?? 0) >> 4).toBe(7);
    expect((bytes[8] ?? 0) >> 6).toBe(2);
  });

  it('sorts as text the way its bytes sort', () => {
    fc.assert(
      fc.property(bytes16, bytes16, (a, b) => {
        const [textA, textB] = [encodeId('event', a), encodeId('event', b)];
        expect(Math.sign(Buffer.compare(a, b))).toBe(textA === textB ? 0 : textA < textB ? -1 : 1);
      }),
    );
  });

  it('sorts after every id that was made before it, in the same millisecond too', () => {
    const ids = Array.from({ length: 2000 }, () => newId('event'));
    expect(ids.findIndex((id, index) => index > 0 && id <= (ids[index - 1] ?? ''))).toBe(-1);
  });

  it('is never made twice', () => {
    expect(new Set(Array.from({ length: 5000 }, () => newId('delivery'))).size).toBe(5000);
  });

  it('has the same bytes however often it is asked for, and none as another kind', () => {
    const id = newId('tenant');
    const first = Buffer.from(idBytes('tenant', id));
    expect(idBytes('tenant', id)).toEqual(first);
    for (let n = 0; n < 10_001; n++) idBytes('tenant', newId('tenant'));
    expect(idBytes('tenant', id)).toEqual(first);
    expect(() => idBytes('endpoint', id)).toThrow('not an id of kind endpoint');
  });

  it('tells its kind', () => {
    for (const kind of KINDS) expect(kindOfId(newId(kind))).toBe(kind);
    expect(kindOfId('usr_01h2xcejqtf2nbrexx3vqjhp41')).toBeUndefined();
  });

  it('is at or above the floor of its time and below the floor of the next millisecond', () => {
    const bytes = idBytes('event', newId('event'));
    const atMs = timeOfId(bytes);
    expect(Buffer.compare(idFloor(atMs), bytes)).toBeLessThanOrEqual(0);
    expect(Buffer.compare(idFloor(atMs + 1), bytes)).toBeGreaterThan(0);
    expect(idFloor(-5)).toEqual(Buffer.alloc(16));
  });
});

describe('text that is no id', () => {
  const good = newId('event');

  it.each([
    ['nothing', ''],
    ['no prefix', good.slice(4)],
    ['another prefix', newId('delivery')],
    ['one character short', good.slice(0, -1)],
    ['one character long', `${good}0`],
    ['upper case', good.toUpperCase()],
    ['a letter outside the alphabet', `${good.slice(0, -1)}u`],
    ['more than 128 bits', `evt_8${good.slice(5)}`],
    ['a line feed behind it', `${good}\n`],
    ['a UUID', '01890a5d-ac96-774b-bcce-b302099a8057'],
  ])('is refused: %s', (_, text) => {
    expect(decodeId('event', text)).toBeUndefined();
    expect(() => idBytes('event', text)).toThrow('not an id of kind event');
  });

  it('is refused whatever it is, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeId('event', text)).toBeUndefined();
        expect(kindOfId(text)).toBeUndefined();
      }),
    );
  });
});

describe('the id of a delivery', () => {
  const event = newId('event');
  const subscription = newId('subscription');

  it('is the same each time for the same event and subscription', () => {
    expect(deliveryIdFor(event, subscription)).toBe(deliveryIdFor(event, subscription));
  });

  it('differs by subscription and by event', () => {
    const ids = [
      deliveryIdFor(event, subscription),
      deliveryIdFor(event, newId('subscription')),
      deliveryIdFor(newId('event'), subscription),
    ];
    expect(new Set(ids).size).toBe(3);
  });

  it('begins with the time of the event, and is a UUIDv7 by its form', () => {
    const bytes = idBytes('delivery', deliveryIdFor(event, subscription));
    expect(timeOfId(bytes)).toBe(timeOfId(idBytes('event', event)));
    expect((bytes[6] ?? 0) >> 4).toBe(7);
    expect((bytes[8] ?? 0) >> 6).toBe(2);
  });

  it('keeps its value from release to release, or a redelivery would insert a second one', () => {
    const id = deliveryIdFor('evt_01h2xcejqtf2nbrexx3vqjhp41', 'sub_01h2xcejqtf2nbrexx3vqjhp42');
    expect(id).toBe('dlv_01h2xcejqtf83ayvdx56r10rad');
  });

  it('is of nothing else', () => {
    expect(() => deliveryIdFor(subscription, event)).toThrow('not an id of kind event');
  });
});
