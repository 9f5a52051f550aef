import { request } from 'node:http';
import { makeSigner } from '../../../../src/domain/request/signature';
import { newHmacSecret } from '../../../../src/domain/request/webhook-secret';
import { startInspector, type Inspector } from '../../../../src/cli/demo/inspector';

const SECRET = newHmacSecret();
let inspector: Inspector;

beforeEach(async () => {
  inspector = await startInspector();
  inspector.expectSecret('reliable', SECRET);
});
afterEach(() => inspector.close());

interface Sending {
  receiver?: string;
  secret?: string;
  attempt?: number;
  type?: string;
  body?: string;
  signedBody?: string;
  sentAtSeconds?: number;
}

function send(sending: Sending = {}): Promise<Response> {
  const {
    receiver = 'reliable',
    secret = SECRET,
    attempt = 1,
    type = 'github.push',
    body = '{"data":1}',
  } = sending;
  const seconds = sending.sentAtSeconds ?? Math.floor(Date.now() / 1000);
  return fetch(inspector.hookUrl(receiver), {
    method: 'POST',
    headers: {
      'webhook-id': 'dlv_1',
      'webhook-timestamp': String(seconds),
      'webhook-signature': makeSigner([secret])('dlv_1', seconds, Buffer.from(sending.signedBody ?? body)),
      'warren-event-type': type,
      'warren-attempt': String(attempt),
    },
    body,
  });
}

interface Listed {
  receivers: {
    name: string;
    receivedCount: number;
    requests: { signature: string; body: string; attempt: number }[];
  }[];
}

async function requests(name = 'reliable'): Promise<Listed['receivers'][number] | undefined> {
  const listed = (await (await fetch(`${inspector.url}/requests?name=${name}`)).json()) as Listed;
  return listed.receivers[0];
}

/** Headers that fetch does not let anybody choose. */
function rawStatus(path: string, method: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${inspector.url}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end();
  });
}

describe('the inspector', () => {
  test('answers 200 to what is signed with the secret, and says so', async () => {
    expect((await send()).status).toBe(200);
    expect((await requests())?.requests[0]).toMatchObject({
      signature: 'ok',
      attempt: 1,
      body: '{"data":1}',
    });
    expect(inspector.find('dlv_1', 1)).toMatchObject({
      signature: 'ok',
      receiver: 'reliable',
      answeredStatus: 200,
    });
  });

  test.each([
    ['another secret', { secret: newHmacSecret() }, 'NO_MATCH'],
    ['another body', { signedBody: '{"data":2}' }, 'NO_MATCH'],
    ['a time of an hour ago', { sentAtSeconds: Math.floor(Date.now() / 1000) - 3600 }, 'TOO_OLD'],
  ])('answers 401 to what is signed with %s, and says why', async (_what, sending, verdict) => {
    expect((await send(sending)).status).toBe(401);
    expect((await requests())?.requests[0]?.signature).toBe(verdict);
  });

  test('answers 401 to what is not signed at all', async () => {
    expect((await fetch(inspector.hookUrl('reliable'), { method: 'POST', body: '{}' })).status).toBe(401);
    expect((await requests())?.requests[0]?.signature).toBe('missing');
  });

  test('takes everything for a receiver whose secret it does not know, and calls it not checked', async () => {
    expect((await send({ receiver: 'new-one' })).status).toBe(200);
    expect((await requests('new-one'))?.requests[0]?.signature).toBe('not checked');
  });

  test('fails as often as it is told, with the status it is told, then works again', async () => {
    const told = await fetch(`${inspector.hookUrl('reliable')}/fail?times=2&status=503`, { method: 'POST' });
    expect(await told.json()).toEqual({ receiver: 'reliable', failing: { timesLeft: 2, status: 503 } });
    const statuses = [await send(), await send(), await send()].map(({ status }) => status);
    expect(statuses).toEqual([503, 503, 200]);
  });

  test('fails always until it is told to succeed', async () => {
    await fetch(`${inspector.hookUrl('reliable')}/fail?times=always`, { method: 'POST' });
    const failures = await Promise.all(Array.from({ length: 5 }, () => send()));
    expect(failures.map(({ status }) => status)).toEqual([500, 500, 500, 500, 500]);
    await fetch(`${inspector.hookUrl('reliable')}/fail?times=0`, { method: 'POST' });
    expect((await send()).status).toBe(200);
  });

  test.each([
    'times=-1',
    'times=lots',
    'times=1001',
    'times=1&status=200',
    'times=1&status=999',
    'times=1&status=x',
  ])('does not fail as in %s', async (query) => {
    expect((await fetch(`${inspector.hookUrl('reliable')}/fail?${query}`, { method: 'POST' })).status).toBe(
      400,
    );
    expect((await send()).status).toBe(200);
  });

  test('keeps the newest 200 requests of a receiver and counts all', async () => {
    for (let attempt = 1; attempt <= 203; attempt++) await send({ attempt });
    const listed = await requests();
    expect(listed?.receivedCount).toBe(203);
    expect(listed?.requests).toHaveLength(200);
    expect([listed?.requests.at(0)?.attempt, listed?.requests.at(-1)?.attempt]).toEqual([203, 4]);
  });

  test('keeps the beginning of a long body and verifies the whole of it', async () => {
    const body = JSON.stringify({ long: 'x'.repeat(200_000) });
    expect((await send({ body })).status).toBe(200);
    expect((await requests())?.requests[0]?.body).toBe(body.slice(0, 64 * 1024));
  });

  test('refuses a body of more than a mebibyte', async () => {
    expect((await send({ body: 'x'.repeat(1024 * 1024 + 1) })).status).toBe(413);
    expect((await requests())?.receivedCount).toBe(0);
  });

  test('has room for twenty receivers and refuses more', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `extra-${index}`);
    const statuses: number[] = [];
    for (const receiver of names) statuses.push((await send({ receiver })).status);
    expect(statuses).toEqual([...Array<number>(19).fill(200), 404]);
  });

  test('shows hostile text as text, under a policy that runs none of it', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    await send({ type: hostile, body: JSON.stringify({ hostile: `"'${hostile}` }) });
    const answer = await fetch(inspector.url);
    const page = await answer.text();
    expect(page).not.toContain('<img');
    expect(page).toContain('&#60;img src=x onerror=alert(1)&#62;');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'/);
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
    expect(page).toContain(`<script nonce="${nonce}">`);
    expect(await (await fetch(inspector.url)).text()).not.toContain(nonce);
  });

  test.each([
    ['a rebound name', { host: 'evil.example' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
  ])('is not reached through a browser by %s', async (_who, headers) => {
    expect(await rawStatus('/requests', 'GET', headers)).toBe(403);
    expect(await rawStatus('/hook/reliable/fail?times=always', 'POST', headers)).toBe(403);
    expect((await send()).status).toBe(200);
  });

  test('brings a browser back to the page after a button', async () => {
    const answer = await fetch(`${inspector.hookUrl('reliable')}/fail?times=2`, {
      method: 'POST',
      headers: { accept: 'text/html' },
      redirect: 'manual',
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    expect(await (await fetch(inspector.url)).text()).toContain('fails next 2');
  });

  test('listens where it did last time, and elsewhere when that port is taken', async () => {
    const { port } = inspector;
    const second = await startInspector(port);
    expect(second.port).not.toBe(port);
    await second.close();
    await inspector.close();
    inspector = await startInspector(port);
    expect(inspector.port).toBe(port);
  });
});
