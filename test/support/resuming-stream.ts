import { watchDeliveries, type DeliveryStream, type SeenUpdate } from './delivery-stream';

export interface ResumingStream {
  /** All of it, over every connection. */
  updates(): SeenUpdate[];
  /** How often it had to connect again. */
  resumes(): number;
  close(): Promise<void>;
}

/** Watches as docs/examples/watch.mjs does: whenever the stream ends, again from the last cursor. */
export function keepWatching(graphqlUrl: string, key: string, after?: string): ResumingStream {
  const before: SeenUpdate[] = [];
  let stream: DeliveryStream = watchDeliveries(graphqlUrl, key, after === undefined ? {} : { after });
  let resumes = 0;
  const checking = setInterval(() => {
    if (stream.ended() === undefined) return;
    void stream.close();
    before.push(...stream.updates);
    const last = before.at(-1)?.cursor ?? after;
    stream = watchDeliveries(graphqlUrl, key, last === undefined ? {} : { after: last });
    resumes++;
  }, 50);
  return {
    updates: () => [...before, ...stream.updates],
    resumes: () => resumes,
    async close() {
      clearInterval(checking);
      await stream.close();
    },
  };
}
