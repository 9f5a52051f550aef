import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { makeContext, type RequestContext } from '../context';
import { inBatches } from './in-batches';
import { audienceOf, makeSharedResults } from './shared-results';

/** How many payloads of one stream are resolved together. */
const BATCH = 100;

/**
 * Like graphql's `subscribe`, but what is ready is resolved together, with loaders of its own (a stream outlives what
 * they remember), and once for all who would get the same answer.
 */
export function makeSubscribe() {
  const shared = makeSharedResults();
  return async (args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> => {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const { api, authentication } = args.contextValue as RequestContext;
    const audience = audienceOf({ ...args, authentication });
    return inBatches(source[Symbol.asyncIterator](), BATCH, (payloads) => {
      let contextValue: RequestContext | undefined;
      const make = async (rootValue: unknown): Promise<ExecutionResult> =>
        execute({ ...args, rootValue, contextValue: (contextValue ??= makeContext(api, authentication)) });
      return Promise.all(
        payloads.map((payload) => shared.resolve(payload as object, audience, () => make(payload))),
      );
    });
  };
}
