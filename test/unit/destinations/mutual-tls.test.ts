import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Destinations } from '../../../src/destinations/destinations';
import { failureOf } from '../../../src/destinations/http/http-failure';
import { makeCertificate } from '../../support/outsiders/certificate';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';

const own = makeCertificate({ names: ['127.0.0.1'] });
const ours = makeCertificate({ names: ['warren.example.com'] });
const strangers = makeCertificate({ names: ['stranger.example.com'] });

let server: Server;
let destinations: Destinations;
/** By the names in their certificates. */
const callers: string[] = [];

beforeAll(async () => {
  destinations = openDestinations({ certificateAuthorities: [own.cert] });
  server = createServer(
    { ...own, requestCert: true, rejectUnauthorized: true, ca: ours.cert },
    (request, response) => {
      const { socket } = request;
      if (socket instanceof TLSSocket) callers.push(socket.getPeerCertificate().subjectaltname ?? '');
      response.end();
    },
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  await destinations.close();
  server.close();
});

const mtls = ({ cert, key }: typeof own) => ({ type: 'mtls', certificate: cert, privateKey: key });
const send = (credentials: ReturnType<typeof mtls> | null, endpointId = 'ep_1') => {
  const { port } = server.address() as AddressInfo;
  return destinations.send(makeDestinationRequest(`https://127.0.0.1:${port}/`, { credentials, endpointId }));
};

it('shows the certificate to a receiver that asks for one', async () => {
  expect((await send(mtls(ours))).response?.status).toBe(200);
  expect((await send(mtls(ours))).response?.status).toBe(200);
  expect(callers).toEqual(['DNS:warren.example.com', 'DNS:warren.example.com']);
});

/** A server on Node closes the connection; others send an alert first. */
const REFUSED = expect.stringMatching(/^(TLS|CONNECTION_RESET)$/) as string;

it('fails without one and with a stranger’s, until there is another', async () => {
  expect(await send(null)).toMatchObject({ error: REFUSED });
  expect(await send(mtls(strangers))).toMatchObject({ error: REFUSED });
  expect((await send(mtls(ours))).response?.status).toBe(200);
});

it('shows it for nobody else: another endpoint has connections of its own', async () => {
  await send(mtls(ours));
  expect(await send(null, 'ep_2')).toMatchObject({ error: REFUSED });
});

it('says what the alert of a receiver means', () => {
  const alert = Object.assign(new Error('x'), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
  expect(failureOf(alert)).toEqual({
    error: 'TLS',
    errorDetail: 'The receiver asks for a client certificate.',
  });
});

it('is checked where it is given', async () => {
  const check = (given: object, url = 'https://a.example.com/') => destinations.checkCredentials(url, given);
  expect(await check(mtls(ours))).toMatchObject({ ok: true });
  const refused = [
    [await check({ ...mtls(ours), privateKey: strangers.key }), 'privateKey', 'not that of the certificate'],
    [await check({ ...mtls(ours), certificate: 'hunter2' }), 'certificate', 'no PEM'],
    [await check({ ...mtls(ours), certificate: '-----BEGIN hunter2' }), 'certificate', 'cannot be read'],
    [await check({ ...mtls(ours), privateKey: ours.key.slice(0, 80) }), 'privateKey', 'cannot be read'],
    [await check(mtls(ours), 'http://a.example.com/'), 'type', 'oauth2 or http_signature'],
  ] as const;
  for (const [verdict, field, message] of refused) {
    expect(verdict).toEqual({
      ok: false,
      problems: [{ code: 'INVALID', field: [field], message: expect.stringContaining(message) as string }],
    });
    expect(JSON.stringify(verdict)).not.toContain('hunter2');
  }
});
