import type { Outlets } from '../broker/outlets';
import type { HoldReason, PassingReason } from '../domain/hold-reason';
import { makeGateBoard, type GateBoard } from '../gate/gate-board';
import { TIMERS } from '../flow';
import type { ControlMessage, GateChanged } from '../messages/control';
import { every, type Repeating } from '../runtime/every';
import type { Database } from '../store/database';
import { makeGateStore } from '../store/gate-store';

export interface GateHints {
  board: GateBoard;
  /** Something of this endpoint was held: its gate's owner shall look. Many in a moment are told once. */
  nudge(gate: { tenantId: string; endpointId: string }, because?: HoldReason): void;
  /** The gate's state, for this process at once and for the others by a hint. Null: it holds nothing that comes. */
  announce(gate: { tenantId: string; endpointId: string }, reason: PassingReason | null): void;
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
    nudge({ tenantId, endpointId }, because) {
      // The first that overflowed says so to everybody.
      const isNews = because === 'OVERFLOW' && board.passingReason(endpointId) === undefined;
      if (isNews) board.overflowed(endpointId);
      if (!nudged.has(endpointId) || isNews) {
        const arrival: GateChanged = { kind: 'gate', tenantId, endpointId, isArrival: true };
        nudged.set(endpointId, isNews ? { ...arrival, isOverflow: true } : arrival);
      }
      gathering ??= setTimeout(flush, GATHER_MS);
    },
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
