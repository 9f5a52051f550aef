import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { boundAnswers } from '../../../src/destinations/bound-answers';

const MEGABYTE = 1024 * 1024;
let server: Server;
afterEach(() => server.close());

async function dial(behave: (socket: Socket) => void): Promise<Socket> {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    behave(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

it.each(['data', 'readable'] as const)(
  'cuts off a server that talks without end, read by %s',
  async (event) => {
    const socket = await dial((other) => {
      const more = (): void => {
        while (!other.destroyed && other.write(Buffer.alloc(65_536)));
      };
      other.on('drain', more);
      more();
    });
    boundAnswers(socket, event);
    if (event === 'readable') socket.on('readable', () => void socket.read());
    const [error] = (await once(socket, 'error').catch((thrown: unknown) => [thrown])) as [Error];
    expect(error.message).toBe('the broker says too much');
    expect(socket.bytesRead).toBeLessThan(2 * MEGABYTE);
  },
);

it('lets a server send back all that it was sent', async () => {
  const socket = await dial((other) => other.pipe(other));
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
