import { makeOriginSeal } from '../../../src/runtime/origin-seal';

const OLD = `old:${Buffer.alloc(32, 1).toString('base64')}`;
const NEW = `new:${Buffer.alloc(32, 2).toString('base64')}`;
const TYPE = 'warren.endpoint.disabled';

describe('the seal of origin', () => {
  const origin = makeOriginSeal([NEW, OLD]);
  const seal = origin.seal('evt_1', TYPE);

  it('is genuine for the event and the type that it was made for', () => {
    expect(origin.isGenuine(seal, 'evt_1', TYPE)).toBe(true);
    expect(origin.isGenuine(seal, 'evt_2', TYPE)).toBe(false);
    expect(origin.isGenuine(seal, 'evt_1', 'warren.secret.rotated')).toBe(false);
  });

  it('is genuine in every process with a key in common, so that keys can be rotated', () => {
    expect(
      makeOriginSeal([OLD]).isGenuine(makeOriginSeal([OLD, NEW]).seal('evt_1', TYPE), 'evt_1', TYPE),
    ).toBe(true);
    expect(origin.isGenuine(makeOriginSeal([OLD]).seal('evt_1', TYPE), 'evt_1', TYPE)).toBe(true);
    expect(makeOriginSeal([OLD]).isGenuine(seal, 'evt_1', TYPE)).toBe(false);
  });

  it('does not run event and type together', () => {
    expect(origin.seal('evt_1', 'ab')).not.toBe(origin.seal('evt_1a', 'b'));
  });

  it.each<unknown>([
    undefined,
    null,
    '',
    'x',
    7,
    true,
    {},
    [],
    Buffer.from(seal),
    `${seal}=`,
    `${seal} `,
    seal.slice(1),
    'é'.repeat(22),
  ])('is not %p', (forged) => {
    expect(origin.isGenuine(forged, 'evt_1', TYPE)).toBe(false);
  });

  it('needs the event’s id', () => {
    for (const id of [undefined, null, 7, {}]) expect(origin.isGenuine(seal, id, TYPE)).toBe(false);
  });

  it('tells nothing of the key', () => {
    expect(seal).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});
