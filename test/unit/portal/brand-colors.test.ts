import * as fc from 'fast-check';
import { contrastOf, readableOn, shadesOf } from '../../../src/portal/brand-colors';

const colour = fc
  .integer({ min: 0, max: 0xffffff })
  .map((number) => `#${number.toString(16).padStart(6, '0')}`);

describe('a partner’s colour', () => {
  it('is the seventh of ten shades that get darker', () => {
    const shades = shadesOf('#0a7d5c');
    expect(shades).toHaveLength(10);
    expect(shades[6]).toBe('#0a7d5c');
    const onWhite = shades.map((shade) => contrastOf(shade, '#ffffff'));
    expect(onWhite).toEqual([...onWhite].sort((a, b) => a - b));
  });

  it('stays as it is where it can be read', () => {
    expect(readableOn('#0a7d5c', '#ffffff')).toBe('#0a7d5c');
    expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21);
  });

  it('is made as dark or as light as its text needs, whatever it is', () => {
    fc.assert(
      fc.property(colour, colour, (color, ground) => {
        expect(contrastOf(readableOn(color, ground), ground)).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });
});
