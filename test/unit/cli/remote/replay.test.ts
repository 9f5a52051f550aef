import type { GraphqlCaller, Operation } from '../../../../src/cli/call-graphql';
import { followReplay, type ReplaySeen } from '../../../../src/cli/remote/replay-progress';
import { countOf, inWords, replayInput, type Selected } from '../../../../src/cli/remote/replay-selection';

const nothing: Selected = { ids: [], types: [], status: [] };
const counting = (totalCount: number, totalCountIsExact = true) => {
  const asked: Operation[] = [];
  const api: GraphqlCaller = {
    call: <T>(operation: Operation) => {
      asked.push(operation);
      return Promise.resolve({ deliveries: { totalCount, totalCountIsExact } } as T);
    },
  };
  return { api, asked };
};

describe('replayInput', () => {
  it('has what was given and nothing else', () => {
    const since = '2026-01-01T00:00:00.000Z';
    expect(replayInput({ ...nothing, endpoint: 'ep_1', since, types: ['a.b'] })).toEqual({
      endpointId: 'ep_1',
      since,
      types: ['a.b'],
    });
  });

  it('is not everything by oversight', () => {
    expect(() => replayInput(nothing)).toThrow(/say which deliveries: their ids, or --endpoint/);
  });
});

describe('countOf', () => {
  it('counts those that the replay takes: delivered and dead, unless told otherwise', async () => {
    const { api, asked } = counting(1200);
    expect(await countOf(api, { endpointId: 'ep_1' })).toEqual({ count: 1200, isExact: true });
    await countOf(api, { endpointId: 'ep_1', status: ['HELD'] });
    expect(asked.map(({ variables }) => variables)).toEqual([
      { filter: { endpointId: 'ep_1', status: ['DELIVERED', 'DEAD_LETTERED'] } },
      { filter: { endpointId: 'ep_1', status: ['HELD'] } },
    ]);
  });

  it('asks nobody about ids, and does not pretend to know a subscription', async () => {
    const { api, asked } = counting(0);
    expect(await countOf(api, { deliveryIds: ['a', 'b'] })).toEqual({ count: 2, isExact: true });
    expect(await countOf(api, { subscriptionId: 'sub_1' })).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

describe('inWords', () => {
  it('says the number, whether it is exact, and what is not in it', () => {
    expect(inWords({ count: 1, isExact: true }, { endpointId: 'ep_1' })).toBe('1 delivery');
    expect(inWords({ count: 200_000, isExact: false }, { types: ['a'] })).toBe('at least 200,000 deliveries');
    expect(inWords({ count: 2, isExact: false }, { deliveryIds: ['a', 'b'], status: ['HELD'] })).toBe(
      'at most 2 deliveries',
    );
    expect(inWords({ count: 3, isExact: true }, { endpointId: 'ep_1', since: 'x' })).toBe(
      '3 deliveries, and events since then that have none yet',
    );
    expect(inWords(undefined, { subscriptionId: 'sub_1' })).toBe('the deliveries of the subscription');
  });
});

describe('followReplay', () => {
  const running: ReplaySeen = { id: 'r', status: 'RUNNING', total: 9, done: 0, skipped: 0, error: null };
  const answering = (...replays: (ReplaySeen | null)[]): GraphqlCaller => ({
    call: <T>() => Promise.resolve({ replay: replays.shift() ?? null } as T),
  });

  it('looks until it has ended', async () => {
    const told: number[] = [];
    const ended = { ...running, status: 'COMPLETED' as const, done: 9 };
    const signal = new AbortController().signal;
    const onProgress = ({ done }: ReplaySeen): number => told.push(done);
    const seen = await followReplay(answering({ ...running, done: 4 }, ended), running, {
      signal,
      onProgress,
    });
    expect(seen).toBe(ended);
    expect(told).toEqual([0, 4]);
  });

  it('leaves it running when it is interrupted, and has looked once more', async () => {
    const stop = new AbortController();
    const further = { ...running, done: 5 };
    const onProgress = (): void => stop.abort();
    const seen = await followReplay(answering(further), running, { signal: stop.signal, onProgress });
    expect(seen).toBe(further);
  });
});
