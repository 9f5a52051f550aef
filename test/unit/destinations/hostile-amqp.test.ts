import { setTimeout as pause } from 'node:timers/promises';
import type { Destinations } from '../../../src/destinations/destinations';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { startHostileAmqp, type HostileAmqp } from '../../support/outsiders/hostile-amqp';
import { waitUntil } from '../../support/wait-until';

const credentials = { type: 'basic', username: 'warren', password: 'right-password' };
let destinations: Destinations;
let broker: HostileAmqp;

beforeEach(() => void (destinations = openDestinations()));
afterEach(async () => {
  await destinations.close();
  await broker.close();
});

/** From one endpoint, so over one connection while that is good. */
const send = (timeoutMs: number) =>
  destinations.send(makeDestinationRequest(broker.url, { endpointId: 'ep_1', credentials, timeoutMs }));

it.each([
  ['far behind the last', 200_000_000n, false],
  ['far behind the last, and all before it', 200_000_000n, true],
  ['before the first', 0n, true],
])('is cut off at once when it confirms a message %s', async (_, tag, multiple) => {
  broker = await startHostileAmqp({
    onMessage(_number, ack) {
      ack(tag, multiple);
      ack(1n);
    },
  });
  const startedAt = performance.now();
  expect(await send(5000)).toMatchObject({ error: 'CONNECTION_RESET' });
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

it('may confirm in any order, and many at once', async () => {
  broker = await startHostileAmqp({
    onMessage(number, ack) {
      if (number === 3) {
        ack(3n);
        ack(2n, true);
      }
    },
  });
  const answers = await Promise.all([send(5000), send(5000), send(5000)]);
  expect(answers.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
  expect(broker.connections).toBe(1);
});

it('loses the connection on which it left a message without an answer, and all that was kept for that', async () => {
  broker = await startHostileAmqp({ onMessage: () => undefined });
  for (let sent = 1; sent <= 3; sent++) {
    expect(await send(100)).toMatchObject({ error: 'TIMEOUT' });
    expect(broker.connections).toBe(sent);
    // The attempt began a little before its message was sent.
    await pause(50);
  }
  await waitUntil(() => broker.openConnections() === 1);
});

it('does not keep a handshake open with a byte now and then', async () => {
  broker = await startHostileAmqp({
    greet(socket) {
      // The head of a frame of 1 KiB.
      socket.write(Buffer.from([1, 0, 0, 0, 0, 4, 0]));
      const drip = setInterval(() => socket.write('x'), 200);
      socket.on('close', () => clearInterval(drip));
    },
  });
  expect(await send(15_000)).toMatchObject({
    error: 'TIMEOUT',
    errorDetail: 'The receiver did not accept the connection in time.',
  });
  await waitUntil(() => broker.openConnections() === 0);
}, 20_000);
