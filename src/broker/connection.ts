import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { ChannelModel } from 'amqplib';
import { backoffMs } from '../runtime/backoff';
import type { Logger } from '../runtime/logger';
import { withDeadline } from '../runtime/with-deadline';
import { dialBroker } from './dial';
import { writeOncePerTurn } from './write-once-per-turn';

/**
 * A connection that stays: it comes back by itself, to the next url of the cluster, with backoff and jitter. Those who
 * hold channels listen for `up` and open them anew; nothing is remembered across connections.
 */
export interface BrokerConnection {
  /** The open connection, or undefined while there is none. */
  current(): ChannelModel | undefined;
  /** Why the broker takes no publishes at the moment (a memory or disk alarm), or undefined. */
  blockedBecause(): string | undefined;
  /** Why the last try to connect failed, in words without a password; undefined while connected. */
  failedBecause(): string | undefined;
  /** Calls back now if up, and at each time it comes up. */
  onUp(listener: (model: ChannelModel) => void): void;
  onDown(listener: () => void): void;
  /** Drops the connection and dials anew, which declares the topology again: something of it is gone. */
  renew(): void;
  /** At most about two seconds, whatever the other side does. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  urls: readonly string[];
  /** Shown in the broker's list of connections. */
  name: string;
  logger: Logger;
  /** Runs on each new connection before anybody hears of it: declares the topology. */
  prepare?: (model: ChannelModel) => Promise<void>;
}

const HEARTBEAT_SECONDS = 15;
const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_MS = 2000;
const RECONNECT = { firstMs: 200, maxMs: 10_000 };

export function openConnection({ urls, name, logger, prepare }: ConnectionOptions): BrokerConnection {
  const events = new EventEmitter().setMaxListeners(0);
  let model: ChannelModel | undefined;
  let preparing: ChannelModel | undefined;
  let blocked: string | undefined;
  let closing = false;
  let failures = 0;
  let failure: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function dial(): Promise<void> {
    const url = urls[failures % urls.length] ?? '';
    let dialled: ChannelModel | undefined;
    try {
      dialled = await dialBroker(withHeartbeat(url), { timeoutMs: CONNECT_TIMEOUT_MS, name });
      // The library has its socket here, though its types do not say so.
      writeOncePerTurn((dialled.connection as unknown as { stream: Writable }).stream);
      watch(dialled);
      preparing = dialled;
      if (!closing) await prepare?.(dialled);
      if (closing) {
        await closeInTime(dialled);
        return;
      }
      model = dialled;
      failures = 0;
      failure = undefined;
      logger.info({ connection: name }, 'broker.connected');
      events.emit('up', dialled);
    } catch (error) {
      failures++;
      failure = describe(error);
      logger.warn({ connection: name, failures, err: failure }, 'broker.connect_failed');
      // `close` of a dialled connection schedules the next try; without one nobody else does.
      if (dialled) await closeInTime(dialled);
      else redial();
    } finally {
      preparing = undefined;
    }
  }

  function watch(dialled: ChannelModel): void {
    dialled.on('error', (error: Error) =>
      logger.warn({ connection: name, err: describe(error) }, 'broker.error'),
    );
    dialled.on('blocked', (reason: string) => {
      blocked = reason;
      logger.warn({ connection: name, reason }, 'broker.blocked');
    });
    dialled.on('unblocked', () => (blocked = undefined));
    dialled.on('close', () => {
      // The library only ends its half; a peer that is gone never ends the other.
      socketOf(dialled).destroy();
      blocked = undefined;
      if (model === dialled) {
        model = undefined;
        events.emit('down');
      }
      redial();
    });
  }

  function redial(): void {
    if (closing || timer) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        void dial();
      },
      backoffMs(failures, RECONNECT),
    );
  }

  void dial();

  return {
    current: () => model,
    blockedBecause: () => blocked,
    failedBecause: () => failure,
    onUp(listener) {
      events.on('up', listener);
      if (model) listener(model);
    },
    onDown: (listener) => void events.on('down', listener),
    renew() {
      if (model) void closeInTime(model);
    },
    async close() {
      closing = true;
      clearTimeout(timer);
      // One that is being prepared, too: it would declare a topology on behalf of a process that has stopped.
      const open = model ?? preparing;
      if (open) await closeInTime(open);
    },
  };
}

/** Closing waits for the peer's answer, and behind a half-open connection nobody gives one. */
async function closeInTime(model: ChannelModel): Promise<void> {
  await withDeadline(model.close(), CLOSE_MS).catch(() => undefined);
  socketOf(model).destroy();
}

const socketOf = (model: ChannelModel): Socket => (model.connection as unknown as { stream: Socket }).stream;

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  return parsed.toString();
}

/** The url in a library's message could carry the password. */
function describe(error: unknown): string {
  return String(error instanceof Error ? error.message : error).replace(/amqps?:\/\/\S+/g, 'amqp://…');
}
