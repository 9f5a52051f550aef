import { makeKeyRing } from '../../../src/runtime/key-ring';

const OLD = `old:${Buffer.alloc(32, 1).toString('base64')}`;
const NEW = `new:${Buffer.alloc(32, 2).toString('base64')}`;
const ring = makeKeyRing([NEW, OLD]);

describe('a sealed secret', () => {
  it.each(['', 'whsec_abc', 'ключ €', 'x'.repeat(10_000)])(
    'opens for the row that it was made for',
    (plain) => {
      expect(ring.open(ring.seal(plain, 'endpoint/1'), 'endpoint/1')).toBe(plain);
    },
  );

  it('does not open for another row', () => {
    const sealed = ring.seal('secret', 'endpoint/1');
    expect(() => ring.open(sealed, 'endpoint/2')).toThrow();
    expect(() => ring.open(sealed, '')).toThrow();
  });

  it('tells whether the newest key sealed it', () => {
    expect(ring.isByNewest(ring.seal('secret', 'row'))).toBe(true);
    expect(ring.isByNewest(makeKeyRing([OLD]).seal('secret', 'row'))).toBe(false);
  });

  it('does not show what is in it, and is never the same twice', () => {
    const sealed = ring.seal('secret', 'row');
    expect(sealed.includes('secret')).toBe(false);
    expect(ring.seal('secret', 'row').equals(sealed)).toBe(false);
  });

  it('does not open when any byte of it is changed', () => {
    const sealed = ring.seal('secret', 'row');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => ring.open(changed, 'row')).toThrow();
    }
  });

  it.each(['secret', ''])('does not open when it is cut short: %j', (plain) => {
    const sealed = ring.seal(plain, 'row');
    for (let length = 0; length < sealed.length; length++) {
      expect(() => ring.open(sealed.subarray(0, length), 'row')).toThrow();
    }
  });
});

describe('a ring of keys', () => {
  it('seals with the newest and opens with all, so that keys can be rotated', () => {
    const sealedBefore = makeKeyRing([OLD]).seal('secret', 'row');
    expect(ring.open(sealedBefore, 'row')).toBe('secret');
    expect(() => makeKeyRing([OLD]).open(ring.seal('secret', 'row'), 'row')).toThrow('no key named "new"');
  });

  it('says which key is missing, and nothing of the secret', () => {
    const sealed = makeKeyRing([OLD]).seal('secret', 'row');
    expect(() => makeKeyRing([NEW]).open(sealed, 'row')).toThrow('no key named "old" in the key ring');
  });

  it('does not open with another key of the same name', () => {
    const impostor = makeKeyRing([`new:${Buffer.alloc(32, 3).toString('base64')}`]);
    expect(() => impostor.open(ring.seal('secret', 'row'), 'row')).toThrow();
  });

  it.each([
    [''],
    ['name'],
    [`:${Buffer.alloc(32).toString('base64')}`],
    ['a:AAAA'],
    [`a:${Buffer.alloc(33).toString('base64')}`],
  ])('refuses the key %j without quoting it', (key) => {
    const make = (): unknown => makeKeyRing([key]);
    expect(make).toThrow('a master key is <name>:<base64 of 32 bytes>');
  });

  it('refuses to be empty', () => {
    expect(() => makeKeyRing([])).toThrow('the key ring is empty');
  });

  it('refuses two keys of one name, because what the hidden one sealed would be lost', () => {
    expect(() => makeKeyRing([NEW, NEW.replace('Ag', 'Aw')])).toThrow();
  });
});
