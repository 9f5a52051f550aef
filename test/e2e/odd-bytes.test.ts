import {
  behaviours,
  startHostileReceiver,
  type HostileReceiver,
} from '../support/outsiders/hostile-receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/** Every byte there is, halves of surrogates as UTF-8 would have them, a character cut short, one of four bytes. */
const ODD = Buffer.concat([
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  Buffer.from([0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80, 0xe2, 0x82, 0x00]),
  Buffer.from('😀'),
]);
/** The same, and then so much that the cap of 16 KiB cuts through a character. */
const LONG = Buffer.concat([ODD, Buffer.from('x€'.repeat(5000))]);
/** JSON may name what UTF-8 cannot hold. */
const DATA = { nul: '\u0000', half: '\ud800', backwards: '\udc00\ud83d', whole: '😀' };

let warren: WarrenUnderTest;
let acme: TenantUnderTest;
const receivers: HostileReceiver[] = [];

async function receiverOf(status: number, body: Buffer): Promise<HostileReceiver> {
  const head = `HTTP/1.1 ${status} Status\r\nx-odd: \xff\xfe\xc3\r\ncontent-length: ${body.length}\r\n\r\n`;
  const receiver = await startHostileReceiver(behaviours.raw(head + body.toString('latin1')));
  receivers.push(receiver);
  return receiver;
}

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '60' });
  const { graphqlUrl } = await warren.start();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await Promise.all(receivers.map((receiver) => receiver.close()));
}, 60_000);

describe.each([
  ['a success', 200, ODD, 'DELIVERED'],
  ['a refusal', 500, ODD, 'RETRYING'],
  ['a success longer than is kept', 200, LONG, 'DELIVERED'],
] as const)('%s with bytes that are no text', (name, status, body, expected) => {
  const type = `odd.${name.replaceAll(' ', '_')}`;

  it('goes on record byte for byte, and is told as text', async () => {
    const receiver = await receiverOf(status, body);
    await acme.endpoint({ url: receiver.origin, eventTypes: [type] });
    const { eventId } = await acme.publish({ type, data: DATA });
    await waitUntil(async () => (await acme.deliveries({ types: [type] }))[0]?.attempts.length === 1);
    const [delivery] = await acme.deliveries({ types: [type] });
    expect(delivery).toMatchObject({ status: expected, event: { id: eventId } });

    const kept = body.subarray(0, 16_384);
    const [row] = await warren.sql<{ response_body: Buffer }>(
      'select response_body from delivery_attempts where delivery_id = (select id from deliveries where event_type = ?)',
      [type],
    );
    expect(row?.response_body.equals(kept)).toBe(true);
    // What is no UTF-8 shows as U+FFFD; a NUL is a character like any other.
    expect(delivery?.attempts[0]?.responseBody).toBe(kept.toString('utf8'));
    expect(delivery?.attempts[0]?.responseBody).toContain('\u0000\u0001');

    const [request] = receiver.requests;
    expect((JSON.parse(request?.body.toString() ?? '') as { data: unknown }).data).toEqual(DATA);
    expect(delivery?.attempts[0]?.requestBody).toBe(request?.body.toString());
  }, 30_000);
});

it('a test of an endpoint tells such an answer, too', async () => {
  const receiver = await receiverOf(200, ODD);
  const { id } = await acme.endpoint({ url: receiver.origin });
  const { endpointTest } = await acme.client.ask<{ endpointTest: { attempt: { responseBody: string } } }>(
    'mutation ($id: ID!) { endpointTest(input: { id: $id }) { attempt { responseBody } userErrors { message } } }',
    { id },
  );
  expect(endpointTest.attempt.responseBody).toBe(ODD.toString('utf8'));
});
