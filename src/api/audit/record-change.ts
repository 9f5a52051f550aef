import { setTimeout as sleep } from 'node:timers/promises';
import type { NewAuditEntry } from '../../domain/audit';
import type { ApiDependencies } from '../dependencies';

const TRIES = 4;
const PAUSE_MS = 100;

/**
 * What is done cannot be undone for want of an entry, so this never fails: what the database does not take after some
 * tries goes to the log, whole.
 */
export function makeRecordChange({ stores, log, observe }: ApiDependencies) {
  return async (entry: NewAuditEntry): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await stores.audit.append(entry);
        return;
      } catch (err) {
        if (attempt === TRIES) {
          log.error({ err, entry }, 'audit.unrecorded');
          observe?.({ kind: 'audit-lost' });
          return;
        }
      }
      await sleep(PAUSE_MS * 2 ** (attempt - 1));
    }
  };
}
