import { InvalidArgumentError } from 'commander';

/** Readers of what follows an option; each throws with what is allowed. */

export function seconds(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give whole seconds, such as 300.');
  return Number(text);
}

export function wholeFromOne(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(text);
}

/** For an option that may be given many times. */
export const collect = (text: string, before: string[]): string[] => [...before, text];

/** `a,b` and many times. */
export const collectList = (text: string, before: string[]): string[] => [
  ...before,
  ...text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()])),
];

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30m`, `2h`, `7d` ago, or a time as of RFC 3339; as RFC 3339 in UTC. */
export function instant(text: string, nowMs = Date.now()): string {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined)
    return new Date(nowMs - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]).toISOString();
  const isTime = /^\d{4}-\d\d-\d\d([Tt ].+([Zz]|[+-]\d\d:\d\d))?$/.test(text);
  const atMs = isTime ? Date.parse(text) : NaN;
  if (Number.isNaN(atMs))
    throw new InvalidArgumentError(
      'Give how long ago, such as 30m, 2h or 7d, or a time such as 2026-01-31T12:00:00Z.',
    );
  return new Date(atMs).toISOString();
}

const STATUSES = ['PENDING', 'RETRYING', 'HELD', 'DELIVERED', 'DEAD_LETTERED', 'CANCELLED'];

/** `delivered,dead-lettered` as the API names them. */
export function collectStatuses(text: string, before: string[]): string[] {
  const named = collectList(text, []).map((name) => name.toUpperCase().replaceAll('-', '_'));
  const unknown = named.find((name) => !STATUSES.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`There are ${STATUSES.join(', ')}.`);
  return [...before, ...named];
}
