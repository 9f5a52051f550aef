/** The three receivers of the demo: one that works, one that stumbles, one that is down. */
export interface CastMember {
  name: 'reliable' | 'flaky' | 'broken';
  eventTypes: string[];
  /** Seconds; left out: the deployment's own. */
  retrySchedule?: number[];
  /** What it does in the story, for people. */
  manners: string;
}

export const DEMO_TENANT = { slug: 'demo', name: 'Demo Company' } as const;

export const CAST: readonly CastMember[] = [
  { name: 'reliable', eventTypes: ['github.#'], manners: 'answers 200' },
  {
    name: 'flaky',
    eventTypes: ['github.issues.*'],
    retrySchedule: [1, 2, 3],
    manners: 'fails twice, then works; retried after 1, 2, 3 s',
  },
  {
    name: 'broken',
    eventTypes: ['github.star.*'],
    retrySchedule: [1],
    manners: 'fails until it is mended; retried after 1 s',
  },
];

/** Enough to publish, watch, inspect and mend; not to make keys or tenants. */
export const DEMO_SCOPES = [
  'events:publish',
  'events:read',
  'endpoints:read',
  'endpoints:write',
  'endpoints:secret',
  'deliveries:read',
  'deliveries:write',
];
