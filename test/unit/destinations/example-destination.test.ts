import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHttpDestination } from '../../../src/destinations/http/http';
import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import { makeDestinationRequest } from '../../support/destination-request';
import { makeNtfy } from '../../support/example-destination';
import { startReceiver, type Receiver } from '../../support/outsiders/receiver';
import { fencesOf } from '../../support/tour';

const read = (path: string): string => readFileSync(join(__dirname, '../../..', path), 'utf8');
const policy = makeOutboundPolicy({ allowedNetworks: ['127.0.0.0/8'] });
const http = makeHttpDestination({ policy, userAgent: 'Warren/test' });
const ntfy = makeNtfy(http, policy);
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(async () => {
  await http.close();
  await receiver.close();
});

const send = (path: string, body: Buffer) => {
  const url = receiver.url(path).replace('http:', 'ntfy+http:');
  return ntfy.send(
    makeDestinationRequest(url, { credentials: { type: 'bearer', token: 'tk_planted' }, body }),
  );
};
const messageOf = (data: string): Buffer => {
  const event = {
    id: 'evt_1',
    type: 'order.placed',
    version: 1,
    occurredAt: new Date(),
    data: Buffer.from(data),
  };
  return ntfy.payload?.(event, 'STANDARD')?.body ?? Buffer.alloc(0);
};

it('is what the page shows, and no longer than it says', () => {
  const shown = fencesOf(read('docs/guides/add-a-destination.md')).find(({ text }) =>
    text.includes('makeNtfy'),
  );
  const whole = read('test/support/example-destination.ts');
  const code = whole.replace(/^(import .*\n)+\n/, '');
  expect(shown?.text.trim()).toBe(code.trim());
  expect(whole.split('\n').length).toBeLessThanOrEqual(61);
});

it('works: a message is sent with the token, which no answer shows', async () => {
  receiver.answer(() => ({ status: 200, body: '{"who":"tk_planted"}' }));
  const answer = await send('/alerts', messageOf('"Order 7 has come"'));
  expect(answer.error).toBeUndefined();
  expect(answer.response?.body.toString()).toBe('{"who":"[redacted]"}');
  const [arrival] = receiver.at('/alerts');
  expect(arrival?.body.toString()).toBe('Order 7 has come');
  expect(arrival?.headers).toMatchObject({ title: 'order.placed', authorization: 'Bearer tk_planted' });
  expect(messageOf('{"n":1}').toString()).toBe('{"n":1}');
});

it('refuses what names no topic, and what the outbound policy does', () => {
  expect(ntfy.checkUrl('ntfy://ntfy.sh/a/b')).toMatchObject({ ok: false, code: 'INVALID' });
  expect(ntfy.checkUrl('ntfy://10.0.0.1/alerts')).toMatchObject({ ok: false, code: 'BLOCKED_ADDRESS' });
  expect(ntfy.credentials.safeParse({ type: 'basic', username: 'u', password: 'p' }).success).toBe(false);
});
