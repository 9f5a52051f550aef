import { inspect } from 'node:util';
import {
  KEYS,
  REGION,
  startAwsEndpoint,
  type AwsEndpoint,
  type Refusal,
} from '../support/outsiders/aws-endpoint';
import { startGoogleEndpoint, type GoogleEndpoint } from '../support/outsiders/google-endpoint';
import { startReceiver, type Arrival, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest, UserError } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/** The services that are reached over HTTPS, each through the whole pipeline, and against an endpoint that checks who calls. */
interface Service {
  name: string;
  url: string;
  credentials: Record<string, string>;
  /** The same, of somebody whom the service does not know. */
  strange: Record<string, string>;
  arrivals(): Arrival[];
  refuse(refusal?: Refusal): void;
  /** How it says that it does not take this, and that it is too much. */
  unwanted: Refusal & { error: string; detail: string };
  busy: Refusal & { error: string };
  /** The event's data, where the service has it. */
  dataOf(arrival: Arrival): unknown;
}

const TOPIC = `arn:aws:sns:${REGION}:123456789012:orders`;
const PROJECT_KEY = 'phc_plantedprojectkey';
const WHOLE = { depth: null, maxArrayLength: null, maxStringLength: null };
const WHY = 'So it is.';
const bodyOf = ({ body }: Arrival): unknown => JSON.parse(body.toString());
const dataIn = (text: string): unknown => (JSON.parse(text) as { data: unknown }).data;

let warren: WarrenUnderTest;
let acme: TenantUnderTest;
let aws: Record<'sqs' | 'sns' | 'events', AwsEndpoint>;
let google: GoogleEndpoint;
let posthog: Receiver;
let services: Service[];

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start();
  acme = await warren.tenant('acme', graphqlUrl);
  const [sqs, sns, events] = await Promise.all([
    startAwsEndpoint('sqs'),
    startAwsEndpoint('sns'),
    startAwsEndpoint('events'),
  ]);
  aws = { sqs, sns, events };
  google = await startGoogleEndpoint();
  posthog = await startReceiver();
  services = [
    ofAws('sqs', sqs, '123456789012/orders', ['QueueDoesNotExist'], (arrival) =>
      dataIn((bodyOf(arrival) as { MessageBody: string }).MessageBody),
    ),
    ofAws('sns', sns, TOPIC, ['NotFound', 'NotFoundException'], ({ body }) =>
      dataIn(new URLSearchParams(body.toString()).get('Message') ?? ''),
    ),
    ofAws('eventbridge', events, 'orders', ['ResourceNotFoundException'], (arrival) =>
      dataIn((bodyOf(arrival) as { Entries: { Detail: string }[] }).Entries[0]?.Detail ?? ''),
    ),
    ofGoogle(google),
    ofPosthog(posthog),
  ];
}, 60_000);
afterAll(async () => {
  await warren.end();
  await Promise.all([...Object.values(aws), google, posthog].map((endpoint) => endpoint.close()));
}, 60_000);

function ofAws(
  name: string,
  endpoint: AwsEndpoint,
  path: string,
  /** And what the SDK makes of it. */
  [code, named = code]: [string, string?],
  dataOf: Service['dataOf'],
): Service {
  return {
    name,
    url: `${name}+http://${endpoint.host}/${path}?region=${REGION}`,
    credentials: { type: 'aws', ...KEYS },
    strange: { type: 'aws', ...KEYS, secretAccessKey: 'planted-of-a-stranger' },
    arrivals: () => endpoint.arrivals,
    refuse: (refusal) => endpoint.refuse(refusal),
    unwanted: { status: 400, code, message: WHY, error: 'UNROUTABLE', detail: `AWS said: ${named}: ${WHY}` },
    busy: { status: 400, code: 'ThrottlingException', message: WHY, error: 'THROTTLED' },
    dataOf,
  };
}

function ofGoogle(endpoint: GoogleEndpoint): Service {
  return {
    name: 'pubsub',
    url: `pubsub+http://${endpoint.host}/projects/acme-shop/topics/orders`,
    credentials: endpoint.serviceAccount,
    strange: { ...endpoint.serviceAccount, client_email: 'stranger@acme-shop.iam.gserviceaccount.com' },
    arrivals: () => endpoint.arrivals(),
    refuse: (refusal) => endpoint.refuse(refusal),
    unwanted: {
      ...{ status: 404, code: 'NOT_FOUND', message: WHY, error: 'UNROUTABLE' },
      detail: `Pub/Sub said: NOT_FOUND: ${WHY}`,
    },
    busy: { status: 429, code: 'RESOURCE_EXHAUSTED', message: WHY, error: 'THROTTLED' },
    dataOf(arrival) {
      const { messages } = bodyOf(arrival) as { messages: { data: string }[] };
      return dataIn(Buffer.from(messages[0]?.data ?? '', 'base64').toString());
    },
  };
}

function ofPosthog(receiver: Receiver): Service {
  const answer = (refusal?: Refusal): void =>
    receiver.answer((arrival) => {
      if ((bodyOf(arrival) as { api_key: string }).api_key !== PROJECT_KEY) return { status: 401 };
      if (!refusal) return { status: 200, body: '{"status":"Ok"}' };
      return { status: refusal.status, body: refusal.message, headers: { 'retry-after': '2' } };
    });
  answer();
  return {
    name: 'posthog',
    url: receiver.url('').replace('http:', 'posthog+http:'),
    credentials: { type: 'bearer', token: PROJECT_KEY },
    strange: { type: 'bearer', token: 'phc_planted_of_a_stranger' },
    arrivals: () => receiver.arrivals,
    refuse: answer,
    unwanted: {
      ...{ status: 200, code: '', message: '{"quota_limited":["events"]}', error: 'REFUSED' },
      detail: 'PostHog drops the events of this project for now: its quota is used up.',
    },
    busy: { status: 429, code: '', message: '', error: 'HTTP_429' },
    dataOf: (arrival) => (bodyOf(arrival) as { batch: { properties: unknown }[] }).batch[0]?.properties,
  };
}

interface Tried {
  number: number;
  ok: boolean;
  error: string | null;
  errorDetail: string | null;
}

/** One event for each service, whose type ends as asked; resolves with what came of it. */
async function deliver(ending: string, status: string, settings: object = {}) {
  await Promise.all(
    services.map(({ name, url, credentials }) =>
      acme.endpoint({ url, credentials, eventTypes: [`${name}.${ending}`], ...settings }),
    ),
  );
  const ids = await Promise.all(
    services.map(async ({ name }) => {
      const type = `${name}.${ending}`;
      await warren.publish('acme', type, { n: 1 });
      return type;
    }),
  );
  const ended = async () => {
    const deliveries = await acme.deliveries({ types: ids });
    return deliveries.filter((delivery) => delivery.status === status);
  };
  await waitUntil(async () => (await ended()).length === services.length, 30_000);
  const deliveries = await ended();
  return Promise.all(
    services.map(async (service) => {
      const id = deliveries.find(({ event }) => event.type === `${service.name}.${ending}`)?.id ?? '';
      const { delivery } = await acme.client.ask<{ delivery: { attempts: Tried[] } }>(
        'query ($id: ID!) { delivery(id: $id) { attempts { number ok error errorDetail } } }',
        { id },
      );
      return { service, id, attempts: delivery.attempts };
    }),
  );
}

const faults = async (input: object): Promise<UserError[] | undefined> => {
  const { data } = await acme.client.send<{ endpointCreate: { userErrors: UserError[] } }>(
    `mutation ($input: EndpointCreateInput!) { endpointCreate(input: $input) { userErrors { code field message } } }`,
    { input },
  );
  return data?.endpointCreate.userErrors;
};

it('delivers to each, signed as it wants', async () => {
  for (const { service, attempts } of await deliver('sent', 'DELIVERED')) {
    expect(attempts).toMatchObject([{ number: 1, ok: true, error: null }]);
    expect(service.arrivals()).toHaveLength(1);
    const [arrival] = service.arrivals();
    expect(arrival && service.dataOf(arrival)).toMatchObject({ n: 1 });
  }
});

it('waits for one that is asked too much, and tries again', async () => {
  for (const service of services) service.refuse(service.busy);
  const before = services.map((service) => service.arrivals().length);
  const delivering = deliver('busy', 'DELIVERED');
  for (const [at, service] of services.entries()) {
    await waitUntil(() => service.arrivals().length > (before[at] ?? 0), 15_000);
    service.refuse();
  }
  for (const { service, attempts } of await delivering) {
    expect(attempts).toMatchObject([
      { number: 1, ok: false, error: service.busy.error },
      { number: 2, ok: true, error: null },
    ]);
  }
}, 60_000);

it('says why one refuses, in its own words', async () => {
  for (const service of services) service.refuse(service.unwanted);
  for (const { service, attempts } of await deliver('lost', 'DEAD_LETTERED', { retrySchedule: [] })) {
    const { error, detail } = service.unwanted;
    expect(attempts).toMatchObject([{ number: 1, ok: false, error, errorDetail: detail }]);
    service.refuse();
  }
});

it('sends to PostHog in batches, with an attempt on record for each delivery', async () => {
  const COUNT = 60;
  const service = services.find(({ name }) => name === 'posthog');
  const { url, credentials } = service as Service;
  posthog.answer(() => ({ status: 200, body: '{"status":"Ok"}', delayMs: 300 }));
  const before = posthog.arrivals.length;
  await acme.endpoint({ url, credentials, eventTypes: ['batch.of.many'] });
  await Promise.all(Array.from({ length: COUNT }, (_, n) => warren.publish('acme', 'batch.of.many', { n })));
  const delivered = () => acme.deliveries({ types: ['batch.of.many'], status: ['DELIVERED'] });
  await waitUntil(async () => (await delivered()).length === COUNT, 20_000);
  service?.refuse();
  const requests = posthog.arrivals.slice(before).map(bodyOf) as { batch: { properties: { n: number } }[] }[];
  const sent = requests.flatMap(({ batch }) => batch.map(({ properties }) => properties.n));
  expect(sent.toSorted((one, other) => one - other)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  expect(requests.length).toBeLessThan(COUNT / 2);
  const attempts = (await delivered()).flatMap((delivery) => delivery.attempts);
  expect(attempts.filter(({ ok, responseStatus }) => ok && responseStatus === 200)).toHaveLength(COUNT);
  expect(new Set(attempts.map(({ requestBody }) => requestBody)).size).toBe(COUNT);
});

it('wants credentials, and of the right kind, when the endpoint is made', async () => {
  for (const { url, credentials } of services) {
    expect(await faults({ url })).toMatchObject([{ code: 'REQUIRED', field: ['credentials'] }]);
    expect(await faults({ url, credentials: { type: 'basic', username: 'a', password: 'b' } })).toMatchObject(
      [{ code: 'INVALID', message: expect.stringContaining(credentials.type ?? '') as string }],
    );
  }
});

it('wants a URL that names one thing in one region', async () => {
  const credentials = { type: 'aws', ...KEYS };
  const faultOf = async (url: string) => (await faults({ url, credentials }))?.[0]?.message;
  for (const { name, url } of services.slice(0, 3)) {
    expect(await faultOf(url.replace(/\?.*/, ''))).toMatch(/region/);
    expect(await faultOf(`${name}+http://${new URL(url.replace(/^\S+?:/, 'http:')).host}/`)).toBeDefined();
  }
  expect(await faultOf(`sns+http://${aws.sns.host}/${TOPIC}?region=us-east-1`)).toBe(
    `the topic is in ${REGION}, the host in us-east-1`,
  );
});

it('tests each, and tells one whom it does not know from one in another region', async () => {
  const test = async (input: { url: string; credentials: object }): Promise<Tried | null> => {
    const { id } = await acme.endpoint({ eventTypes: ['none.such'], ...input });
    const { endpointTest } = await acme.client.ask<{ endpointTest: { attempt: Tried | null } }>(
      `mutation ($id: ID!) { endpointTest(input: { id: $id }) {
        attempt { number ok error errorDetail } userErrors { message } } }`,
      { id },
    );
    return endpointTest.attempt;
  };
  for (const { url, credentials, strange } of services) {
    expect(await test({ url, credentials })).toMatchObject({ ok: true, error: null });
    expect(await test({ url, credentials: strange })).toMatchObject({ ok: false, error: 'AUTH' });
  }
  const elsewhere = services[0]?.url.replace(REGION, 'us-east-1') ?? '';
  const answer = await test({ url: elsewhere, credentials: { type: 'aws', ...KEYS } });
  expect(answer).toMatchObject({
    error: 'AUTH',
    errorDetail: expect.stringContaining('us-east-1') as string,
  });
});

it('keeps all credentials to itself', async () => {
  const attempts = await warren.sql<object>('select * from delivery_attempts');
  const kept = [attempts, await acme.deliveries(), warren.logLines]
    .map((part) => inspect(part, WHOLE))
    .join();
  expect(kept).toContain('sqs.sent');
  expect(kept).toContain(WHY);
  expect(kept).not.toMatch(/planted|AKID|PRIVATE KEY/);
});
