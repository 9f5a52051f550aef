import { fullFormats } from 'ajv-formats/dist/formats';
import type { Meter } from './meter';

/**
 * Formats are checked, not only noted. They are ajv-formats' own, less those that would run or build an expression of the
 * data's choosing (`regex`, `url`) and those that are no formats of JSON Schema.
 */
export const FORMAT_NAMES = [
  ...['date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uri-reference'],
  ...['uri-template', 'uuid', 'json-pointer', 'relative-json-pointer'],
];

/** No URL, address or time that anybody means is longer; longer text does not fit. */
const MAX_TEXT = 2048;

/** Some of the expressions take the square of the text's length at worst; that is what is charged. */
export function makeFormats(meter: Meter): Record<string, (text: string) => boolean> {
  return Object.fromEntries(
    FORMAT_NAMES.map((name) => {
      const check = checkOf(name);
      return [
        name,
        (text: string) => {
          if (text.length > MAX_TEXT) return false;
          meter.spend(1 + Math.ceil((text.length * text.length) / 64));
          return check(text);
        },
      ];
    }),
  );
}

function checkOf(name: string): (text: string) => boolean {
  const format: unknown = fullFormats[name as keyof typeof fullFormats];
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === 'function') return format as (text: string) => boolean;
  return (format as { validate: (text: string) => boolean }).validate;
}
