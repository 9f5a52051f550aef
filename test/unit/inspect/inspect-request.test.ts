import { newId } from '../../../src/domain/ids';
import type { InspectedRequest, InspectorSettings } from '../../../src/domain/inspector';
import { makeSigner } from '../../../src/domain/request/signature';
import { newEd25519Secret, newHmacSecret, publicKeyOf } from '../../../src/domain/request/webhook-secret';
import { REQUESTS, makeInspectRequest, type IncomingRequest } from '../../../src/inspect/inspect-request';

const TOKEN = 'a0'.repeat(20);
const NOW = 1_800_000_000_000;

/** An inspector that has these, and what it kept. */
function setUp({
  secret = null,
  endpointSecrets = [],
  answer = {},
}: {
  secret?: string | null;
  endpointSecrets?: string[];
  answer?: Partial<InspectorSettings['answer']>;
} = {}) {
  const inspector: InspectorSettings = {
    ...{ id: newId('inspector'), tenantId: newId('tenant'), secret },
    answer: { status: 202, delayMs: 5, body: 'thanks', failuresLeft: 0, ...answer },
  };
  const kept: { request: InspectedRequest; body: Buffer }[] = [];
  const lookUps: string[] = [];
  let failuresLeft = inspector.answer.failuresLeft;
  let now = NOW;
  const inspect = makeInspectRequest({
    findInspector(token) {
      lookUps.push(token);
      return Promise.resolve(token === TOKEN ? inspector : undefined);
    },
    endpointSecrets: () => Promise.resolve(endpointSecrets),
    takeFailure: () => Promise.resolve(failuresLeft-- > 0),
    keep: (request, body) => Promise.resolve(void kept.push({ request, body })),
    now: () => now,
  });
  return {
    ...{ inspector, kept, lookUps },
    send: (
      request: Partial<IncomingRequest> = {},
      token = TOKEN,
      caller = '203.0.113.7',
      mayWait = (_tenantId: string) => true,
    ) =>
      inspect(
        token,
        { method: 'POST', path: '/', headers: {}, body: Buffer.alloc(0), ...request },
        caller,
        mayWait,
      ),
    pass: (ms: number) => void (now += ms),
  };
}

function signed(secret: string, body: string, seconds = NOW / 1000): IncomingRequest {
  const content = Buffer.from(body);
  const headers = {
    'webhook-id': 'dlv_1',
    'webhook-timestamp': String(seconds),
    'webhook-signature': makeSigner([secret])('dlv_1', seconds, content),
  };
  return { method: 'POST', path: '/', headers, body: content };
}

describe('an inspected request', () => {
  it('is kept as it came, and answered as the inspector was told', async () => {
    const { inspector, kept, send } = setUp();
    const body = Buffer.from([0xff, 0x00, 0x41]);
    const answer = await send({ method: 'DELETE', path: '/orders?n=1', headers: { 'x-a': 'b' }, body });
    expect(answer).toEqual({ outcome: 'kept', status: 202, body: 'thanks', delayMs: 5 });
    expect(kept[0]?.request).toMatchObject({
      ...{ inspectorId: inspector.id, tenantId: inspector.tenantId, method: 'DELETE', path: '/orders?n=1' },
      ...{ headers: { 'x-a': 'b' }, bodyBytes: 3, signature: 'UNSIGNED', answeredStatus: 202 },
    });
    expect(kept[0]?.body).toEqual(body);
  });

  it('keeps no credential of a header, and no more of a body than 64 KiB, though it verifies all of it', async () => {
    const secret = newHmacSecret();
    const { kept, send } = setUp({ secret });
    const request = signed(secret, 'x'.repeat(100_000));
    await send({ ...request, headers: { ...request.headers, authorization: 'Bearer hush' } });
    expect(kept[0]?.body).toHaveLength(65_536);
    expect(kept[0]?.request).toMatchObject({ bodyBytes: 100_000, signature: 'VERIFIED' });
    expect(JSON.stringify(kept[0]?.request)).not.toContain('hush');
  });

  it('is verified by the secret that was pasted, by its public key, or by an endpoint that sends there', async () => {
    const secret = newHmacSecret();
    const asymmetric = newEd25519Secret();
    const checks = [
      [{ secret }, signed(secret, 'a'), 'VERIFIED'],
      [{ secret: publicKeyOf(asymmetric) }, signed(asymmetric, 'a'), 'VERIFIED'],
      [{ endpointSecrets: [newHmacSecret(), secret] }, signed(secret, 'a'), 'VERIFIED'],
      [{ secret: newHmacSecret(), endpointSecrets: [secret] }, signed(secret, 'a'), 'VERIFIED'],
      [{}, signed(secret, 'a'), 'NO_SECRET'],
      [{ secret }, signed(newHmacSecret(), 'a'), 'NO_MATCH'],
      [{ secret }, { ...signed(secret, 'a'), body: Buffer.from('b') }, 'NO_MATCH'],
      [{ secret }, signed(secret, 'a', NOW / 1000 - 301), 'TOO_OLD'],
      [{ secret }, signed(secret, 'a', NOW / 1000 + 301), 'TOO_NEW'],
      [{ secret }, { body: Buffer.from('a') }, 'UNSIGNED'],
    ] as const;
    for (const [settings, request, signature] of checks) {
      const { kept, send } = setUp(settings as Parameters<typeof setUp>[0]);
      await send(request);
      expect(kept[0]?.request.signature).toBe(signature);
    }
  });

  it('fails as often as it was told, and then no more', async () => {
    const { kept, send } = setUp({ answer: { failuresLeft: 2 } });
    for (let n = 0; n < 3; n++) await send();
    expect(kept.map(({ request }) => request.answeredStatus)).toEqual([500, 500, 202]);
  });

  it('is refused beyond a rate, and taken again after a while', async () => {
    const { send, pass } = setUp();
    for (let n = 0; n < REQUESTS.burst; n++) expect((await send()).outcome).toBe('kept');
    expect((await send()).outcome).toBe('rate-limited');
    pass(1000);
    expect((await send()).outcome).toBe('kept');
  });

  it('to an address of nothing is not kept, nor looked up without an end', async () => {
    const { kept, lookUps, send } = setUp();
    const dead = 'b1'.repeat(20);
    for (let n = 0; n < 100; n++) await send({}, dead);
    expect((await send({}, dead)).outcome).toBe('rate-limited');
    expect(lookUps).toHaveLength(60);
    expect((await send({}, '../graphql')).outcome).toBe('unknown');
    expect(lookUps).toHaveLength(60);
    expect(kept).toEqual([]);
    // One that is there, from the same caller, is not held up by it.
    expect((await send()).outcome).toBe('kept');
  });
});

it('keeps nothing of what would wait for its answer where there is no place to wait, and asks for none otherwise', async () => {
  const mayWait = jest.fn(() => false);
  const slow = setUp({ answer: { delayMs: 1000 } });
  expect(await slow.send({}, TOKEN, '203.0.113.7', mayWait)).toEqual({ outcome: 'busy' });
  expect(mayWait).toHaveBeenCalledWith(slow.inspector.tenantId);
  expect(slow.kept).toEqual([]);

  mayWait.mockClear();
  expect(await setUp({ answer: { delayMs: 0 } }).send({}, TOKEN, '203.0.113.7', mayWait)).toMatchObject({
    outcome: 'kept',
  });
  expect(mayWait).not.toHaveBeenCalled();
});
