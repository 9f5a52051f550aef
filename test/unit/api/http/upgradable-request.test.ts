import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UpgradableRequest } from '../../../../src/api/http/upgradable-request';

let http: Server;
beforeEach(async () => {
  http = createServer({ IncomingMessage: UpgradableRequest }, (incoming, response) => {
    incoming.pipe(response);
  });
  http.on('upgrade', (_request, stream) => stream.end('HTTP/1.1 426 Upgrade Required\r\n\r\n'));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => http.close(resolve)));

const post = (upgrade: string): Promise<{ status: number | undefined; body: string }> =>
  new Promise((resolve, reject) => {
    const { port } = http.address() as AddressInfo;
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade, 'http2-settings': 'AAMAAABk' };
    request({ port, host: '127.0.0.1', method: 'POST', headers }, (response) => {
      let body = '';
      response.on('data', (bytes: Buffer) => (body += bytes.toString()));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    })
      .on('error', reject)
      .end('hello');
  });

it('a request that would rather have HTTP/2 is answered as any other, body and all', async () => {
  expect(await post('h2c')).toEqual({ status: 200, body: 'hello' });
});

it('one that asks for a WebSocket is handed over', async () => {
  expect(await post('WebSocket')).toMatchObject({ status: 426 });
});
