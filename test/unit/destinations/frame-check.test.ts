import fc from 'fast-check';
import { makeFrameCheck } from '../../../src/destinations/kafka/frame-check';

const frame = (bytes: number, length = bytes): Buffer => {
  const whole = Buffer.alloc(4 + bytes);
  whole.writeInt32BE(length);
  return whole;
};

it('lets sound answers through, however they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 4, max: 60 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 50 }),
      (lengths, size) => {
        const all = Buffer.concat(lengths.map((length) => frame(length)));
        const isSound = makeFrameCheck(() => Infinity);
        for (let at = 0; at < all.length; at += size) expect(isSound(all.subarray(at, at + size))).toBe(true);
      },
    ),
  );
});

it.each([-4, -1, 0, 3, 1024 * 1024 + 1, 0x7fffffff])(
  'stops an answer of %i bytes, also after others',
  (length) => {
    const bad = frame(0, length);
    expect(makeFrameCheck(() => Infinity)(bad)).toBe(false);
    const isSound = makeFrameCheck(() => Infinity);
    expect(isSound(Buffer.concat([frame(10), bad.subarray(0, 2)]))).toBe(true);
    expect(isSound(bad.subarray(2))).toBe(false);
  },
);

it('stops what nobody has asked for', () => {
  let asked = 1;
  const isSound = makeFrameCheck(() => asked);
  expect(isSound(frame(10))).toBe(true);
  asked++;
  expect(isSound(frame(10))).toBe(true);
  expect(isSound(frame(10))).toBe(false);
});
