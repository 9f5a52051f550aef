import { encodeId, idBytes } from '../../domain/ids';
import type { Round, RoundPlace } from '../../domain/round-place';
import type { DeliveryChange } from '../../messages/delivery-change';
import { CHANGE_COLUMNS, toChange, type ChangeRow } from './change-reader';
import { chunks } from '../chunks';
import type { Database, Sql } from '../database';

/**
 * The changes of all tenants in one order that every process reads alike. Each tenant's log has an order of its own, and one
 * counter for all of them would have every commit wait for every other. So they are put in rounds afterwards: a round
 * says how far the log of each tenant had come, and only while somebody watches are rounds made.
 */
export interface ChangeRounds {
  /** Puts what has been committed into the next round, of these tenants or of all. @returns the newest round */
  gather(tenantIds?: readonly string[]): Promise<Round>;
  /** A page of what comes after `place` in rounds up to `upTo`, and how far it goes; it may be empty before the end. */
  read(place: RoundPlace, upTo: Round): Promise<RoundPage>;
  /** Expired: retention may have taken some of what came next. */
  placeOf(place: RoundPlace): Promise<'there' | 'expired' | 'not-yet'>;
}

export interface RoundPage {
  changes: (DeliveryChange & { round: Round })[];
  reached: RoundPlace;
}

/** Less than the shortest retention, of a day: of what was committed after a round of that age, all is there. */
export const ROUNDS_KEPT_HOURS = 23;
const PAGE = { changes: 200, parts: 50 };

/** What a round has of one tenant; numbers of the database read as text. */
interface Part {
  number: string;
  tenant_id: Buffer;
  after_seq: string;
  last_seq: string;
  at: Date;
}

export function makeChangeRounds(database: Database): ChangeRounds {
  const gather = (tenantIds?: readonly string[]): Promise<Round> =>
    database.transaction((sql) => makeRound(sql, tenantIds));

  return {
    gather,

    async read(place, upTo) {
      const { number } = place.round;
      const parts = await database.rows<Part>(
        `select number, tenant_id, after_seq, last_seq, at from change_rounds
         where number between ? and ? and (number > ? or tenant_id >= ?) order by number, tenant_id limit ?`,
        [number, upTo.number, number, floorOf(place), PAGE.parts],
      );
      const pieces = piecesOf(parts, place);
      const changes = pieces.length > 0 ? await readPieces(database, pieces) : [];
      const last = pieces.at(-1);
      const isMore =
        parts.length === PAGE.parts || pieces.length < parts.length || (last && last.to < last.end);
      if (!last || !isMore) return { changes, reached: { round: upTo } };
      return { changes, reached: { round: last.round, within: { tenantId: last.tenantId, seq: last.to } } };
    },

    async placeOf({ round, within }) {
      const newest = await gather();
      if (round.number > newest.number) return 'not-yet';
      if (round.atMs > newest.atMs - ROUNDS_KEPT_HOURS * 3_600_000) return 'there';
      // However long ago it was, nothing has come since.
      const [head] = await database.rows<Head>(
        'select number, last_tenant_id, last_seq from change_round_head',
      );
      const isLast = round.number === Number(head?.number) && (!within || isAt(within, head));
      return isLast ? 'there' : 'expired';
    },
  };
}

interface Head {
  number: string;
  last_tenant_id: Buffer | null;
  last_seq: string | null;
}

const isAt = ({ tenantId, seq }: NonNullable<RoundPlace['within']>, head: Head | undefined): boolean =>
  head?.last_tenant_id?.equals(idBytes('tenant', tenantId)) === true && Number(head.last_seq) === seq;

async function makeRound(sql: Sql, tenantIds?: readonly string[]): Promise<Round> {
  // Locked to the commit: rounds become visible in the order of their numbers.
  const [head] = await sql.rows<Head>('select number from change_round_head for update');
  // Looked at before the counters: what is committed by this time is in this round or one before it.
  const [clock] = await sql.rows<{ now: Date }>('select utc_timestamp(3) as now');
  const now = clock?.now ?? new Date();
  // A counter moves in the transaction of its changes: what it says is committed is there to be read.
  const news = await sql.rows<{ tenant_id: Buffer; seq: string; told: string }>(
    `select c.tenant_id, c.seq, coalesce(t.seq, 0) as told
     from tenant_counters c left join change_round_tenants t on t.tenant_id = c.tenant_id
     where c.seq > coalesce(t.seq, 0) ${tenantIds ? 'and c.tenant_id in (?)' : ''} order by c.tenant_id`,
    tenantIds ? [tenantIds.map((id) => idBytes('tenant', id))] : [],
  );
  const last = news.at(-1);
  if (!last) return { number: Number(head?.number), atMs: now.getTime() };
  const number = Number(head?.number) + 1;
  for (const part of chunks(news)) {
    await sql.write('insert into change_rounds (number, tenant_id, after_seq, last_seq, at) values ?', [
      part.map(({ tenant_id, seq, told }) => [number, tenant_id, told, seq, now]),
    ]);
    await sql.write(
      'insert into change_round_tenants (tenant_id, seq) values ? on duplicate key update seq = values(seq)',
      [part.map(({ tenant_id, seq }) => [tenant_id, seq])],
    );
  }
  const end = [number, last.tenant_id, last.seq];
  await sql.write('update change_round_head set number = ?, last_tenant_id = ?, last_seq = ?', end);
  return { number, atMs: now.getTime() };
}

/** As much of a part as fits a page. */
interface Piece {
  round: Round;
  tenantId: string;
  from: number;
  to: number;
  /** Where the part ends. */
  end: number;
}

const BEYOND_ALL = Buffer.alloc(16, 0xff);

/** The least tenant of the place's own round that may still have something to tell. */
const floorOf = ({ within }: RoundPlace): Buffer =>
  within ? idBytes('tenant', within.tenantId) : BEYOND_ALL;

function piecesOf(parts: readonly Part[], { round, within }: RoundPlace): Piece[] {
  const pieces: Piece[] = [];
  let room = PAGE.changes;
  for (const part of parts) {
    if (room === 0) break;
    const number = Number(part.number);
    const tenantId = encodeId('tenant', part.tenant_id);
    const isBegun = number === round.number && tenantId === within?.tenantId;
    const from = Math.max(Number(part.after_seq), isBegun ? within.seq : 0);
    const end = Number(part.last_seq);
    const to = Math.min(end, from + room);
    room -= Math.max(0, to - from);
    pieces.push({ round: { number, atMs: part.at.getTime() }, tenantId, from, to, end });
  }
  return pieces;
}

async function readPieces(database: Database, pieces: readonly Piece[]): Promise<RoundPage['changes']> {
  const conditions = pieces.map(() => '(c.tenant_id = ? and c.seq > ? and c.seq <= ?)').join(' or ');
  const rows = await database.rows<ChangeRow & { tenant_id: Buffer; slug: string }>(
    `select c.tenant_id, t.slug, ${CHANGE_COLUMNS}
     from delivery_changes c join deliveries d on d.id = c.delivery_id join tenants t on t.id = c.tenant_id
     where ${conditions} order by c.tenant_id, c.seq`,
    pieces.flatMap(({ tenantId, from, to }) => [idBytes('tenant', tenantId), from, to]),
  );
  const changes = rows.map((row) => toChange(encodeId('tenant', row.tenant_id), row.slug, row));
  return pieces.flatMap(({ round, tenantId, from, to }) =>
    changes
      .filter((change) => change.tenantId === tenantId && change.seq > from && change.seq <= to)
      .map((change) => ({ ...change, round })),
  );
}
