import { isLegalTransition, isSettled } from '../../../src/domain/delivery/delivery-status';
import type { PassingReason } from '../../../src/domain/delivery/hold-reason';
import type { Answer } from '../../../src/domain/delivery/outcome';
import { newHmacSecret } from '../../../src/domain/request/webhook-secret';
import type { EventType } from './ground';
import type { DeathPoint, House, Message } from './house';
import type { Change, Reference, Reply } from './reference';
import type { Replays } from './replays';
import type { Steps } from './steps';

export interface World {
  house: House;
  steps: Steps;
  replays: Replays;
  reference: Reference;
  /** A message was lost that nobody will miss before the sweep. */
  needsSweep: boolean;
  published: number;
  answered: number;
  /** Deliveries of each event, by its key. */
  routed: Map<string, string[]>;
}

const ANSWERS: Record<Reply, Omit<Answer, 'durationMs'>> = {
  ok: { response: { status: 204, headers: {}, body: Buffer.alloc(0) } },
  fails: { response: { status: 500, headers: {}, body: Buffer.alloc(0) }, error: 'HTTP_500' },
  'asks for time': {
    response: { status: 429, headers: { 'retry-after': '5' }, body: Buffer.alloc(0) },
    error: 'HTTP_429',
  },
};

/** No two take equally long: of one delivery they may begin in the same millisecond here, and would be one on record. */
const answerOf = (world: World, reply: Reply): Answer => ({
  ...ANSWERS[reply],
  durationMs: world.answered++,
});

/** What a first attempt makes of a delivery; the schedule has at least one rung. */
const FIRST_REPLY = { ok: 'DELIVERED', fails: 'RETRYING', 'asks for time': 'HELD' } as const;

export function publish(world: World, type: EventType, orderingKey: string): Promise<void> {
  const key = `key-${world.published++}`;
  world.steps.route.push({ type, orderingKey, key, redelivered: false });
  return Promise.resolve();
}

export async function routeNext(world: World, isDirect: boolean, dieAt?: DeathPoint): Promise<void> {
  const { steps, reference, routed } = world;
  const key = steps.route[0]?.key ?? '';
  const before = routed.get(key);
  for (const id of before ?? []) reference.get(id).isDisturbed = true;
  const isNew = ({ from }: Change): boolean => from === null && !before;
  await steps.routeNext(isDirect, dieAt);
  const direct = new Set(world.house.underWay.filter((work) => work.isDirect).map(({ due }) => due.id));
  const changes = await reference.follow('route', [], isNew, direct);
  if (!before)
    routed.set(
      key,
      changes.map(({ id }) => id),
    );
}

/** As routeNext, but what may be is attempted before it is written, and answered at once. */
export async function attemptFirst(world: World, reply: Reply, dieAt?: DeathPoint): Promise<void> {
  const { house, steps, reference, routed } = world;
  const key = steps.route[0]?.key ?? '';
  const before = routed.get(key);
  for (const id of before ?? []) reference.get(id).isDisturbed = true;
  const attempted = new Set(
    (await steps.attemptNext(answerOf(world, reply), dieAt)).map(({ due }) => due.id),
  );
  const to = FIRST_REPLY[reply];
  const owed = new Set([
    ...attempted,
    ...house.underWay.filter(({ isDirect }) => isDirect).map(({ due }) => due.id),
  ]);
  const may = (change: Change): boolean =>
    (change.from === null && !before && !(attempted.has(change.id) && dieAt === 'posted')) ||
    (attempted.has(change.id) && change.from === 'PENDING' && change.to === to);
  const changes = await reference.follow(`attempt first, ${reply}`, [], may, owed);
  for (const id of attempted) {
    const expected = reference.deliveries.get(id);
    if (dieAt === 'posted') continue;
    if (!expected) throw new Error(`attempt first: ${id} was attempted and is not on record`);
    expected.isDisturbed ||= dieAt !== undefined;
    expected.wasTaken ||= reply === 'ok';
    if (reply === 'asks for time') house.passing.set(expected.endpointId, 'RETRY_AFTER');
    // Who dies as the event is written records nothing after it.
    const isRecorded = dieAt !== 'written' || reply === 'ok';
    if ((expected.status === to) !== isRecorded)
      throw new Error(`attempt first: ${id} is ${expected.status} after ${reply}`);
    if (!isRecorded) continue;
    expected.counted = 1;
    if (reply === 'fails') expected.failures++;
    reference.tell(id);
  }
  const made = changes.filter(({ from }) => from === null).map(({ id }) => id);
  if (!before && (made.length > 0 || dieAt !== 'posted')) routed.set(key, made);
}

/** A worker takes a message. `waited`: it has been in the queue for longer than a moment. */
export async function begin(world: World, pick: number, waited: boolean, dieAt?: DeathPoint): Promise<void> {
  const { house, reference } = world;
  const [taken] = house.deliver.splice(pick % house.deliver.length, 1);
  if (!taken) return;
  const message: Message = waited ? { ...taken, due: { ...taken.due, queuedAtMs: 0 } } : taken;
  const { due, redelivered } = message;
  const expected = reference.get(due.id);
  const isFresh = due.attempt === 1 && !redelivered && !due.mayHaveTwin && !waited;
  const isCurrent = reference.isCurrent(message);
  const isHeld = house.holdReason(due) !== undefined;
  const isOwners = expected.status === 'PENDING' && expected.isLetGo;
  const work = await house.begin(message, { dieAt });
  const isUnderWay = house.underWay.includes(work);
  if (!isUnderWay && !(await work.done)) comeBack(world, message);
  const mustHold = isCurrent && isHeld && !isOwners;
  const isOwed = (isCurrent || isFresh) && !isHeld;
  await reference.follow(
    'begin',
    mustHold ? [{ id: due.id, to: 'HELD' }] : [],
    undefined,
    new Set(isOwed ? [due.id] : []),
  );
  if (isCurrent && isOwed && !isUnderWay) throw new Error(`begin: ${due.id} was owed a request and got none`);
}

/** The broker hands out again what a dead process had. */
function comeBack({ house, reference }: World, { due, version }: Message): void {
  reference.get(due.id).isDisturbed = true;
  house.deliver.push({ due, redelivered: true, ...(version === undefined ? {} : { version }) });
}

export async function finish(world: World, pick: number, reply: Reply, dieAt?: DeathPoint): Promise<void> {
  const { house, reference } = world;
  const work = house.underWay[pick % house.underWay.length];
  if (!work) return;
  const { id, endpointId, attempt } = work.due;
  const expected = reference.get(id);
  const to = reference.afterReply(id, reply);
  work.dieAt = dieAt;
  const isRecorded = dieAt !== 'posted';
  const counts = isRecorded && reference.isCurrent(work);
  const lost = work.released ? [...world.steps.gateOf(endpointId).lanes.keys()] : [];
  work.answer?.(answerOf(world, reply));
  const lived = await work.done;
  if (!lived) {
    expected.isDisturbed = true;
    for (const other of lost) reference.get(other).isDisturbed = true;
    if (work.released && counts) {
      world.needsSweep ||= to === 'RETRYING' && dieAt === 'written';
      expected.mayLackCopy ||= to === 'DEAD_LETTERED';
    } else if (!work.released && !work.isDirect) comeBack(world, work);
  }
  if (reply === 'ok') expected.wasTaken = true;
  if (reply === 'asks for time') house.passing.set(endpointId, 'RETRY_AFTER');
  if (counts && reply === 'fails') expected.failures++;
  if (counts) expected.counted = attempt;
  if (isRecorded) reference.tell(id);
  await reference.follow(`finish, ${reply}`, counts ? [{ id, to }] : []);
}

export async function retry(world: World, pick: number, isSent: boolean): Promise<void> {
  const { steps, reference } = world;
  const ids = [...reference.deliveries.keys()];
  const id = ids[pick % ids.length];
  if (id === undefined) return;
  await steps.retry(id, isSent);
  world.needsSweep ||= !isSent;
  Object.assign(reference.get(id), { failures: 0, isDisturbed: true, isLetGo: false });
  await reference.follow('retry by hand', [{ id, to: 'PENDING' }]);
}

export async function cancel({ steps, reference }: World, pick: number): Promise<void> {
  const ids = [...reference.deliveries.keys()];
  const id = ids[pick % ids.length];
  if (id === undefined) return;
  const isLegal = isLegalTransition(reference.get(id).status, 'CANCELLED');
  await steps.cancel(id);
  await reference.follow('cancel', isLegal ? [{ id, to: 'CANCELLED' }] : []);
}

/** Somebody asks for one again that there is, whatever became of it, or for all of an endpoint that have ended. */
export async function replay(world: World, pick: number, isOfEndpoint: boolean): Promise<void> {
  const { replays, reference } = world;
  const ids = [...reference.deliveries.keys()];
  const id = ids[pick % ids.length];
  if (id === undefined) return;
  await replays.begin(isOfEndpoint ? { endpointId: endpointAt(world, pick) } : { deliveryIds: [id] });
  await reference.follow('replay', []);
}

export async function replayGoesOn(world: World, dieAt?: DeathPoint): Promise<void> {
  const { replays, reference } = world;
  await replays.goOn(dieAt);
  const isSentAgain = ({ from, to }: Change): boolean => from !== null && to === 'PENDING';
  for (const { id } of await reference.follow('the replay goes on', [], isSentAgain))
    Object.assign(reference.get(id), { failures: 0, isDisturbed: true, isLetGo: false });
}

const endpointAt = ({ house }: World, pick: number): string =>
  [...house.endpoints.keys()][pick % house.endpoints.size] ?? '';

export async function gateLooks(world: World, pick: number, room: number): Promise<void> {
  const { steps, reference } = world;
  const endpointId = endpointAt(world, pick);
  const isShut = steps.isShut(endpointId);
  const { released, adopted } = await steps.gateLooks(endpointId, room);
  for (const id of adopted) reference.get(id).isDisturbed = true;
  const may = ({ id, from, to }: Change): boolean =>
    reference.get(id).endpointId === endpointId &&
    (from === 'HELD'
      ? to === 'PENDING' || to === 'CANCELLED'
      : isShut && adopted.includes(id) && to === 'HELD');
  const owed = isShut ? [] : [...released, ...adopted];
  await reference.follow('gate', [], may, new Set(owed));
  for (const id of owed) reference.get(id).isLetGo = true;
}

export async function lookForLost(world: World, pick: number): Promise<void> {
  const { steps, reference } = world;
  const endpointId = endpointAt(world, pick);
  const isShut = steps.isShut(endpointId);
  const adopted = await steps.lookForLost(endpointId);
  for (const id of adopted) reference.get(id).isDisturbed = true;
  await reference.follow(
    'look for lost',
    [],
    ({ id, to }) => isShut && adopted.includes(id) && to === 'HELD',
    new Set(isShut ? [] : adopted),
  );
  if (!isShut) for (const id of adopted) reference.get(id).isLetGo = true;
}

export async function ownerDies(world: World, pick: number): Promise<void> {
  const endpointId = endpointAt(world, pick);
  for (const id of world.steps.gateOf(endpointId).lanes.keys()) world.reference.get(id).isDisturbed = true;
  world.steps.ownerDies(endpointId);
  await world.reference.follow('the owner dies', []);
}

export async function pause(world: World, pick: number): Promise<void> {
  const id = endpointAt(world, pick);
  const endpoint = world.house.endpoints.get(id);
  if (endpoint) world.house.endpoints.set(id, { ...endpoint, status: 'PAUSED' });
  await world.reference.follow('pause', []);
}

export async function resume(world: World, pick: number, superseded: boolean): Promise<void> {
  await world.steps.resume(endpointAt(world, pick), superseded);
  await world.reference.follow('resume', []);
}

export async function gateSays(world: World, pick: number, reason: PassingReason | undefined): Promise<void> {
  const id = endpointAt(world, pick);
  if (reason) world.house.passing.set(id, reason);
  else world.house.passing.delete(id);
  await world.reference.follow('the gate says', []);
}

export async function rotate(world: World, pick: number): Promise<void> {
  const { house, reference } = world;
  const id = endpointAt(world, pick);
  const endpoint = house.endpoints.get(id);
  if (!endpoint) return;
  const before = endpoint.secrets.map(({ value }) => ({ value, expiresAt: new Date(Date.now() + 60_000) }));
  house.endpoints.set(id, { ...endpoint, secrets: [{ value: newHmacSecret(), expiresAt: null }, ...before] });
  await reference.follow('rotate', []);
}

export async function rungsEnd({ house, reference }: World): Promise<void> {
  house.deliver.push(...house.rungs.splice(0));
  await reference.follow('the rungs end', []);
}

export async function wipe(world: World): Promise<void> {
  world.house.deliver = [];
  world.house.rungs = [];
  world.needsSweep = true;
  await world.reference.follow('the broker is wiped', []);
}

/** What it finds has been overdue for longer than any request takes: nothing of what is under way. */
export async function sweep({ house, steps, reference }: World): Promise<void> {
  if (house.underWay.length > 0) return;
  for (const id of await steps.sweep()) reference.get(id).isDisturbed = true;
  await reference.follow('sweep', []);
}

export const unsettled = ({ reference }: World): string[] =>
  [...reference.deliveries.values()].filter(({ status }) => !isSettled(status)).map(({ id }) => id);
