import { statusOfCode, type DeliveryStatus } from '../../src/domain/delivery/delivery-status';
import { encodeId } from '../../src/domain/ids';
import { queuesOnTheWay, type Deployment } from './deployment';
import { readLedger, type ConfirmedEntry, type ReceivedEntry } from './ledger';

/** A delivery as the database has it. */
export interface DeliveryOnRecord {
  id: string;
  key: string;
  type: string;
  /** Of its endpoint's url. */
  path: string;
  status: DeliveryStatus;
  /** Why it is held, or its last error. */
  reason: string | null;
}

export interface Books {
  confirmed: readonly ConfirmedEntry[];
  received: readonly ReceivedEntry[];
  deliveries: readonly DeliveryOnRecord[];
  /** `<delivery id>/<number>` of each attempt on record. */
  attempts: ReadonlySet<string>;
  /** Which paths get each event type. */
  subscribers: Readonly<Record<string, readonly string[]>>;
  /** Requests that may be made twice: those that can have been under way when something died. */
  maxDuplicates: number;
  /** Whoever made a request lived to tell: each is on record, those that were made twice as well. */
  allSurvive?: boolean;
}

export interface Verdict {
  figures: Record<string, number>;
  /** What is not as promised, each in words; empty when all is. */
  faults: string[];
}

/** Compares what outsiders swear to with what Warren has on record. */
export function account(books: Books): Verdict {
  const { confirmed, received, deliveries, attempts, subscribers, maxDuplicates, allSurvive } = books;
  const placeOf = (key: string, path: string): string => `${key} ${path}`;
  const keys = new Set(confirmed.map(({ key }) => key));
  const taken = new Set<string>();
  const idsByPlace = new Map<string, Set<string>>();
  const requests = new Map<string, number>();
  for (const { id, attempt, key, path, status } of received) {
    const place = placeOf(key, path);
    if (status < 300) taken.add(place);
    idsByPlace.set(place, (idsByPlace.get(place) ?? new Set()).add(id));
    requests.set(`${id}/${attempt}`, (requests.get(`${id}/${attempt}`) ?? 0) + 1);
  }
  const onRecord = new Map(deliveries.map((one) => [placeOf(one.key, one.path), one]));
  const expected = confirmed.flatMap(({ key, type }) =>
    (subscribers[type] ?? []).map((path) => placeOf(key, path)),
  );
  const isAccountedFor = (place: string): boolean => {
    const row = onRecord.get(place);
    if (row?.status === 'DELIVERED') return taken.has(place);
    return row !== undefined && !isUnfinished(row.status) && Boolean(row.reason);
  };
  const duplicates = received.length - requests.size;
  const wrong: Record<string, string[]> = {
    'confirmed, and neither received nor on record with a reason': expected.filter(
      (place) => !isAccountedFor(place),
    ),
    'received, and never published': received.filter(({ key }) => !keys.has(key)).map(({ key }) => key),
    'received under two webhook-ids': [...idsByPlace]
      .filter(([, ids]) => ids.size > 1)
      .map(([place]) => place),
    'received under the webhook-id of no delivery': [...idsByPlace]
      .filter(([place, ids]) => !ids.has(onRecord.get(place)?.id ?? ''))
      .map(([place]) => place),
    'unfinished on record': deliveries.filter(({ status }) => isUnfinished(status)).map(({ id }) => id),
    'received, and no attempt on record': [...requests.keys()].filter((request) => !attempts.has(request)),
    'received more often than attempts are on record': allSurvive ? forgotten(received, attempts) : [],
  };
  const faults = Object.entries(wrong).flatMap(([what, cases]) =>
    cases.length > 0 ? [`${cases.length} ${what}: ${cases.slice(0, 3).join(', ')}`] : [],
  );
  if (onRecord.size !== deliveries.length || deliveries.length !== expected.length)
    faults.push(`${deliveries.length} deliveries on record for ${expected.length} that were owed`);
  if (duplicates > maxDuplicates)
    faults.push(`${duplicates} requests were made twice, ${maxDuplicates} may have been`);
  const figures = {
    events: confirmed.length,
    deliveries: deliveries.length,
    requests: received.length,
    duplicates,
  };
  return { figures: { ...figures, maxDuplicates }, faults };
}

/** Deliveries of which fewer attempts are on record than requests came. */
function forgotten(received: readonly ReceivedEntry[], attempts: ReadonlySet<string>): string[] {
  const left = new Map<string, number>();
  const add = (id: string, n: number): unknown => left.set(id, (left.get(id) ?? 0) + n);
  for (const { id } of received) add(id, 1);
  for (const attempt of attempts) add(attempt.slice(0, attempt.lastIndexOf('/')), -1);
  return [...left].filter(([, n]) => n > 0).map(([id]) => id);
}

/** Nobody pauses anything in a scenario, so that what the gate holds it must also release. */
const isUnfinished = (status: DeliveryStatus): boolean => ['PENDING', 'RETRYING', 'HELD'].includes(status);

type Claims = Pick<Books, 'subscribers' | 'maxDuplicates' | 'allSurvive'>;

/** Stops every process, so that nothing is handed out to anybody, and reads the ledgers and the rows. */
export async function readBooks(deployment: Deployment, claims: Claims): Promise<Books> {
  await deployment.stopAll();
  return {
    ...claims,
    confirmed: readLedger<ConfirmedEntry>(deployment.ledgers.confirmed),
    received: readLedger<ReceivedEntry>(deployment.ledgers.received),
    deliveries: await readDeliveries(deployment),
    attempts: await readAttempts(deployment),
  };
}

/** The part of the books that is about some event types. */
export function booksOf(books: Books, isMeant: (type: string) => boolean): Books {
  const confirmed = books.confirmed.filter(({ type }) => isMeant(type));
  const keys = new Set(confirmed.map(({ key }) => key));
  return {
    ...books,
    confirmed,
    received: books.received.filter(({ key }) => keys.has(key)),
    deliveries: books.deliveries.filter(({ type }) => isMeant(type)),
  };
}

/** Books, queues and change log of a deployment whose work is done. */
export async function closeBooks(
  deployment: Deployment,
  claims: Claims & { rejected?: { min: number; max: number } },
): Promise<Verdict> {
  const books = await readBooks(deployment, claims);
  const { figures, faults } = account(books);
  const events = await deployment.countOf(
    "events where idempotency_key is not null and type not like 'warren.%'",
  );
  const { confirmed } = books;
  if (events !== confirmed.length) faults.push(`${events} events on record, ${confirmed.length} confirmed`);
  const rejected = claims.rejected ?? { min: 0, max: 0 };
  faults.push(...(await queueFaults(deployment, rejected)), ...(await logFaults(deployment)));
  return { figures, faults };
}

async function readDeliveries({ sql }: Deployment): Promise<DeliveryOnRecord[]> {
  const rows = await sql<{
    id: Buffer;
    idempotency_key: string;
    type: string;
    url: string;
    status: number;
    reason: string | null;
  }>(
    `select d.id, e.idempotency_key, e.type, p.url, d.status, coalesce(d.held_because, d.last_error) as reason
     from deliveries d join events e on e.id = d.event_id join endpoints p on p.id = d.endpoint_id
     where e.type not like 'warren.%'`,
  );
  return rows.map(({ id, idempotency_key: key, type, url, status, reason }) => ({
    id: encodeId('delivery', id),
    ...{ key, type, reason, path: new URL(url).pathname },
    status: statusOfCode(status),
  }));
}

async function readAttempts({ sql }: Deployment): Promise<Set<string>> {
  const rows = await sql<{ delivery_id: Buffer; number: number }>(
    'select delivery_id, number from delivery_attempts',
  );
  return new Set(rows.map((row) => `${encodeId('delivery', row.delivery_id)}/${row.number}`));
}

async function queueFaults(
  { depth, env }: Deployment,
  rejected: { min: number; max: number },
): Promise<string[]> {
  const faults: string[] = [];
  for (const queue of ['rejected', ...queuesOnTheWay(env)]) {
    const left = await depth(queue);
    const { min, max } = queue === 'rejected' ? rejected : { min: 0, max: 0 };
    if (left < min || left > max) faults.push(`${left} messages in ${queue}, not ${min} to ${max}`);
  }
  return faults;
}

/** Each tenant's log is without gaps, and its last word about a delivery is what the row says. */
async function logFaults({ sql }: Deployment): Promise<string[]> {
  const gaps = await sql<{ n: string; last: string }>(
    `select count(*) as n, max(seq) as last from delivery_changes group by tenant_id having n <> last`,
  );
  const [stale] = await sql<{ n: string }>(
    `select count(*) as n from deliveries d
     join (select delivery_id, max(seq) as seq from delivery_changes group by delivery_id) l on l.delivery_id = d.id
     join delivery_changes c on c.tenant_id = d.tenant_id and c.seq = l.seq where c.status <> d.status`,
  );
  return [
    ...gaps.map(({ n, last }) => `the change log has ${n} entries up to ${last}`),
    ...(Number(stale?.n) > 0 ? [`${stale?.n ?? ''} deliveries whose log ends in another status`] : []),
  ];
}
