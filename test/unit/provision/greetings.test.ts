import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { greetBroker, logInAsGuest } from '../../../src/provision/probe/amqp-greeting';
import { greetDatabase } from '../../../src/provision/probe/mysql-greeting';
import { stopEpmd } from '../../../src/provision/probe/epmd';
import { connectionStart, mysqlHandshake } from './canned-greetings';

let servers: Server[] = [];
afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

/** A server that writes `pieces` one after the other to whoever connects (or speaks first), then stays silent. */
async function speaker(pieces: Buffer[], received?: Buffer[]): Promise<{ host: string; port: number }> {
  const server = createServer((socket) => {
    // Without a reader the end of the connection is never seen, and the open socket keeps the test run alive.
    socket
      .setNoDelay(true)
      .resume()
      .on('error', () => undefined);
    const speak = () => pieces.forEach((piece, index) => setTimeout(() => socket.write(piece), index * 5));
    if (received) socket.on('data', (chunk) => received.push(chunk)).once('data', speak);
    else speak();
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const inBytes = (whole: Buffer) => [whole.subarray(0, 3), whole.subarray(3, 40), whole.subarray(40)];

describe('asking who answers on an AMQP port', () => {
  it('reads the cluster name behind fields of every other type', async () => {
    const address = await speaker(inBytes(connectionStart('warren_1234abcd@host')));
    expect(await greetBroker(address, 2_000)).toEqual({
      answered: true,
      value: { clusterName: 'warren_1234abcd@host' },
    });
  });

  it('sends the protocol header of AMQP 0-9-1', async () => {
    const received: Buffer[] = [];
    await greetBroker(await speaker([connectionStart('x')], received), 2_000);
    expect(Buffer.concat(received).toString('latin1')).toBe('AMQP\0\0\x09\x01');
  });

  it('takes a broker that does not tell its cluster name', async () => {
    const result = await greetBroker(await speaker([connectionStart(null)]), 2_000);
    expect(result).toEqual({ answered: true, value: { clusterName: null } });
  });

  it('tells another protocol from silence and from nobody', async () => {
    const http = await speaker([Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]);
    expect(await greetBroker(http, 2_000)).toEqual({ answered: false, why: 'it speaks another protocol' });
    expect(await greetBroker(await speaker([]), 100)).toEqual({
      answered: false,
      why: 'no answer within 0.1 s',
    });
    expect(await greetBroker({ host: '127.0.0.1', port: 1 }, 2_000)).toEqual({
      answered: false,
      why: 'ECONNREFUSED',
    });
  });

  it('does not take a greeting for a login', async () => {
    const result = await logInAsGuest(await speaker([connectionStart('x')]), 200);
    expect(result).toEqual({ answered: false, why: 'no answer within 0.2 s' });
  });
});

describe('asking who answers on a MySQL port', () => {
  it('reads the version, however the packet arrives', async () => {
    const address = await speaker(inBytes(mysqlHandshake('8.4.3')));
    expect(await greetDatabase(address, 2_000)).toEqual({ answered: true, value: { version: '8.4.3' } });
  });

  it('does not take an error packet for a database that can be used', async () => {
    const tooMany = Buffer.from('\x17\0\0\0\xff\x10\x04Too many connections', 'latin1');
    expect(await greetDatabase(await speaker([tooMany]), 2_000)).toEqual({
      answered: false,
      why: 'it speaks another protocol',
    });
  });
});

it('leaves alone what is not an Erlang port mapper, and does not wait for it', async () => {
  const received: Buffer[] = [];
  const { port } = await speaker([Buffer.from('\0\0\0\x01', 'latin1')], received);
  await stopEpmd(port);
  expect(Buffer.concat(received).toString('latin1')).toBe('\0\x01n');
});
