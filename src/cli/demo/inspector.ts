import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeArrivals, type Arrival, type Failing, type Receiver } from './inspector/arrivals';
import { inspectorPage } from './inspector/page';
import { isFromHere, readBody, readFailing } from './inspector/read-request';
import { headerOf, isForged, verdictOn } from './inspector/verdict';

/** A receiver of our own, on this machine only: shows what arrived, verifies signatures, fails when told to. */
export interface Inspector {
  /** http://127.0.0.1:port */
  url: string;
  port: number;
  /** Where the receiver of this name is posted to. */
  hookUrl(name: string): string;
  /** From now on this receiver's signatures are verified with the secret, and a bad one is answered 401. */
  expectSecret(name: string, secret: string): void;
  /** `timesLeft` 0 makes it succeed again. */
  fail(name: string, failing: Failing): void;
  find(webhookId: string, attempt: number): Arrival | undefined;
  /** Takes no more requests; the ones under way have a moment to be answered. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 1024 * 1024;
const LISTED = 100;
const CLOSE_GRACE_MS = 300;
const USAGE =
  'POST /hook/<name>, POST /hook/<name>/fail?times=2&status=500, GET /requests?name=<name>, GET /';
const HOOK = /^\/hook\/([a-z0-9][a-z0-9-]{0,39})(\/fail)?$/;

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

/** @param wantedPort the port of last time; when it is taken or left out, a free one. */
export async function startInspector(wantedPort = 0): Promise<Inspector> {
  const arrivals = makeArrivals();
  const secrets = new Map<string, string>();

  async function receive(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!arrivals.receiver(name)) {
      answer(response, 404, 'there are too many receivers');
      return;
    }
    const body = await readBody(request, MAX_BODY_BYTES);
    if (!body) {
      answer(response, 413, `a body may have ${MAX_BODY_BYTES} bytes`);
      return;
    }
    const signature = verdictOn(request, body, secrets.get(name));
    const answeredStatus = isForged(signature) ? 401 : arrivals.takeStatus(name);
    arrivals.add({
      receiver: name,
      at: new Date().toISOString(),
      webhookId: headerOf(request, 'webhook-id'),
      eventType: headerOf(request, 'warren-event-type'),
      attempt: Number(headerOf(request, 'warren-attempt')) || undefined,
      signature,
      answeredStatus,
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([key, value]) => [key, String(value)]),
      ),
      bodyBytes: body.length,
      body: body.toString('utf8'),
    });
    answer(response, answeredStatus, answeredStatus === 401 ? `signature: ${signature}` : '');
  }

  function listRequests(response: ServerResponse, wanted: string | null): void {
    const listed = arrivals.receivers().filter(({ name }) => wanted === null || name === wanted);
    answerJson(response, { receivers: listed.map(asJson) });
  }

  function changeFailing(name: string, { request, response, url }: Exchange): void {
    const failing = readFailing(url.searchParams);
    if (!failing) {
      answer(response, 400, 'times: 0 to 1000 or always; status: 300 to 599');
      return;
    }
    arrivals.fail(name, failing);
    if (request.headers.accept?.includes('text/html')) response.writeHead(303, { location: '/' }).end();
    else answerJson(response, { receiver: name, failing: failingAsJson(failing) });
  }

  async function handle({ request, response, url }: Exchange): Promise<void> {
    const isGet = request.method === 'GET';
    const [, name, fail] = request.method === 'POST' ? (HOOK.exec(url.pathname) ?? []) : [];
    if (!isFromHere(request)) answer(response, 403, 'only for this machine');
    else if (isGet && url.pathname === '/') showPage(response, arrivals.receivers());
    else if (isGet && url.pathname === '/requests') listRequests(response, url.searchParams.get('name'));
    else if (name !== undefined && fail !== undefined) changeFailing(name, { request, response, url });
    else if (name !== undefined) await receive(name, request, response);
    else answer(response, 404, USAGE);
  }

  const server = createServer((request, response) => {
    const url = new URL(`http://${HOST}${request.url ?? '/'}`);
    handle({ request, response, url }).catch(() => response.destroy());
  });
  const port = await listen(server, wantedPort);
  const url = `http://${HOST}:${port}`;
  return {
    url,
    port,
    hookUrl: (name) => `${url}/hook/${name}`,
    expectSecret(name, secret) {
      arrivals.receiver(name);
      secrets.set(name, secret);
    },
    fail: (name, failing) => arrivals.fail(name, failing),
    find: (webhookId, attempt) => arrivals.find(webhookId, attempt),
    close: () => closeSoon(server),
  };
}

function showPage(response: ServerResponse, receivers: readonly Receiver[]): void {
  const nonce = randomBytes(16).toString('base64');
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  response.end(inspectorPage({ receivers, listed: LISTED, nonce }));
}

/** Infinity has no JSON. */
function failingAsJson({ timesLeft, status }: Failing): object {
  return { timesLeft: Number.isFinite(timesLeft) ? timesLeft : 'always', status };
}

function asJson({ name, failing, receivedCount, arrivals }: Receiver): object {
  return { name, failing: failing ? failingAsJson(failing) : null, receivedCount, requests: arrivals };
}

function answerJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(value, null, 2)}\n`);
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text && `${text}\n`);
}

async function listen(server: Server, wantedPort: number): Promise<number> {
  try {
    await listenOn(server, wantedPort);
  } catch (error) {
    if (wantedPort === 0) throw error;
    await listenOn(server, 0);
  }
  return (server.address() as AddressInfo).port;
}

/** A connection on which nothing was ever asked counts as busy to `close`, and would keep it waiting for ever. */
function closeSoon(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function listenOn(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
