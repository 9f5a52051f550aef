/**
 * Where a test can have this process die, each between two steps of which the first has happened and the second has not:
 *
 * - api.claimed: the idempotency key is taken, the event not published. api.published: published, the caller not told.
 * - route.written: events and deliveries are on record, nothing was sent. route.sent: sent (or, with direct dispatch,
 *   attempted and on record), not acked. route.rejected: parked in `rejected`, not acked.
 * - deliver.posted: the receiver has answered, nothing is on record.
 * - record.written: the attempt is on record, what follows was not sent. record.sent: sent, not acked.
 * - gate.released: let go by the gate's owner, no request made. replay.moved: PENDING again by a replay, not sent.
 *   sweep.claimed: found overdue, and not due for a while because somebody has it in hand; not sent.
 */
export const FAILPOINTS = [
  'api.claimed',
  'api.published',
  'route.written',
  'route.sent',
  'route.rejected',
  'deliver.posted',
  'record.written',
  'record.sent',
  'gate.released',
  'replay.moved',
  'sweep.claimed',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

/** `WARREN_FAILPOINT=<name>[:<nth>]`, for tests only: kills the process when it passes there for the nth time. */
export const failpoint: (at: Failpoint) => void = makeFailpoint(process.env.WARREN_FAILPOINT, () => {
  process.kill(process.pid, 'SIGKILL');
});

/** Nothing at all, unless there is a setting. */
export function makeFailpoint(setting: string | undefined, die: () => void): (at: Failpoint) => void {
  if (!setting) return () => undefined;
  const [name, nth = '1'] = setting.split(':');
  if (!FAILPOINTS.some((known) => known === name))
    throw new Error(`WARREN_FAILPOINT: there is none called ${name}; there are ${FAILPOINTS.join(', ')}`);
  let left = Number(nth);
  return (at) => {
    if (at === name && --left === 0) die();
  };
}
