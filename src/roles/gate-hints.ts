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
  /** The gate's state, for this process at once and for the others by a hint. Null: it is closed. */
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

  const note = (endpointId: string, reason: PassingReason | null): void =>
    board.note({ endpointId, reason, hasOwner: board.hasOwner(endpointId) });

  return {
    board,
    nudge({ tenantId, endpointId }, because) {
      // The first that overflowed says so to everybody; from then on all of the endpoint's goes through its gate.
      const isNews = because === 'OVERFLOW' && board.passingReason(endpointId) === undefined;
      if (isNews) note(endpointId, 'OVERFLOW');
      if (!nudged.has(endpointId) || isNews) {
        nudged.set(endpointId, {
          ...{ kind: 'gate', tenantId, endpointId },
          ...(isNews ? { reason: 'OVERFLOW' } : { isArrival: true }),
        });
      }
      gathering ??= setTimeout(flush, GATHER_MS);
    },
    announce({ tenantId, endpointId }, reason) {
      note(endpointId, reason);
      outlets.announceControl({ kind: 'gate', tenantId, endpointId, reason });
    },
    heard(message) {
      if (message.kind === 'gate' && message.reason !== undefined) note(message.endpointId, message.reason);
    },
    async close() {
      clearTimeout(gathering);
      await polling.stop();
    },
  };
}
