import type { Destinations } from '../../../src/destinations/destinations';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { hasKafkaCluster, startKafkaCluster, type KafkaCluster } from '../../support/outsiders/kafka-cluster';

/**
 * Kafka's protocol as librdkafka speaks it, from both sides. Where kcat is not installed (`apt install kcat`) these are
 * reported as skipped; test/unit/destinations/kafka.test.ts has a stand-in, and runs everywhere.
 */
const describeWithKafka = hasKafkaCluster() ? describe : describe.skip;

describeWithKafka('Kafka, with brokers of librdkafka', () => {
  let cluster: KafkaCluster;
  let destinations: Destinations;

  beforeAll(async () => {
    destinations = openDestinations();
    cluster = await startKafkaCluster();
  });
  afterAll(async () => {
    await destinations.close();
    await cluster.close();
  });

  const keptOf = async (key: string) => (await cluster.kept()).filter((message) => message.key === key);
  /** One endpoint, so one producer. */
  const send = (changes = {}, topic = 'orders') =>
    destinations.send(
      makeDestinationRequest(`kafka://${cluster.brokers[0] ?? ''}/${topic}`, {
        endpointId: 'ep_1',
        ...changes,
      }),
    );

  it('publishes what another client reads: bytes, key, headers of a webhook and of a CloudEvent', async () => {
    const body = Buffer.from('{"name":"Zoë – 🐇","id":12345678901234567890}');
    const headers = { 'webhook-id': 'dlv_1', 'ce-id': 'evt_1', 'ce-specversion': '1.0' };
    expect(await send({ orderingKey: 'bytes', headers, body })).toEqual({
      durationMs: expect.any(Number) as number,
    });
    expect(await keptOf('bytes')).toEqual([
      {
        partition: expect.any(Number) as number,
        key: 'bytes',
        value: body.toString(),
        headers: {
          'content-type': 'application/json',
          'webhook-id': 'dlv_1',
          'webhook-timestamp': '1790000000',
          'webhook-signature': 'v1,c2ln',
          'warren-event-type': 'order.placed',
          ce_id: 'evt_1',
          ce_specversion: '1.0',
        },
      },
    ]);
  });

  it('takes many at once on three brokers, each once, and those of a key in their order', async () => {
    const ids = Array.from({ length: 5 }, (_, n) => `key_${n}`);
    for (const id of ids) await send({ orderingKey: 'order', headers: { 'webhook-id': id } });
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => send({ headers: { 'webhook-id': `dlv_${n}` } })),
    );
    expect(answers.filter(({ error }) => error !== undefined)).toEqual([]);
    const kept = await cluster.kept();
    const withoutKey = kept.filter(({ key }) => key === null);
    expect(withoutKey).toHaveLength(30);
    expect(new Set(withoutKey.map(({ headers }) => headers['webhook-id'])).size).toBe(30);
    expect(new Set(withoutKey.map(({ partition }) => partition)).size).toBe(3);
    const ofKey = kept.filter(({ key }) => key === 'order');
    expect(ofKey.map(({ headers }) => headers['webhook-id'])).toEqual(ids);
    expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1);
  });

  it('fails when there is no such topic', async () => {
    expect(await send({}, 'nowhere')).toMatchObject({
      error: 'UNROUTABLE',
      errorDetail: 'The broker said: This server does not host this topic-partition',
    });
  });

  it('follows a partition to another broker', async () => {
    await send({ orderingKey: 'moved' });
    const [first] = await keptOf('moved');
    for (const broker of [1, 2, 3]) {
      await cluster.fault(`lead ${first?.partition} ${broker}`);
      expect((await send({ orderingKey: 'moved' })).error).toBeUndefined();
    }
    expect(await keptOf('moved')).toHaveLength(4);
  });

  it.each([
    { code: 29, tries: 1, error: 'AUTH', reason: /not authorized/i },
    { code: 10, tries: 1, error: 'REFUSED', reason: /larger than/i },
    { code: 19, tries: 3, error: 'REFUSED', reason: /in-sync replicas/i },
  ])('says why a broker refuses a message (error $code of Kafka)', async ({ code, tries, error, reason }) => {
    await cluster.fault(`refuse ${tries} ${code}`);
    expect(await send()).toMatchObject({ error, errorDetail: expect.stringMatching(reason) as string });
    expect((await send()).error).toBeUndefined();
  });

  it('fails while the brokers are down, and goes on when they are there again', async () => {
    const key = { orderingKey: 'down' };
    expect((await send(key)).error).toBeUndefined();
    for (const broker of [1, 2, 3]) await cluster.fault(`down ${broker}`);
    expect((await send({ ...key, timeoutMs: 5000 })).error).toBe('CONNECTION_REFUSED');
    for (const broker of [1, 2, 3]) await cluster.fault(`up ${broker}`);
    expect((await send(key)).error).toBeUndefined();
    expect(await keptOf('down')).toHaveLength(2);
  });
});
