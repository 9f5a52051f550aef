import { WebSocket } from 'ws';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';
import { waitUntil } from '../../support/wait-until';

let server: ApiServer;
let acme: TestTenant;
const opened: WebSocket[] = [];

beforeAll(async () => {
  server = await startApiServer(
    {
      async *watchDeliveries({ signal }) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        yield* [];
      },
    },
    { sockets: 2, operationsPerSocket: 2, pingEveryMs: 300, closeWithinMs: 200 },
  );
  acme = await makeTenant(server, 'acme');
});
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.terminate();
  // The next test has room again once the server has seen them go.
  await waitUntil(() =>
    open()
      .then((socket) => (socket.terminate(), true))
      .catch(() => false),
  );
});
afterAll(() => server.close());

/** Rejects with the status when the server does not let it in. */
async function open(options: { autoPong?: boolean } = {}): Promise<WebSocket> {
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws', options);
  opened.push(socket);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

it('a process has only so many sockets, and says so to one more', async () => {
  await open();
  const second = await open();
  await expect(open()).rejects.toThrow('503');
  second.terminate();
  await waitUntil(() =>
    open()
      .then(() => true)
      .catch(() => false),
  );
});

it.each<[string, object, number]>([
  ['address', { socketsOfAddress: 1 }, 0],
  ['key', { socketsOfKey: 1 }, 1],
])(
  'one %s has only so many sockets, and says so to one more',
  async (_, limits, others) => {
    const own = await startApiServer({}, limits);
    const mine = await makeTenant(own, 'acme');
    const closes: string[] = [];
    const connect = async (key: string): Promise<WebSocket> => {
      const socket = new WebSocket(own.url.replace('http', 'ws'), 'graphql-transport-ws');
      socket.once('close', (code, reason) => closes.push(`${code} ${reason.toString()}`));
      await new Promise((resolve) => socket.once('open', resolve));
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
      await new Promise((resolve) => socket.once('message', resolve).once('close', resolve));
      return socket;
    };
    const first = await connect(mine.key);
    const second = await connect(mine.key);
    await waitUntil(() => closes.length === 1);
    expect(closes[0]).toMatch(/^4429 Too many connections (from this address|with this key)$/);
    expect(second.readyState).not.toBe(WebSocket.OPEN);
    if (others > 0) await connect((await makeTenant(own, 'other')).key);
    expect(closes).toHaveLength(1);
    first.close();
    await waitUntil(() => closes.length === 2);
    await waitUntil(async () => (await connect(mine.key)).readyState === WebSocket.OPEN);
    await own.close();
  },
  30_000,
);

it('a socket has only so many operations at once', async () => {
  const socket = await open();
  const heard: { id?: string; type: string; payload?: unknown }[] = [];
  socket.on('message', (bytes: Buffer) => heard.push(JSON.parse(bytes.toString()) as (typeof heard)[number]));
  const say = (message: object): void => socket.send(JSON.stringify(message));
  say({ type: 'connection_init', payload: { authorization: `Bearer ${acme.key}` } });
  await waitUntil(() => heard.some(({ type }) => type === 'connection_ack'));
  const payload = { query: 'subscription { deliveryUpdated { cursor } }' };
  for (const id of ['1', '2', '3']) say({ id, type: 'subscribe', payload });
  await waitUntil(() => heard.some(({ type }) => type === 'error'));
  expect(heard.filter(({ type }) => type === 'error')).toMatchObject([
    { id: '3', payload: [{ extensions: { code: 'RATE_LIMITED' } }] },
  ]);
});

it('nothing is compressed, which would cost memory for each socket', async () => {
  expect((await open()).extensions).toBe('');
});

it('one that does not answer pings is let go, and one that does is not', async () => {
  const alive = await open();
  alive.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${acme.key}` } }));
  const dead = await open({ autoPong: false });
  dead.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${acme.key}` } }));
  const closed = jest.fn();
  dead.once('close', closed);
  await waitUntil(() => closed.mock.calls.length === 1);
  expect(alive.readyState).toBe(WebSocket.OPEN);
});
