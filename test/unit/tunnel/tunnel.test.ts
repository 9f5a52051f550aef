import { newId } from '../../../src/domain/ids';
import type { TunnelRequest } from '../../../src/domain/tunnel';
import { answersKey, encodeTunnel, parseTunnel, type TunnelMessage } from '../../../src/messages/tunnel';
import { makeTunnelDesk } from '../../../src/tunnel/tunnel-desk';
import { makeTunnelHub, type TunnelHub } from '../../../src/tunnel/tunnel-hub';
import { makeKeyRing } from '../../../src/runtime/key-ring';
import { waitUntil } from '../../support/wait-until';

const ENDPOINT = newId('endpoint');
const REQUEST = { headers: { 'x-a': 'b' }, body: Buffer.from([0, 255, 10]), timeoutMs: 2000 };
const ANSWER = { durationMs: 7, response: { status: 201, headers: {}, body: Buffer.from('ok\0') } };

const ring = makeKeyRing([`k:${Buffer.alloc(32, 1).toString('base64')}`]);
const SEAL = {
  seal: (plain: string) => ring.seal(plain, 'tunnel'),
  open: (sealed: Buffer) => ring.open(sealed, 'tunnel'),
};

/** A direct exchange: what is bound to a key gets it, as bytes. */
function makeExchange() {
  const bound = new Map<string, Set<(message: TunnelMessage) => void>>();
  return {
    bind: (key: string, take: (message: TunnelMessage) => void) =>
      void bound.set(key, (bound.get(key) ?? new Set()).add(take)),
    unbind: (key: string, take: (message: TunnelMessage) => void) => void bound.get(key)?.delete(take),
    send(key: string, message: TunnelMessage): void {
      const bytes = encodeTunnel(message, SEAL);
      for (const take of bound.get(key) ?? []) setImmediate(() => take(parseTunnel(bytes, SEAL)));
    },
  };
}
type Exchange = ReturnType<typeof makeExchange>;

const PROCESS = 'ab'.repeat(8);

function makeDesk(exchange: Exchange) {
  const desk = makeTunnelDesk({
    process: PROCESS,
    send: (key, message) => exchange.send(key, message),
    takenWithinMs: 100,
  });
  exchange.bind(answersKey(PROCESS), (message) => desk.heard(message));
  return desk;
}

function makeHub(exchange: Exchange): TunnelHub {
  const hear = (message: TunnelMessage): void => hub.heard(message);
  const hub = makeTunnelHub({
    // As with the broker, it takes a moment.
    bind: (key) => void setTimeout(() => exchange.bind(key, hear), 20),
    unbind: (key) => exchange.unbind(key, hear),
    send: (key, message) => exchange.send(key, message),
    callEveryMs: 5,
  });
  return hub;
}

function listenTo(hub: TunnelHub, endpointId = ENDPOINT) {
  const controller = new AbortController();
  const requests: TunnelRequest[] = [];
  const state = { isOpen: false, isReplaced: false };
  const ended = (async () => {
    for await (const told of hub.listen(endpointId, controller.signal, () => (state.isOpen = true))) {
      if (told === 'replaced') state.isReplaced = true;
      else requests.push(...told);
    }
  })();
  return { requests, state, ended, leave: () => controller.abort() };
}

it('carries a request to who listens, byte for byte, and the answer back', async () => {
  const exchange = makeExchange();
  const desk = makeDesk(exchange);
  const { requests, state, ended, leave } = listenTo(makeHub(exchange));
  await waitUntil(() => state.isOpen);
  const asked = desk.ask(ENDPOINT, REQUEST);
  await waitUntil(() => requests.length === 1);
  const [request] = requests;
  expect(request).toMatchObject(REQUEST);
  exchange.send(answersKey(PROCESS), {
    ...{ kind: 'answer', endpointId: ENDPOINT, id: request?.id ?? '', answer: ANSWER },
  });
  expect(await asked).toEqual(ANSWER);
  leave();
  await ended;
});

it('shows nobody in the broker the headers, and takes nothing that was sealed by others', () => {
  const request = { ...REQUEST, headers: { authorization: 'hush' }, id: `${PROCESS}.${'0'.repeat(32)}` };
  const message: TunnelMessage = { kind: 'request', endpointId: ENDPOINT, request };
  const bytes = encodeTunnel(message, SEAL);
  expect(bytes.includes('hush')).toBe(false);
  expect(parseTunnel(bytes, SEAL)).toEqual(message);
  const others = makeKeyRing([`k:${Buffer.alloc(32, 2).toString('base64')}`]);
  const theirs = { seal: (plain: string) => others.seal(plain, 'tunnel'), open: SEAL.open };
  expect(() => parseTunnel(encodeTunnel(message, theirs), SEAL)).toThrow();
});

it('knows at once that nobody listens, or not any more', async () => {
  const exchange = makeExchange();
  const desk = makeDesk(exchange);
  expect(await desk.ask(ENDPOINT, REQUEST)).toBe('nobody');
  const { state, ended, leave } = listenTo(makeHub(exchange));
  await waitUntil(() => state.isOpen);
  leave();
  await ended;
  expect(await desk.ask(ENDPOINT, REQUEST)).toBe('nobody');
});

it('waits longer than that for who has it, up to the time that there is', async () => {
  const exchange = makeExchange();
  const desk = makeDesk(exchange);
  const { requests, state } = listenTo(makeHub(exchange));
  await waitUntil(() => state.isOpen);
  expect(await desk.ask(ENDPOINT, { ...REQUEST, timeoutMs: 300 })).toBe('late');
  // What comes after that, twice, or for another endpoint, changes nothing.
  const answer = (endpointId: string, status: number): void =>
    exchange.send(answersKey(PROCESS), {
      ...{ kind: 'answer', endpointId, id: requests.at(-1)?.id ?? '' },
      answer: { ...ANSWER, response: { ...ANSWER.response, status } },
    });
  answer(ENDPOINT, 200);
  const asked = desk.ask(ENDPOINT, REQUEST);
  await waitUntil(() => requests.length === 2);
  answer(newId('endpoint'), 500);
  answer(ENDPOINT, 202);
  answer(ENDPOINT, 500);
  expect(await asked).toMatchObject({ response: { status: 202 } });
});

it.each([
  ['in the same process', true],
  ['in another', false],
])('gives the place to a second listener, %s', async (_, isSame) => {
  const exchange = makeExchange();
  const desk = makeDesk(exchange);
  const hub = makeHub(exchange);
  const first = listenTo(hub);
  await waitUntil(() => first.state.isOpen);
  const second = listenTo(isSame ? hub : makeHub(exchange));
  await waitUntil(() => second.state.isOpen && first.state.isReplaced);
  await first.ended;
  void desk.ask(ENDPOINT, REQUEST);
  await waitUntil(() => second.requests.length === 1);
  expect([first.requests.length, second.state.isReplaced]).toEqual([0, false]);
});
