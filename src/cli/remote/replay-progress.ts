import { setTimeout as sleep } from 'node:timers/promises';
import { succeeded, type GraphqlCaller, type Refused } from '../call-graphql';
import type { ReplayInput } from './replay-selection';

export interface ReplaySeen {
  id: string;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  total: number;
  done: number;
  skipped: number;
  error: string | null;
}

const SEEN = 'id status total done skipped error';
const LOOK_MS = 500;

interface Payload {
  replay: ReplaySeen;
  userErrors: Refused[];
}

export async function createReplay(api: GraphqlCaller, input: ReplayInput): Promise<ReplaySeen> {
  const { replayCreate } = await api.call<{ replayCreate: Payload }>({
    query: `mutation ($input: ReplayInput!) { replayCreate(input: $input) { replay { ${SEEN} } userErrors { field message } } }`,
    variables: { input },
  });
  const userErrors = replayCreate.userErrors.map((error) => naming(error, input));
  return succeeded({ ...replayCreate, userErrors }).replay;
}

/** Of many deliveries, which one it is about. */
function naming({ field = [], message }: Refused, { deliveryIds = [] }: ReplayInput): Refused {
  const id = field.at(-2) === 'deliveryIds' ? deliveryIds[Number(field.at(-1))] : undefined;
  return { field, message: id === undefined ? message : `${id}: ${message.replace(/\.$/, '')}` };
}

export async function cancelReplay(api: GraphqlCaller, id: string): Promise<ReplaySeen> {
  const { replayCancel } = await api.call<{ replayCancel: Payload }>({
    query: `mutation ($id: ID!) { replayCancel(id: $id) { replay { ${SEEN} } userErrors { message } } }`,
    variables: { id },
  });
  return succeeded(replayCancel).replay;
}

/** Looks until it has ended, or until `signal` aborts; answers what was seen last. */
export async function followReplay(
  api: GraphqlCaller,
  created: ReplaySeen,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (seen: ReplaySeen) => void },
): Promise<ReplaySeen> {
  let seen = created;
  while (seen.status === 'RUNNING' && !signal.aborted) {
    onProgress(seen);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    const { replay } = await api.call<{ replay: ReplaySeen | null }>({
      query: `query ($id: ID!) { replay(id: $id) { ${SEEN} } }`,
      variables: { id: seen.id },
    });
    if (!replay) throw new Error(`the replay ${seen.id} is not there any more`);
    seen = replay;
  }
  return seen;
}
