import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { isAborted } from '../../runtime/is-aborted';
import { makeContext, type RequestContext } from '../context';
import { presentAll, type PresentError } from '../request-errors';
import { audienceOf, makeAnswer, makeSharedAnswers, type Answer } from './shared-answers';

/** Sends what a stream has ready at once, each answer as a message of its own. A promise: wait before you make more. */
export type Tell = (answers: readonly Answer[]) => Promise<void> | undefined;

export interface SubscribeArgs extends ExecutionArgs {
  tell: Tell;
}

/**
 * Like graphql's `subscribe`, for streams of arrays of payloads. What is ready is resolved together, with loaders of its
 * own (a stream outlives what they remember), and once for all who would get the same answer.
 *
 * Answers go to `tell`; what is given back has no values, only an end. graphql-ws would make a message of its own of each
 * for each client.
 */
export function makeSubscribe(present: PresentError) {
  const shared = makeSharedAnswers();
  return async (args: SubscribeArgs): Promise<AsyncIterableIterator<never> | ExecutionResult> => {
    const stream = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in stream)) return stream;
    const { api, authentication } = args.contextValue as RequestContext;
    const audience = audienceOf({ ...args, authentication });

    function answerAll(payloads: object[]): Promise<Answer[]> {
      let contextValue: RequestContext | undefined;
      const make = async (rootValue: object): Promise<Answer> => {
        contextValue ??= makeContext(api, authentication);
        const { data, errors } = await execute({ ...args, rootValue, contextValue });
        return makeAnswer({ data, ...(errors ? { errors: presentAll(errors, present) } : {}) });
      };
      return Promise.all(payloads.map((payload) => shared.find(payload, audience, () => make(payload))));
    }
    return tellEach(stream as AsyncIterable<object[]>, answerAll, args.tell);
  };
}

function tellEach(
  payloads: AsyncIterable<object[]>,
  answerAll: (payloads: object[]) => Promise<Answer[]>,
  tell: Tell,
): AsyncIterableIterator<never, undefined> {
  const source = payloads[Symbol.asyncIterator]();
  const end = { done: true, value: undefined } as const;
  const over = new AbortController();
  return {
    async next() {
      while (!over.signal.aborted) {
        const result = await source.next();
        if (result.done) break;
        const answers = await answerAll(result.value);
        // The client may have ended it meanwhile, and use its id for something else.
        if (isAborted(over.signal)) break;
        const told = tell(answers);
        if (told) await told;
        await nextTurn();
      }
      return end;
    },
    async return() {
      over.abort();
      await source.return?.();
      return end;
    },
    async throw(error: unknown) {
      over.abort();
      await source.return?.();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Lets others run in between: a stream that always has a next value would keep the process to itself. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
