import type { Received } from '../messages/received';
import { acceptMessage, type AcceptDeps, type Accepted, type Refused } from './accept-message';

/** A batch waits so long for its messages to be matched: the filters and schemas of one tenant may take seconds. */
const LATE_MS = 20;

export interface ReadBatch {
  read: (Accepted | Refused)[];
  late: LateReading[];
}

/** What is left of a tenant's messages from the first on that was not read in time, in their order. */
export interface LateReading {
  /** What its tenant is known by so far: the name in the message, then the id too. */
  names: string[];
  messages: Received[];
  read(): Promise<(Accepted | Refused)[]>;
}

/** Throws at shutdown only. */
export async function readBatch(
  deps: AcceptDeps,
  messages: readonly Received[],
  now: Date,
): Promise<ReadBatch> {
  const readings = messages.map((message) => startReading(deps, message, now));
  await settledWithin(LATE_MS, readings);
  const read: (Accepted | Refused)[] = [];
  const late: Reading[][] = [];
  for (const reading of readings) {
    const before = late.find((some) => some.some((one) => isOfSameTenant(one, reading)));
    if (before) before.push(reading);
    else if (reading.outcome) read.push(reading.outcome);
    else late.push([reading]);
  }
  return {
    read,
    late: late.map((some) => ({
      names: [...new Set(some.flatMap(({ names }) => names))],
      messages: some.map(({ message }) => message),
      read: () => Promise.all(some.map(({ done }) => done)),
    })),
  };
}

/** As far as that is known: one may have come before the tenant was in memory, and the other after. */
const isOfSameTenant = (one: Reading, other: Reading): boolean =>
  one.names.some((name) => other.names.includes(name));

interface Reading {
  message: Received;
  /** The name in the message, then the id too. */
  names: string[];
  /** Undefined until it is done. */
  outcome?: Accepted | Refused;
  done: Promise<Accepted | Refused>;
}

function startReading(deps: AcceptDeps, message: Received, now: Date): Reading {
  const known: Pick<Reading, 'names' | 'outcome'> = { names: [] };
  const done = acceptMessage(deps, message, now, (tenant) => known.names.push(tenant)).then(
    (outcome) => (known.outcome = outcome),
  );
  return Object.assign(known, { message, done });
}

/** Nearly always all are settled at once: the timer costs less than a wait that can be aborted. */
function settledWithin(ms: number, readings: readonly Reading[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    void Promise.all(readings.map(({ done }) => done))
      .then(() => resolve(), reject)
      .finally(() => clearTimeout(timer));
  });
}
