/** A number and its unit stay on one line. */
const NO_BREAK = '\u00a0';
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "3 min ago", "in 2 h"; seconds may be negative for the past. */
export function relativeWords(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 2) return 'now';
  const words = durationWords(size);
  return seconds < 0 ? `${words} ago` : `in ${words}`;
}

/** The largest unit alone: "45 s", "3 min", "2 h", "5 d". */
export function durationWords(seconds: number): string {
  if (seconds < MINUTE) return `${Math.floor(seconds)}${NO_BREAK}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}${NO_BREAK}min`;
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}${NO_BREAK}h`;
  return `${Math.floor(seconds / DAY)}${NO_BREAK}d`;
}

/** "1:05", "2:00:09": what is left of a wait. */
export function countdownWords(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / HOUR), Math.floor((whole % HOUR) / MINUTE), whole % MINUTE];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

export function millisecondsWords(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1000) return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)}${NO_BREAK}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)}${NO_BREAK}s`;
  // Marks of an axis may lie at one and a half.
  return ms < 3_600_000 ? `${Number((ms / 60_000).toFixed(1))}${NO_BREAK}min` : durationWords(ms / 1000);
}

const EXACT = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'medium',
});

/** In the reader's zone, then as it is stored. */
export const exactWords = (at: string): string => `${EXACT.format(new Date(at))}\n${at}`;

const RFC_3339 = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** A sentence of the API's, with its times as the reader's clock has them. */
export const withLocalTimes = (sentence: string): string =>
  sentence.replace(RFC_3339, (at) => EXACT.format(new Date(at)));
