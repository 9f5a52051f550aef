import type { GraphqlCaller } from '../call-graphql';
import { ask, canAsk } from './asking';
import { findDeployment, type RemoteOptions } from './deployment';
import { mustBeThere } from './must-be-there';
import { cancelReplay, createReplay, followReplay, type ReplaySeen } from './replay-progress';
import { countOf, inWords, replayInput, type ReplayInput } from './replay-selection';
import { speakTo } from './speak-to';

export interface ReplayOptions extends RemoteOptions {
  endpoint?: string;
  subscription?: string;
  since?: string;
  until?: string;
  types: string[];
  status: string[];
  dryRun?: boolean;
  yes?: boolean;
  /** The id of a replay. */
  cancel?: string;
}

const INTERRUPTED = 130;

/** Counts, asks, sends again and shows how far it is. Ends with 1 unless all of it was sent. */
export async function replay(ids: string[], options: ReplayOptions): Promise<void> {
  const api = speakTo(findDeployment(options, process.env), new AbortController().signal);
  const { cancel, dryRun, json } = options;
  if (cancel !== undefined) {
    tell(await cancelReplay(api, cancel), json);
    return;
  }
  const input = replayInput({ ids, ...options });
  if (input.endpointId !== undefined) await mustBeThere(api, 'endpoint', input.endpointId);
  if (input.subscriptionId !== undefined) await mustBeThere(api, 'webhookSubscription', input.subscriptionId);
  if (dryRun) await tellCount(api, input, json);
  else if (await isWanted(api, input, options)) await sendAgain(api, input, json);
}

async function tellCount(api: GraphqlCaller, input: ReplayInput, json = false): Promise<void> {
  const count = await countOf(api, input);
  process.stdout.write(`${json ? JSON.stringify(count ?? null) : inWords(count, input)}\n`);
}

/** Who names each delivery knows what it means; a condition may fit more than somebody thinks. */
async function isWanted(api: GraphqlCaller, input: ReplayInput, { yes }: ReplayOptions): Promise<boolean> {
  if (yes || input.deliveryIds) return true;
  const what = inWords(await countOf(api, input), input);
  if (!canAsk()) throw new Error(`this would send again ${what}: add --yes to do it`);
  const isYes = await ask(`Send again ${what}?`);
  if (!isYes) process.stderr.write('nothing was sent\n');
  return isYes;
}

async function sendAgain(api: GraphqlCaller, input: ReplayInput, json = false): Promise<void> {
  const created = await createReplay(api, input);
  // It goes on even when this command is cut off: whoever looks for it needs its id.
  process.stderr.write(`${created.id} has begun\n`);
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  let seen = await followReplay(api, created, { signal: interrupt.signal, onProgress: showProgress });
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (seen.status === 'RUNNING' && canAsk() && (await ask('Cancel the replay?')))
    seen = await cancelReplay(api, seen.id);
  tell(seen, json);
  if (seen.status === 'RUNNING') {
    process.stderr.write(`it goes on; to end it: warren replay --cancel ${seen.id}\n`);
    process.exitCode = INTERRUPTED;
  } else if (seen.status !== 'COMPLETED') process.exitCode = 1;
}

/** One line that is written over; a file gets only how it ended. */
function showProgress({ done, total }: ReplaySeen): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${Math.max(done, total)} on their way `);
}

function tell(seen: ReplaySeen, json = false): void {
  const { id, status, done, skipped, error } = seen;
  const sent = `${done - skipped} sent again, ${skipped} skipped`;
  const words = [status, id, sent, ...(error === null ? [] : [error])].join('  ');
  process.stdout.write(`${json ? JSON.stringify(seen) : words}\n`);
  if (skipped > 0) process.stderr.write('skipped is what belongs to a deleted endpoint or subscription\n');
}
