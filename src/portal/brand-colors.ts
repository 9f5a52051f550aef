import type { MantineColorsTuple } from '@mantine/core';

/** WCAG 2: what text of the usual size needs. */
const READABLE = 4.5;
const STEP = 0.04;

/** Ten shades around one colour, which is the seventh. */
export function shadesOf(color: string): MantineColorsTuple {
  const lighter = [0.93, 0.85, 0.7, 0.55, 0.38, 0.18].map((share) => mixed(color, 255, share));
  const darker = [0.15, 0.32, 0.48].map((share) => mixed(color, 0, share));
  return [...lighter, color, ...darker] as unknown as MantineColorsTuple;
}

/** The colour itself, or as much darker or lighter as it takes to be read on that ground. Both are #rrggbb. */
export function readableOn(color: string, ground: string): string {
  const toward = contrastOf('#000000', ground) > contrastOf('#ffffff', ground) ? 0 : 255;
  for (let share = 0; share < 1; share += STEP) {
    const candidate = mixed(color, toward, share);
    if (contrastOf(candidate, ground) >= READABLE) return candidate;
  }
  return mixed(color, toward, 1);
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio, from 1 to 21. */
export function contrastOf(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = partsOf(color)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const partsOf = (color: string): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

const mixed = (color: string, toward: number, share: number): string =>
  `#${partsOf(color)
    .map((part) => Math.round(part + (toward - part) * share))
    .map((part) => part.toString(16).padStart(2, '0'))
    .join('')}`;
