import type { Bench } from './setting';

/**
 * Every scenario of `npm run bench` and where it is; docs/performance.md has the same names. A name stands for its parts,
 * too: `neighbours` for all of `neighbours.hanging`, `neighbours.order` and so on.
 */
export const SCENARIOS: Record<string, () => Promise<Bench>> = {
  pipe: async () => (await import('./pipe.js')).pipe,
  latency: async () => (await import('./latency.js')).latency,
  'fan-out': async () => (await import('./fan-out.js')).fanOut,
  'answer-time': async () => (await import('./answer-time.js')).answerTime,
  burst: async () => (await import('./burst.js')).burst,
  'growth.deliveries': async () => (await import('./growth/deliveries.js')).deliveries,
  'growth.endpoints': async () => (await import('./growth/endpoints.js')).endpoints,
  'growth.subscriptions': async () => (await import('./growth/subscriptions.js')).subscriptions,
  lateness: async () => (await import('./lateness.js')).lateness,
  api: async () => (await import('./api.js')).api,
  // Beside the main way:
  live: async () => (await import('./live.js')).live,
  'neighbours.hanging': async () => (await import('./neighbours/hanging.js')).hanging,
  'neighbours.held': async () => (await import('./neighbours/held.js')).held,
  'neighbours.healthy': async () => (await import('./neighbours/healthy.js')).healthy,
  'neighbours.heavy-filters': async () => (await import('./neighbours/heavy-filters.js')).heavyFilters,
  'neighbours.rate-limit': async () => (await import('./neighbours/rate-limit.js')).rateLimit,
  'neighbours.order': async () => (await import('./neighbours/order.js')).order,
  'replay-beside-live': async () => (await import('./replay-beside-live.js')).replayBesideLive,
  filters: async () => (await import('./filters.js')).filters,
  stats: async () => (await import('./stats.js')).stats,
  lists: async () => (await import('./lists.js')).lists,
};

/** `--quick` is for trying whether a scenario works; `--large` adds the largest sizes; `--profile` writes CPU profiles. */
export const FLAGS = ['--quick', '--large', '--profile'];

/** The scenarios that are meant by names; all of them where none is given. Throws when a name or flag means nothing. */
export function scenariosOf(args: readonly string[]): string[] {
  const asked = args.filter((argument) => !argument.startsWith('--'));
  const all = Object.keys(SCENARIOS);
  const isMeant = (name: string, by: string): boolean => name === by || name.startsWith(`${by}.`);
  const unknown = asked.filter((by) => !all.some((name) => isMeant(name, by)));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}; there are ${all.join(', ')}`);
  const odd = args.filter((argument) => argument.startsWith('--') && !FLAGS.includes(argument));
  if (odd.length > 0) throw new Error(`no flag ${odd.join(', ')}; there are ${FLAGS.join(', ')}`);
  return asked.length === 0 ? all : all.filter((name) => asked.some((by) => isMeant(name, by)));
}
