import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** What the generator may swear to: the broker has confirmed this event. */
export interface ConfirmedEntry {
  /** Its message_id, and `key` in its data. */
  key: string;
  type: string;
}

/** What the receiver may swear to: this request has come. */
export interface ReceivedEntry {
  /** Header `webhook-id`. */
  id: string;
  /** Header `warren-attempt`. */
  attempt: number;
  atMs: number;
  /** Of the event, out of the body's data. */
  key: string;
  path: string;
  /** What was answered, right after this was on the disk. */
  status: number;
}

export interface Ledger<Entry> {
  /** Resolves once it is on the disk; what has gathered meanwhile shares one fsync. */
  write(entry: Entry): Promise<void>;
}

/** A file of JSON lines that survives its writer. */
export async function openLedger<Entry>(path: string): Promise<Ledger<Entry>> {
  const file = await open(path, 'a');
  let waiting: { line: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let isWriting = false;

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await file.appendFile(batch.map(({ line }) => line).join(''));
        await file.datasync();
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    isWriting = false;
  }

  return {
    write: (entry) =>
      new Promise((done, failed) => {
        waiting.push({ line: `${JSON.stringify(entry)}\n`, done, failed });
        if (!isWriting) void writeAll();
      }),
  };
}

export function readLedger<Entry>(path: string): Entry[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);
}
