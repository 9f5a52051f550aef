import type { GraphqlCaller } from '../call-graphql';

/** What `warren replay` was told. */
export interface Selected {
  ids: readonly string[];
  endpoint?: string | undefined;
  subscription?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  types: readonly string[];
  status: readonly string[];
}

/** As the API's ReplayInput has it. */
export type ReplayInput = Partial<Record<'endpointId' | 'subscriptionId' | 'since' | 'until', string>> &
  Partial<Record<'deliveryIds' | 'types' | 'status', readonly string[]>>;

/** Throws when it would be everything. */
export function replayInput(selected: Selected): ReplayInput {
  const { ids, endpoint, subscription, since, until, types, status } = selected;
  const input: ReplayInput = {
    ...(ids.length > 0 ? { deliveryIds: ids } : {}),
    ...(endpoint === undefined ? {} : { endpointId: endpoint }),
    ...(subscription === undefined ? {} : { subscriptionId: subscription }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(types.length > 0 ? { types } : {}),
    ...(status.length > 0 ? { status } : {}),
  };
  if (Object.keys(input).length === 0)
    throw new Error(
      'say which deliveries: their ids, or --endpoint, --subscription, --since, --until, --types or --status',
    );
  return input;
}

export interface Count {
  count: number;
  /** False: there may be more. */
  isExact: boolean;
}

/** What a replay takes when it is not told a status. */
const REPLAYED = ['DELIVERED', 'DEAD_LETTERED'];

/** How many it would be; undefined where the list has no such condition. */
export async function countOf(api: GraphqlCaller, input: ReplayInput): Promise<Count | undefined> {
  const { deliveryIds, subscriptionId, status = REPLAYED, ...filter } = input;
  if (subscriptionId !== undefined) return undefined;
  if (deliveryIds) return { count: deliveryIds.length, isExact: Object.keys(input).length === 1 };
  const { deliveries } = await api.call<{
    deliveries: { totalCount: number; totalCountIsExact: boolean };
  }>({
    query: `query ($filter: DeliveryFilter) {
      deliveries(filter: $filter, first: 1) { totalCount totalCountIsExact }
    }`,
    variables: { filter: { ...filter, status } },
  });
  return { count: deliveries.totalCount, isExact: deliveries.totalCountIsExact };
}

/** With these, events that fit and have no delivery get one; no list has them, so they cannot be counted. */
const mayBackfill = ({ endpointId, subscriptionId, since, status }: ReplayInput): boolean =>
  (endpointId !== undefined || subscriptionId !== undefined) && since !== undefined && status === undefined;

/** `1,200 deliveries`, and what is not in that number. */
export function inWords(count: Count | undefined, input: ReplayInput): string {
  const number = count?.count.toLocaleString('en') ?? '';
  const noun = count?.count === 1 ? 'delivery' : 'deliveries';
  const bound = input.deliveryIds ? 'at most' : 'at least';
  const deliveries = count
    ? `${count.isExact ? '' : `${bound} `}${number} ${noun}`
    : 'the deliveries of the subscription';
  return mayBackfill(input) ? `${deliveries}, and events since then that have none yet` : deliveries;
}
