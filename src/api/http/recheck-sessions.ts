import type { Logger } from '../../runtime/logger';
import type { Authenticator } from '../authenticate';
import type { Session } from './session';

export interface RecheckNeeds {
  authenticator: Authenticator;
  log: Pick<Logger, 'warn'>;
}

/** Keys or tokens that are asked for at once. */
const AT_ONCE = 20;

/**
 * Ends the sessions whose key was revoked or whose key or token has expired, since they were opened. Many sockets of one
 * key cost one question. A call while another is at work has it run once more, so that nothing said in between is missed.
 */
export function makeRecheck(
  { authenticator, log }: RecheckNeeds,
  sessions: ReadonlySet<Session>,
  end: (session: Session) => void,
): () => Promise<void> {
  async function recheck(): Promise<void> {
    const groups = [...groupByCredentials(sessions).values()];
    const worker = async (): Promise<void> => {
      for (let group = groups.pop(); group; group = groups.pop()) await recheckGroup(group);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async function recheckGroup(group: Session[]): Promise<void> {
    const credentials = group[0]?.credentials;
    if (!credentials) return;
    try {
      // Without the address: whoever was let in is not held up by the wrong guesses of others.
      const found = await authenticator.authenticate({ ...credentials, address: undefined });
      const isOver = !found.ok && found.reason !== 'unavailable';
      if (isOver) for (const session of group) end(session);
    } catch (err) {
      // A database that is away is no reason to throw everybody out.
      log.warn({ err }, 'socket.recheck-failed');
    }
  }

  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = (): Promise<void> => {
    next = undefined;
    running = recheck().finally(() => (running = undefined));
    return running;
  };
  return () => {
    if (!running) return run();
    next ??= running.then(run);
    return next;
  };
}

function groupByCredentials(sessions: ReadonlySet<Session>): Map<string, Session[]> {
  const groups = new Map<string, Session[]>();
  for (const session of sessions) {
    if (!session.credentials) continue;
    const name = `${session.credentials.authorization ?? ''}\n${session.credentials.actingTenant ?? ''}`;
    const group = groups.get(name);
    if (group) group.push(session);
    else groups.set(name, [session]);
  }
  return groups;
}
