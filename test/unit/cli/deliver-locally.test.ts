import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { deliverLocally, type LocalAnswer } from '../../../src/cli/remote/deliver-locally';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(handle: Parameters<typeof createServer>[1]): Promise<URL> {
  const server = createServer(handle as never);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=b`);
}
const send = (url: URL, timeoutMs = 5000): Promise<LocalAnswer> =>
  deliverLocally({ url, headers: { 'webhook-id': 'dlv_1' }, body: Buffer.from('{"n":1}'), timeoutMs });

describe('a delivery to this machine', () => {
  it('is made with the bytes and headers given, and answered with what came back', async () => {
    let seen: unknown;
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url: path, headers } = request;
        seen = { method, path, id: headers['webhook-id'], body: Buffer.concat(chunks).toString() };
        response.writeHead(201, { 'set-cookie': ['a=1', 'b=2'] }).end('x'.repeat(50_000));
      });
    });
    const { response } = await send(url);
    expect(seen).toEqual({ method: 'POST', path: '/hook?a=b', id: 'dlv_1', body: '{"n":1}' });
    expect(response).toMatchObject({ status: 201, headers: { 'set-cookie': 'a=1, b=2' } });
    expect(response?.body).toHaveLength(16_384);
  });

  it('says why there is no answer', async () => {
    const refused = await serve(() => undefined);
    servers.at(-1)?.close();
    expect(await send(refused)).toMatchObject({ failure: 'CONNECTION_REFUSED' });
    const reset = await serve((request) => void request.socket.destroy());
    expect(await send(reset)).toMatchObject({ failure: 'CONNECTION_RESET' });
    const garbage = await serve((request) => void request.socket.end('SSH-2.0\r\n\r\n'));
    expect(await send(garbage)).toMatchObject({ failure: 'BAD_RESPONSE' });
    const silent = await serve(() => undefined);
    expect(await send(silent, 100)).toMatchObject({ failure: 'TIMEOUT' });
    const endless = await serve((_, response) => void response.writeHead(200).write('x'));
    expect(await send(endless, 100)).toMatchObject({ failure: 'TIMEOUT' });
  });
});
