import {
  isDue,
  isLegalTransition,
  isSettled,
  statusOfCode,
  type DeliveryStatus,
} from '../../../src/domain/delivery/delivery-status';
import { encodeId, idBytes } from '../../../src/domain/ids';
import { verifySignature } from '../../../src/domain/request/signature';
import type { Database } from '../../../src/store/database';
import { SCHEDULE } from './ground';
import type { House, Message, Request } from './house';

/** What a receiver may answer. */
export type Reply = 'ok' | 'fails' | 'asks for time';

/** A delivery as it should be. */
export interface Expected {
  id: string;
  endpointId: string;
  lane: string;
  status: DeliveryStatus;
  /** Goes up with every move; what was sent before is obsolete. */
  version: number;
  /** Number of the last attempt that moved it. */
  counted: number;
  /** Failures in this run up the ladder. */
  failures: number;
  /** Its gate's owner has let it go, so that another message about it counts for nothing. */
  isLetGo: boolean;
  /** A process died over it, it was sent twice or moved by hand: it may be requested twice, or out of order. */
  isDisturbed: boolean;
  /** A 2xx was on its way to us. */
  wasTaken: boolean;
  /** An owner died between the commit and the copy for the broker's dead letters. */
  mayLackCopy: boolean;
}

export interface Change {
  id: string;
  from: DeliveryStatus | null;
  to: DeliveryStatus;
}

/**
 * The reference: deliveries by what was done to them. After each step the changes that Warren logged must be the ones
 * that the step calls for, and every request one that was owed.
 */
export class Reference {
  readonly deliveries = new Map<string, Expected>();
  /** Of each delivery, how many requests were answered by somebody who lived to tell. */
  readonly onRecord = new Map<string, number>();
  private readonly requested = new Set<string>();
  /** Requested by a process that died before it had written them. */
  private readonly unwritten = new Set<string>();
  private seen = 0;
  private lastSeq = 0;

  constructor(
    private readonly house: House,
    private readonly database: Database,
  ) {}

  get(id: string): Expected {
    const found = this.deliveries.get(id);
    if (!found) throw new Error(`no delivery ${id}`);
    return found;
  }

  /** How many moves there have been. */
  changes(): number {
    return this.lastSeq;
  }

  /** Whether a message asks for the attempt that is owed: it speaks of the last move, and of no attempt that was made. */
  isCurrent({ due, version }: Message): boolean {
    const expected = this.get(due.id);
    return version === expected.version && isDue(expected.status) && due.attempt > expected.counted;
  }

  /** A request was made, and there is somebody to tell of it, whatever else has its number. */
  tell(id: string): void {
    this.onRecord.set(id, (this.onRecord.get(id) ?? 0) + 1);
  }

  afterReply(id: string, reply: Reply): DeliveryStatus {
    if (reply === 'ok') return 'DELIVERED';
    if (reply === 'asks for time') return 'HELD';
    return this.get(id).failures < SCHEDULE.length ? 'RETRYING' : 'DEAD_LETTERED';
  }

  /**
   * Takes note of what a step did.
   * @param required exactly these changes
   * @param may what else may have changed
   * @param owed which deliveries may have been requested by it
   */
  async follow(
    step: string,
    required: readonly { id: string; to: DeliveryStatus }[],
    may: (change: Change) => boolean = () => false,
    owed: ReadonlySet<string> = new Set(),
  ): Promise<Change[]> {
    const changes = await this.readChanges();
    const left = [...required];
    for (const change of changes) {
      const at = left.findIndex(({ id, to }) => id === change.id && to === change.to);
      if (at >= 0) left.splice(at, 1);
      else if (!may(change)) throw fault(step, 'unforeseen', change);
      if (change.from !== null && !isLegalTransition(change.from, change.to))
        throw fault(step, 'illegal', change);
      this.apply(change);
    }
    if (left.length > 0) throw fault(step, 'has not happened', left);
    this.checkRequests(step, owed);
    for (const message of [...this.house.deliver, ...this.house.rungs, ...this.house.underWay])
      message.version ??= this.get(message.due.id).version;
    return changes;
  }

  private apply({ id, to }: Change): void {
    const expected = this.get(id);
    expected.status = to;
    expected.version++;
    if (to === 'HELD' || isSettled(to)) expected.isLetGo = false;
  }

  private checkRequests(step: string, owed: ReadonlySet<string>): void {
    for (const one of this.house.requests.slice(this.seen)) {
      const expected = this.deliveries.get(one.id);
      const name = `${one.id}/${one.number}`;
      if (!owed.has(one.id)) throw fault(step, 'a request that nobody owed', name);
      if (this.requested.has(name) && !expected?.isDisturbed) throw fault(step, 'requested twice', name);
      if (!isSignedWell(one)) throw fault(step, 'not signed with the newest secret', name);
      if (expected) this.checkOrder(step, expected);
      else this.unwritten.add(one.id);
      this.requested.add(name);
    }
    this.seen = this.house.requests.length;
  }

  /** Deliveries are noted in publish order, so that what is before it in its lane was published before it. */
  private checkOrder(step: string, expected: Expected): void {
    if (!this.house.endpoints.get(expected.endpointId)?.ordered) return;
    const lane = [...this.deliveries.values()].filter(
      ({ endpointId, lane: theirs }) => endpointId === expected.endpointId && theirs === expected.lane,
    );
    if (lane.some(({ isDisturbed }) => isDisturbed)) return;
    const before = lane.slice(0, lane.indexOf(expected)).filter(({ status }) => !isSettled(status));
    if (before.length > 0) throw fault(step, 'passed one of its lane', { passed: before, by: expected.id });
  }

  private async readChanges(): Promise<Change[]> {
    const rows = await this.database.rows<{ seq: string; delivery_id: Buffer; status: number }>(
      'select seq, delivery_id, status from delivery_changes where tenant_id = ? and seq > ? order by seq',
      [idBytes('tenant', this.house.config.tenantId), this.lastSeq],
    );
    const last = new Map<string, DeliveryStatus>();
    const changes: Change[] = [];
    for (const row of rows) {
      if (Number(row.seq) !== ++this.lastSeq) throw new Error(`the change log lacks ${this.lastSeq}`);
      const id = encodeId('delivery', row.delivery_id);
      const to = statusOfCode(row.status);
      if (!this.deliveries.has(id)) await this.admit(id);
      const from = last.get(id) ?? (this.get(id).version === 0 ? null : this.get(id).status);
      changes.push({ id, from, to });
      last.set(id, to);
    }
    return changes;
  }

  private async admit(id: string): Promise<void> {
    const [row] = await this.database.rows<{ endpoint_id: Buffer; ordering_key: string | null }>(
      'select endpoint_id, ordering_key from deliveries where id = ?',
      [idBytes('delivery', id)],
    );
    if (!row) throw new Error(`a change of a delivery that is not there: ${id}`);
    this.deliveries.set(id, {
      ...{ id, endpointId: encodeId('endpoint', row.endpoint_id), lane: row.ordering_key ?? '' },
      ...{ status: 'PENDING', version: 0, failures: 0, counted: 0 },
      ...{ isLetGo: false, isDisturbed: this.unwritten.has(id), wasTaken: false, mayLackCopy: false },
    });
  }
}

function isSignedWell({ id, request, endpoint }: Request): boolean {
  const { headers, body } = request;
  return verifySignature({
    secret: endpoint.secrets[0]?.value ?? '',
    ...{ id, body, toleranceSeconds: 300, now: Date.now() },
    timestamp: headers['webhook-timestamp'] ?? '',
    header: headers['webhook-signature'] ?? '',
  }).ok;
}

function fault(step: string, what: string, about: unknown): Error {
  return new Error(`${step}: ${what}: ${JSON.stringify(about)}`);
}
