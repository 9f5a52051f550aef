import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { freePorts, isFree } from '../../../src/provision/free-port';

it('chooses different ports that are free', async () => {
  const ports = await freePorts(5);
  expect(new Set(ports).size).toBe(5);
  expect(await Promise.all(ports.map(isFree))).toEqual([true, true, true, true, true]);
});

it('keeps the ports of the last start that are still free and replaces a taken one', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  const [free = 0] = await freePorts(1);

  const chosen = await freePorts(2, [free, taken]);
  expect(chosen[0]).toBe(free);
  expect(chosen[1]).not.toBe(taken);
  expect(await isFree(taken)).toBe(false);
  server.close();
});

it('never gives the same port twice, not even when asked to', async () => {
  const [port = 0] = await freePorts(1);
  const [first, second] = await freePorts(2, [port, port]);
  expect(first).toBe(port);
  expect(second).not.toBe(port);
});
