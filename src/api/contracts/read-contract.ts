import { isEventType } from '../../domain/routing/topic-pattern';
import { catalogReach } from '../catalog-reach';
import type { RequestContext } from '../context';
import { badUserInput } from '../request-errors';
import type { ContractSubject } from './contract';

/** For whoever shows no key: the form of everything, and of nobody’s events in particular. */
export const NOBODYS: ContractSubject = { tenant: null, entries: [], hasMore: false };

/**
 * What the caller’s tenant publishes and receives; of one who acts for none, what everybody shares.
 * Throws what the catalog’s queries throw to one who may not see it.
 *
 * @param after the last event type of the document before, as its `x-next` has it
 */
export async function readContract(context: RequestContext, after: unknown): Promise<ContractSubject> {
  const reach = catalogReach(context);
  if (after !== undefined && !(typeof after === 'string' && isEventType(after)))
    throw badUserInput('after is the name of an event type, such as order.placed.');
  const { catalog } = context.api.stores;
  const tenant = reach === null ? null : ((await context.loaders.tenant.load(reach)) ?? null);
  return { tenant, ...(await catalog.readPage(reach, after)) };
}
