import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { makeSockets, type SocketNeeds } from '../../../../src/api/http/web-socket';
import { waitUntil } from '../../../support/wait-until';

const needs = { path: '/graphql', corsOrigins: [], limits: {} } as unknown as SocketNeeds;
const FOREIGN_ORIGIN = 'Origin: https://elsewhere.example\r\n';

let http: Server;
let sockets: ReturnType<typeof makeSockets>;
/** The server's side of each connection that was upgraded. */
let handedOver: Socket[];

beforeEach(async () => {
  handedOver = [];
  http = createServer((_request, response) => response.end());
  sockets = makeSockets(needs);
  sockets.attach(http);
  http.on('upgrade', (_request, stream: Socket) => handedOver.push(stream));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await sockets.close();
  for (const stream of handedOver) stream.destroy();
  await new Promise((resolve) => http.close(resolve));
});

function ask(path: string, headers = ''): { client: Socket; answer: () => string } {
  const client = connect((http.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  client.on('data', (bytes) => (text += bytes.toString()));
  client.on('error', () => undefined);
  client.write(
    `GET ${path} HTTP/1.1\r\nHost: warren\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
  );
  return { client, answer: () => text };
}

it.each([
  ['another path', '/elsewhere', '', '404'],
  ['a foreign page', '/graphql', FOREIGN_ORIGIN, '403'],
])('an upgrade for %s is refused, and its connection is closed', async (_, path, headers, status) => {
  const { client, answer } = ask(path, headers);
  await waitUntil(() => client.closed);
  expect(answer()).toContain(`HTTP/1.1 ${status} `);
  await waitUntil(() => handedOver.length === 1 && handedOver.every(({ destroyed }) => destroyed));
});

it('a client that is gone before it is refused does not end the process', async () => {
  const { client } = ask('/graphql', FOREIGN_ORIGIN);
  await waitUntil(() => handedOver.length === 1);
  const fault = Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET' });
  expect(() => handedOver[0]?.emit('error', fault)).not.toThrow();
  client.destroy();
});
