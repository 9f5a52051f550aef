import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { boundAnswers } from '../../../src/destinations/bound-answers';
import { makeCertificate } from '../../support/outsiders/certificate';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { waitUntil } from '../../support/wait-until';

const MEGABYTE = 1024 * 1024;
let server: Server;
afterEach(() => server.close());

async function listen(made: Server): Promise<number> {
  server = made.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Writes for as long as it is read. */
function talk(socket: Socket, chunk = Buffer.alloc(65_536)): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more).on('error', () => undefined);
  more();
}

describe('a broker that talks without end', () => {
  it.each(['data', 'readable'] as const)('is cut off, when it is read by %s', async (event) => {
    const socket = connect(await listen(createServer((other) => talk(other))), '127.0.0.1');
    boundAnswers(socket, event);
    if (event === 'readable') socket.on('readable', () => void socket.read());
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toBe('the broker says too much');
    expect(socket.bytesRead).toBeLessThan(2 * MEGABYTE);
  });

  it('is cut off over TLS', async () => {
    const tls = makeCertificate({ names: ['127.0.0.1'] });
    const port = await listen(createTlsServer(tls, (other) => talk(other)));
    const socket = connectTls({ port, host: '127.0.0.1', ca: tls.cert });
    boundAnswers(socket, 'data');
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toBe('the broker says too much');
  });

  it('may send back all that it was sent', async () => {
    const socket = connect(await listen(createServer((other) => void other.pipe(other))), '127.0.0.1');
    boundAnswers(socket, 'data');
    const failed = jest.fn();
    socket.on('error', failed);
    const all = 8 * MEGABYTE;
    let got = 0;
    const back = new Promise<void>((resolve) =>
      socket.on('data', (chunk: Buffer) => {
        got += chunk.length;
        if (got === all) resolve();
      }),
    );
    socket.write(Buffer.alloc(all));
    await back;
    expect(failed).not.toHaveBeenCalled();
    socket.destroy();
  });
});

it('of NATS, that announces two gigabytes and begins with them, fails the attempt long before', async () => {
  let sent = 0;
  const port = await listen(
    createServer((socket) => {
      socket.write('INFO {"server_id":"x","version":"2.10.0","max_payload":1048576,"headers":true}\r\n');
      socket.once('data', () => {
        socket.write('PONG\r\nMSG x 1 2000000000\r\n');
        talk(socket);
      });
      socket.on('close', () => (sent = socket.bytesWritten));
    }),
  );
  const destinations = openDestinations();
  const answer = await destinations.send(
    makeDestinationRequest(`nats://127.0.0.1:${port}/a`, { timeoutMs: 10_000 }),
  );
  expect(answer.error).toMatch(/^(CONNECTION_RESET|REFUSED)$/);
  await destinations.close();
  await waitUntil(() => sent > 0, 15_000);
  expect(sent).toBeLessThan(16 * MEGABYTE);
});
