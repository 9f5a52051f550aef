import type { Destinations } from '../../../src/destinations/destinations';
import type { Credentials } from '../../../src/domain/request/credentials';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { startReceiver, type Arrival, type Receiver, type Reply } from '../../support/outsiders/receiver';

let receiver: Receiver;
let destinations: Destinations;

beforeEach(async () => {
  destinations = openDestinations();
  receiver = await startReceiver();
});
afterEach(async () => {
  await destinations.close();
  await receiver.close();
});

const send = (credentials: Credentials | null, timeoutMs = 15_000) =>
  destinations.send(makeDestinationRequest(receiver.url('/hook'), { credentials, timeoutMs }));

const authorizations = (path: string) => receiver.at(path).map(({ headers }) => headers.authorization);

it('sends a user name and a password by RFC 7617, in UTF-8', async () => {
  await send({ type: 'basic', username: 'Aladdin', password: 'open sesame' });
  await send({ type: 'basic', username: 'test', password: '123£' });
  expect(authorizations('/hook')).toEqual(['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', 'Basic dGVzdDoxMjPCow==']);
});

it('sends a bearer token, and nothing without credentials', async () => {
  await send({ type: 'bearer', token: 'tok-1' });
  await send(null);
  expect(authorizations('/hook')).toEqual(['Bearer tok-1', undefined]);
});

it('keeps nothing of what was sent to prove who is asking, when an answer has it', async () => {
  receiver.answer(({ headers }) => ({
    status: 500,
    headers: { 'x-echo': String(headers.authorization) },
    body: `\xff ${JSON.stringify(headers)}`,
  }));
  const own = {
    'x-api-key': 'own-secret-key',
    'x-team': 'blue-team',
    authorization: 'Bearer own-secret-token',
  };
  for (const credentials of [
    null,
    { type: 'bearer', token: 'secret-token' },
    { type: 'basic', username: 'warren', password: 'secret-password' },
  ]) {
    const request = makeDestinationRequest(receiver.url('/hook'), { credentials, headers: own });
    const { response } = await destinations.send(request);
    expect(response?.headers['x-echo']).toMatch(/^(Bearer|Basic) \[redacted\]$/);
    const body = response?.body.toString() ?? '';
    expect(body).toContain('"x-team":"blue-team"');
    expect(body).toContain('"x-api-key":"[redacted]"');
    expect(body).not.toMatch(/secret|d2FycmVu/);
  }
});

describe('OAuth 2.0 client credentials', () => {
  const oauth2 = (changes: object = {}): Credentials => ({
    type: 'oauth2',
    tokenUrl: receiver.url('/token'),
    clientId: 'war ren',
    clientSecret: 's3cr:t/é',
    clientAuthentication: 'basic',
    ...changes,
  });

  /** A token server that numbers its tokens, and a receiver that takes some. */
  function serve(token: (n: number) => Reply, hook: (arrival: Arrival) => Reply = () => ({})): void {
    receiver.answer((arrival) => {
      return arrival.path === '/token' ? token(receiver.at('/token').length) : hook(arrival);
    });
  }
  const tokenOf = (n: number, expiresIn: unknown = 3600): Reply => ({
    status: 200,
    body: JSON.stringify({ access_token: `tok-${n}`, token_type: 'Bearer', expires_in: expiresIn }),
  });

  it('asks for a token once for a burst, and keeps it', async () => {
    serve((n) => tokenOf(n));
    const credentials = oauth2({ scope: 'hooks write', audience: 'https://api.example' });
    await Promise.all([send(credentials), send(credentials), send(credentials)]);
    expect((await send(credentials)).response?.status).toBe(204);
    expect(authorizations('/hook')).toEqual(Array(4).fill('Bearer tok-1'));
    const [asked, ...more] = receiver.at('/token');
    expect(more).toEqual([]);
    expect(asked?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(asked?.body.toString()).toBe(
      'grant_type=client_credentials&scope=hooks+write&audience=https%3A%2F%2Fapi.example',
    );
    const basic = Buffer.from(asked?.headers.authorization?.slice('Basic '.length) ?? '', 'base64');
    expect(basic.toString()).toBe('war+ren:s3cr%3At%2F%C3%A9');
  });

  it('may prove itself in the body', async () => {
    serve((n) => tokenOf(n));
    await send(oauth2({ clientAuthentication: 'body' }));
    expect(authorizations('/token')).toEqual([undefined]);
    expect(Object.fromEntries(new URLSearchParams(receiver.at('/token')[0]?.body.toString()))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'war ren',
      client_secret: 's3cr:t/é',
    });
  });

  it('renews a token before it expires, and shares none with other settings', async () => {
    serve((n) => tokenOf(n, 0));
    const credentials = oauth2();
    await send(credentials);
    await send(credentials);
    await send(oauth2());
    expect(authorizations('/hook')).toEqual(['Bearer tok-1', 'Bearer tok-2', 'Bearer tok-3']);
  });

  it('renews a token once when the receiver answers 401, and no more', async () => {
    serve(
      (n) => tokenOf(n),
      ({ headers }) => ({ status: headers.authorization === 'Bearer tok-2' ? 204 : 401 }),
    );
    const credentials = oauth2();
    expect((await send(credentials)).response?.status).toBe(204);
    expect(authorizations('/hook')).toEqual(['Bearer tok-1', 'Bearer tok-2']);
    serve(
      (n) => tokenOf(n),
      () => ({ status: 401 }),
    );
    expect(await send(credentials)).toMatchObject({ error: 'HTTP_401' });
    expect(authorizations('/hook')).toHaveLength(4);
  });

  it.each<[string, Reply, string]>([
    [
      'a refusal',
      {
        status: 401,
        body: JSON.stringify({
          error: 'invalid_client',
          error_description: 'not s3cr:t/é or s3cr%3At%2F%C3%A9',
        }),
      },
      'The token URL answered 401 Unauthorized. It said: invalid_client: not [redacted] or [redacted]',
    ],
    ['a page', { status: 200, body: '<html>' }, 'The token URL answered without an access_token'],
    [
      'a token that would split a header',
      { status: 200, body: JSON.stringify({ access_token: 'a\r\nx: y' }) },
      'without an access_token',
    ],
    [
      'another kind of token',
      { status: 200, body: JSON.stringify({ access_token: 'a', token_type: 'mac' }) },
      'no bearer token',
    ],
  ])('fails as AUTH after %s, says why, and sends nothing', async (_what, reply, reason) => {
    serve(() => reply);
    const answer = await send(oauth2());
    expect(answer).toMatchObject({ error: 'AUTH', errorDetail: expect.stringContaining(reason) as string });
    expect(receiver.at('/hook')).toEqual([]);
  });

  it('keeps to one deadline over the token and the request', async () => {
    serve(
      (n) => ({ ...tokenOf(n), delayMs: 400 }),
      () => ({ after: new Promise(() => undefined) }),
    );
    const answer = await send(oauth2(), 1000);
    expect(answer.error).toBe('TIMEOUT');
    expect(answer.durationMs).toBeGreaterThanOrEqual(950);
    const [, left] = /after (\d+) ms/.exec(answer.errorDetail ?? '') ?? [];
    expect(Number(left)).toBeLessThan(650);
  });

  it('asks no token where the outbound policy does not let it', async () => {
    const answer = await send(oauth2({ tokenUrl: 'http://10.0.0.1/token' }));
    expect(answer).toMatchObject({
      error: 'AUTH',
      errorDetail: expect.stringContaining('private') as string,
    });
  });
});
