import type { Outlets } from '../broker/outlets';
import type { HoldReason, PassingReason } from '../domain/delivery/hold-reason';
import { makeGateBoard, type GateBoard } from '../gate/gate-board';
import { TIMERS } from '../flow';
import type { ControlMessage, GateChanged } from '../messages/control';
import { every, type Repeating } from '../runtime/every';
import type { Database } from '../store/database';
import { makeGateStore, type GateId } from '../store/gate/gate-store';

export interface GateHints {
  board: GateBoard;
  /** A delivery of this endpoint was held: its gate's owner shall look. Many in a moment are told once. */
  nudge(gate: GateId, because?: HoldReason): void;
  /** One of the past was. It has no claim to be let go as soon as what comes. */
  nudgeOld(gate: GateId): void;
  /** The gate's state, for this process at once and for the others by a hint. Null: it holds nothing that comes. */
  announce(gate: GateId, reason: PassingReason | null): void;
  heard(message: ControlMessage): void;
  close(): Promise<void>;
}

const GATHER_MS = 5;
/** Every so often everything is read, for changes that were missed and rows that are gone. */
const FULL_EVERY = 30;
const MOST = 20_000;

/** Keeps the board of this process: told by hints, and polled for those that were lost. */
export function followGates(
  database: Database,
  outlets: Pick<Outlets, 'announceControl'>,
  onError: (error: unknown) => void,
): GateHints {
  const board = makeGateBoard();
  const store = makeGateStore(database);
  const nudged = new Map<string, GateChanged>();
  let gathering: NodeJS.Timeout | undefined;
  let since: Date | undefined;
  let polls = 0;

  async function poll(): Promise<void> {
    const isFull = polls++ % FULL_EVERY === 0 || since === undefined;
    const { notices, upTo } = await store.changes(isFull ? undefined : since, MOST);
    if (isFull) board.replace(notices);
    else for (const notice of notices) board.note(notice);
    since = upTo ?? since;
  }

  const polling: Repeating = every(TIMERS.gatePollMs, poll, onError);
  void poll().catch(onError);

  /** The first that overflowed says so to everybody. */
  const isNews = (endpointId: string): boolean => board.passingReason(endpointId) === undefined;

  function nudge({ tenantId, endpointId }: GateId, count: number, isOverflow: boolean): void {
    const before = nudged.get(endpointId);
    if (isOverflow) board.overflowed(endpointId);
    nudged.set(endpointId, {
      ...{ kind: 'gate', tenantId, endpointId, isArrival: true, count: (before?.count ?? 0) + count },
      ...(isOverflow || before?.isOverflow ? { isOverflow: true } : {}),
    });
    gathering ??= setTimeout(flush, GATHER_MS);
  }

  function flush(): void {
    gathering = undefined;
    for (const message of nudged.values()) outlets.announceControl(message);
    nudged.clear();
  }

  /** Whoever owns a gate that holds nothing, if anybody does, is told by the next poll. */
  const note = (endpointId: string, reason: PassingReason | null): void =>
    board.note({ endpointId, reason, hasOwner: reason !== null && board.hasOwner(endpointId) });

  return {
    board,
    nudge(gate, because) {
      nudge(gate, 1, because === 'OVERFLOW' && isNews(gate.endpointId));
    },
    nudgeOld: (gate) => nudge(gate, 0, false),
    announce({ tenantId, endpointId }, reason) {
      note(endpointId, reason);
      outlets.announceControl({ kind: 'gate', tenantId, endpointId, reason });
    },
    heard(message) {
      if (message.kind !== 'gate') return;
      if (message.reason !== undefined) note(message.endpointId, message.reason);
      if (message.isOverflow) board.overflowed(message.endpointId);
    },
    async close() {
      clearTimeout(gathering);
      await polling.stop();
    },
  };
}
