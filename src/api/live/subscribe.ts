import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { makeContext, type RequestContext } from '../context';
import { presentAll, type PresentError } from '../request-errors';
import { audienceOf, makeAnswer, makeSharedAnswers, type Answer } from './shared-answers';

/** What a stream has ready at once. To graphql-ws it is one result; to the client each answer is a message of its own. */
export class AnswerBatch {
  constructor(readonly answers: readonly Answer[]) {}
}

/**
 * Like graphql's `subscribe`, for streams of arrays of payloads. What is ready is resolved together, with loaders of its
 * own (a stream outlives what they remember), and once for all who would get the same answer.
 */
export function makeSubscribe(present: PresentError) {
  const shared = makeSharedAnswers();
  return async (args: ExecutionArgs): Promise<AsyncIterableIterator<AnswerBatch> | ExecutionResult> => {
    const stream = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in stream)) return stream;
    const { api, authentication } = args.contextValue as RequestContext;
    const audience = audienceOf({ ...args, authentication });

    async function answerAll(payloads: object[]): Promise<AnswerBatch> {
      let contextValue: RequestContext | undefined;
      const make = async (rootValue: object): Promise<Answer> => {
        contextValue ??= makeContext(api, authentication);
        const { data, errors } = await execute({ ...args, rootValue, contextValue });
        return makeAnswer({ data, ...(errors ? { errors: presentAll(errors, present) } : {}) });
      };
      return new AnswerBatch(
        await Promise.all(payloads.map((payload) => shared.find(payload, audience, () => make(payload)))),
      );
    }
    return mapEach(stream as AsyncIterable<object[]>, answerAll);
  };
}

function mapEach<T, U>(
  stream: AsyncIterable<T>,
  map: (value: T) => Promise<U>,
): AsyncIterableIterator<U, undefined> {
  const source = stream[Symbol.asyncIterator]();
  const end = { done: true, value: undefined } as const;
  return {
    async next() {
      const result = await source.next();
      if (result.done) return end;
      const value = await map(result.value);
      await nextTurn();
      return { done: false, value };
    },
    async return() {
      await source.return?.();
      return end;
    },
    async throw(error: unknown) {
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
