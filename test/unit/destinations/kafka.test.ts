import type { Destinations } from '../../../src/destinations/destinations';
import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { startKafkaStandIn, type KafkaStandIn, type StandInOptions } from '../../support/kafka-stand-in';

let destinations: Destinations;
let broker: KafkaStandIn;

beforeEach(() => void (destinations = openDestinations()));
afterEach(async () => {
  await destinations.close();
  await broker.close();
});

const sasl = { type: 'sasl', mechanism: 'plain', username: 'warren', password: 'right-password' };
const start = async (options: StandInOptions) => (broker = await startKafkaStandIn(options));
const send = (changes = {}) =>
  destinations.send(makeDestinationRequest(`kafka://127.0.0.1:${broker.port}/orders`, changes));

it('signs in as the credentials say, and says without them when it may not', async () => {
  await start({ password: 'another-one' });
  const answer = await send({ credentials: sasl });
  expect(broker.signIns[0]).toBe('\0warren\0right-password');
  expect(answer).toMatchObject({
    error: 'AUTH',
    errorDetail: expect.stringContaining('no user has') as string,
  });
  expect(JSON.stringify(answer)).not.toContain('right-password');
});

it('goes to no broker of a cluster that the outbound policy forbids, by address or by name', async () => {
  for (const host of ['10.0.0.1', 'inside.example.com']) {
    await start({ password: sasl.password, advertised: { host, port: 9092 } });
    const strict = openDestinations({
      policy: makeOutboundPolicy({
        allowedNetworks: ['127.0.0.0/8'],
        resolve: () => Promise.resolve([{ address: '192.168.0.1', family: 4 }]),
      }),
    });
    const url = `kafka://127.0.0.1:${broker.port}/orders`;
    expect(await strict.send(makeDestinationRequest(url, { credentials: sasl }))).toMatchObject({
      error: 'BLOCKED_ADDRESS',
    });
    expect(broker.signIns.length).toBeGreaterThan(0);
    await strict.close();
    if (host === '10.0.0.1') await broker.close();
  }
});

it.each([
  ['speaks HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['sends an answer of no length', Buffer.alloc(4)],
  ['sends one that is too short to be read', Buffer.from([0, 0, 0, 2, 1, 1])],
  ['announces two gigabytes', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
])('fails when the other side %s, and nothing worse happens', async (_what, garbage) => {
  await start({ garbage });
  expect(await send()).toMatchObject({ error: 'BAD_RESPONSE' });
});

it('fails when the other side does not answer, or does not speak TLS', async () => {
  await start({ garbage: Buffer.alloc(0) });
  expect(await send({ timeoutMs: 500 })).toMatchObject({ error: 'TIMEOUT' });
  const url = `kafka+tls://127.0.0.1:${broker.port}/orders`;
  const answer = await destinations.send(makeDestinationRequest(url, { timeoutMs: 1000 }));
  expect(['TLS', 'TIMEOUT', 'CONNECTION_RESET']).toContain(answer.error);
});
