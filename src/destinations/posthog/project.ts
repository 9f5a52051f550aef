import type { Answer } from '../../domain/delivery/outcome';
import { makeBatcher } from '../../runtime/batcher';
import type { Client } from '../client-pool';
import type { BearerCredentials } from '../credential-types';
import type { DestinationRequest } from '../destination';
import type { HttpDestination } from '../http/http';
import { webUrl } from '../web-url';
import type { Capture } from './capture';

/** A project of PostHog, as one endpoint sends to it. */
export interface Project extends Client {
  /** The answer to the batch that the event went with. */
  send(capture: Capture): Promise<Answer>;
}

const BATCH_PATH = '/batch/';
const MAX_EVENTS = 100;
/** PostHog takes 20 MB. */
const MAX_BYTES = 4 * 1024 * 1024;
const UNDER_WAY = 4;
/** PostHog cannot take one of the events, and so took none. */
const ABOUT_ONE: ReadonlySet<number | undefined> = new Set([400, 413]);

/** What gathers while four requests are under way goes with the next: an event that comes alone waits for nobody. */
export function openProject(http: HttpDestination, { url, credentials }: DestinationRequest): Project {
  const { token } = credentials as BearerCredentials;
  const batchUrl = `${new URL(webUrl(url)).origin}${BATCH_PATH}`;

  const post = (captures: readonly Capture[]): Promise<Answer> =>
    http.send({
      url: batchUrl,
      headers: { 'content-type': 'application/json' },
      body: batchOf(token, captures),
      // Each delivery ends by its own time; the request, when nobody waits for it any more.
      timeoutMs: Math.max(1, ...captures.map(({ endsAtMs }) => endsAtMs - Date.now())),
    });

  const batcher = makeBatcher<Capture, Answer>({
    maxItems: MAX_EVENTS,
    maxWeight: MAX_BYTES,
    weigh: ({ json }) => json.length,
    concurrency: UNDER_WAY,
    async run(captures) {
      const answer = await post(captures);
      const isForAll = captures.length === 1 || !ABOUT_ONE.has(answer.response?.status);
      if (isForAll) return captures.map(() => answer);
      // One that PostHog does not take must not cost the others an attempt.
      return Promise.all(captures.map((capture) => post([capture])));
    },
  });

  return {
    send: (capture) => batcher.add(capture),
    isOpen: () => true,
    // The connections are those of HTTP, which closes them.
    close: () => Promise.resolve(),
  };
}

/** The project's key comes in here, after what was sent is on record. */
function batchOf(token: string, captures: readonly Capture[]): Buffer {
  const events = captures.map(({ json }) => json.toString('utf8')).join();
  return Buffer.from(`{"api_key":${JSON.stringify(token)},"batch":[${events}]}`);
}
