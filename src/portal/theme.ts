import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';
import { readableOn, shadesOf } from './brand-colors';

const BRAND: MantineColorsTuple = [
  ...(['#eef2ff', '#e0e7ff', '#c7d2fe', '#a5b4fc', '#818cf8'] as const),
  ...(['#6366f1', '#4f46e5', '#4338ca', '#3730a3', '#312e81'] as const),
];

/** Neutral and cool, so that the colours of states stand out. */
const DARK: MantineColorsTuple = [
  ...(['#e3e7ee', '#b9c1ce', '#98a2b3', '#667085', '#3d4757'] as const),
  ...(['#2b3442', '#1d2530', '#141a23', '#0f141b', '#0a0e13'] as const),
];

/** @param color of a partner, #rrggbb; null: Warren's own */
export function makeTheme(color: string | null) {
  return createTheme({
    primaryColor: 'brand',
    primaryShade: 6,
    colors: { brand: color === null ? BRAND : shadesOf(color), dark: DARK },
    autoContrast: true,
    // Where black and white are read equally well.
    luminanceThreshold: 0.179,
    defaultRadius: 'md',
    cursorType: 'pointer',
    fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif',
    fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.6rem' }, h2: { fontSize: '1.15rem' } } },
    respectReducedMotion: true,
  });
}

/** Of any colour, the ground of the chosen place in the navigation is darker than that, and so is all that links are on. */
const DARK_GROUND = '#424242';

/**
 * The library's own greys are too faint for text (WCAG 2 asks for 4.5 to 1), and so are links in a partner's colour when that
 * is a light one, or in dark colours a dark one.
 */
export const resolveVariables: CSSVariablesResolver = ({ colors: { brand = BRAND } }) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#566072',
    '--mantine-color-placeholder': '#6b7485',
    '--mantine-color-error': '#c01c28',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#111827',
    '--mantine-color-default-border': '#e3e7ee',
    '--mantine-color-anchor': readableOn(brand[7], brand[1]),
  },
  dark: {
    '--mantine-color-dimmed': '#a4adbb',
    '--mantine-color-placeholder': '#8d97a7',
    '--mantine-color-error': '#ff8f8f',
    '--mantine-color-text': '#e6eaf0',
    '--mantine-color-anchor': readableOn(brand[3], DARK_GROUND),
  },
});
