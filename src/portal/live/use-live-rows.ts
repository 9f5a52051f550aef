import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { useConnection } from '../session/connection';
import { followChanges } from './follow-changes';
import { UPDATES, type StreamFilter, type Update } from './live-stream';
import { readAnew } from './read-anew';

/** One delivery on the page, with its newest change. */
export interface LiveRow extends Update {
  /** How many changes were seen; when it grows, the row shows that something happened. */
  changes: number;
}

const MAX_ROWS = 300;
/** So often the page is drawn at most. */
const GATHER_MS = 100;
/** The rate is over the last so many seconds. */
export const RATE_SECONDS = 10;

/**
 * The stream as rows, newest delivery first; a change of a delivery that has a row changes that row in its place.
 * Paused, changes are still taken, and shown together when it goes on.
 */
export function useLiveRows(filter: StreamFilter) {
  const { live } = useConnection();
  const client = useClient();
  const [rows, setRows] = useState<readonly LiveRow[]>([]);
  const [isPaused, setPaused] = useState(false);
  const [waiting, setWaiting] = useState(0);
  const [seen, setSeen] = useState(0);
  const [refused, setRefused] = useState<string | null>(null);
  const [missed, setMissed] = useState(false);
  const gathered = useRef<Update[]>([]);
  const times = useRef<number[]>([]);
  const count = useRef(0);
  const paused = useRef(false);
  const shown = useRef<readonly LiveRow[]>([]);
  useEffect(() => {
    shown.current = rows;
  }, [rows]);

  const show = useCallback(() => {
    const updates = gathered.current;
    gathered.current = [];
    setWaiting(0);
    if (updates.length > 0) setRows((before) => merge(before, updates));
  }, []);

  useEffect(() => {
    setRows([]);
    setRefused(null);
    setMissed(false);
    gathered.current = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isReading = false;
    /** Since something was missed: of these the stream knows more than what is read. */
    let told = new Set<string>();
    let isOver = false;
    const draw = (): void => {
      timer = undefined;
      setSeen(count.current);
      const oldest = Date.now() - RATE_SECONDS * 1000;
      times.current = times.current.filter((at) => at > oldest);
      if (paused.current) setWaiting(gathered.current.length);
      else show();
    };
    const catchUp = async (): Promise<void> => {
      isReading = true;
      told = new Set();
      const updates = await readAnew(client, filter, shown.current);
      if (isOver) return;
      isReading = false;
      gathered.current.unshift(...updates.filter(({ delivery }) => !told.has(delivery.id)));
      timer ??= setTimeout(draw, GATHER_MS);
    };
    const end = followChanges(live, {
      document: UPDATES,
      variables: { filter },
      onUpdate: (update) => {
        gathered.current.push(update);
        if (isReading) told.add(update.delivery.id);
        // Paused for long: what is older than a full page would never be seen anyway.
        if (gathered.current.length > 5000) gathered.current.splice(0, 2500);
        times.current.push(Date.now());
        count.current++;
        timer ??= setTimeout(draw, GATHER_MS);
      },
      onMissed: () => {
        setMissed(true);
        void catchUp();
      },
      onRefused: setRefused,
    });
    return () => {
      isOver = true;
      clearTimeout(timer);
      end();
    };
  }, [live, client, filter, show]);

  const pause = useCallback(
    (on: boolean) => {
      paused.current = on;
      setPaused(on);
      if (!on) show();
    },
    [show],
  );
  const rate = useCallback(
    () => times.current.filter((at) => at > Date.now() - RATE_SECONDS * 1000).length / RATE_SECONDS,
    [],
  );
  return { rows, isPaused, pause, waiting, seen, refused, missed, rate };
}

function merge(before: readonly LiveRow[], updates: readonly Update[]): readonly LiveRow[] {
  const known = new Map(before.map((row) => [row.delivery.id, row]));
  const fresh = new Map<string, LiveRow>();
  for (const update of updates) {
    const { id } = update.delivery;
    const row = known.get(id) ?? fresh.get(id);
    const next = { ...update, changes: (row?.changes ?? 0) + 1 };
    if (known.has(id)) known.set(id, next);
    else fresh.set(id, next);
  }
  return [...[...fresh.values()].reverse(), ...known.values()].slice(0, MAX_ROWS);
}
