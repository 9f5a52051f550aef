import { randomBytes } from 'node:crypto';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Destinations } from '../../../src/destinations/destinations';
import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import { makeCertificate } from '../../support/outsiders/certificate';
import { startNatsServer } from '../../support/outsiders/nats-server';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';

const SERVER = process.env.NATS_URL ?? 'nats://127.0.0.1:4222';
const STREAM = `d-${randomBytes(5).toString('hex')}`;

let connection: NatsConnection;
let streams: JetStreamManager;
let destinations: Destinations;

beforeAll(async () => {
  destinations = openDestinations();
  connection = await connect({ servers: SERVER });
  streams = await jetstreamManager(connection);
  await streams.streams.add({ name: STREAM, subjects: [`${STREAM}.>`], max_msg_size: 1000 });
});
afterAll(async () => {
  await streams.streams.delete(STREAM);
  await destinations.close();
  await connection.close();
});

it('publishes to a stream, which takes a delivery once however often it is sent', async () => {
  const request = makeDestinationRequest(`${SERVER}/${STREAM}.orders`);
  expect(await destinations.send(request)).toEqual({ durationMs: expect.any(Number) as number });
  expect((await destinations.send(request)).error).toBeUndefined();
  const { state } = await streams.streams.info(STREAM);
  expect(state.messages).toBe(1);
  const message = await streams.streams.getMessage(STREAM, { last_by_subj: `${STREAM}.orders` });
  expect(message?.string()).toBe(request.body.toString());
  expect(message?.header.get('webhook-id')).toBe(request.headers['webhook-id']);
  expect(message?.header.get('content-type')).toBe('application/json');
});

it.each([
  ['no stream has the subject', '/nobody.listens', {}, 'UNROUTABLE', 'server said'],
  ['the stream refuses it', `/${STREAM}.big`, { body: Buffer.alloc(2000, 32) }, 'REFUSED', 'maximum'],
])('fails when %s', async (_why, path, changes, error, detail) => {
  const answer = await destinations.send(makeDestinationRequest(`${SERVER}${path}`, changes));
  expect(answer).toMatchObject({ error, errorDetail: expect.stringContaining(detail) as string });
});

it('fails when nobody listens, and when the server has no TLS but the URL asks for it', async () => {
  const closed = await destinations.send(makeDestinationRequest('nats://127.0.0.1:9/a'));
  expect(closed.error).toBe('CONNECTION_REFUSED');
  const plain = await destinations.send(makeDestinationRequest(`${SERVER.replace('nats:', 'nats+tls:')}/a`));
  expect(plain).toMatchObject({ errorDetail: expect.stringContaining('tls') as string });
});

it('speaks TLS to a server with users: the right one, and with a certificate that is good', async () => {
  const { cert, key } = makeCertificate({ names: ['127.0.0.1'] });
  const server = await startNatsServer({ cert, key, username: 'warren', password: 'hunter2' });
  const trusting = openDestinations({ certificateAuthorities: [cert] });
  const url = `nats+tls://127.0.0.1:${server.port}/secured`;
  const right = { type: 'basic', username: 'warren', password: 'hunter2' };
  const ours = await connect({
    ...{
      servers: `127.0.0.1:${server.port}`,
      user: 'warren',
      pass: 'hunter2',
      tls: { ca: cert, host: '127.0.0.1' } as object,
    },
  });
  await (await jetstreamManager(ours)).streams.add({ name: 'secured', subjects: ['secured'] });
  await ours.close();

  const sent = await trusting.send(makeDestinationRequest(url, { credentials: right }));
  const wrong = { ...right, password: 'hunter3' };
  const refused = await trusting.send(makeDestinationRequest(url, { credentials: wrong }));
  const untrusted = await destinations.send(makeDestinationRequest(url, { credentials: right }));
  const plain = await trusting.send(
    makeDestinationRequest(url.replace('nats+tls', 'nats'), { credentials: right }),
  );
  await trusting.close();
  await server.close();
  expect(sent.error).toBeUndefined();
  expect(refused.error).toBe('AUTH');
  expect(refused.errorDetail).not.toContain('hunter');
  expect(untrusted.error).toBe('TLS');
  expect(plain).toMatchObject({ error: 'TLS', errorDetail: expect.stringContaining('nats+tls') as string });
});

it('never dials what the outbound policy forbids, by address or by name', async () => {
  const closed = openDestinations({
    policy: makeOutboundPolicy({
      allowedNetworks: [],
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    }),
  });
  for (const host of ['127.0.0.1', '2130706433', 'inside.example.com']) {
    const answer = await closed.send(makeDestinationRequest(`nats://${host}:4222/${STREAM}.a`));
    expect(answer.error).toBe('BLOCKED_ADDRESS');
  }
  await closed.close();
});
