import { quantile, round, startPublisher, startReceiver, startSubject, type Bench } from '../setting';
import { sized } from '../size';
import { createEndpoint, everySoOften, machineLoad, paced, quantiles, type Work } from './work';

const PACED = sized(1000, 50);
/** Of all traffic, the flood's. */
const SHARE = 0.25;
/** More than a router has room for. */
const AT_ONCE = sized(500, 20);
const SUBSCRIPTIONS = 2;
const DATA = Buffer.from(JSON.stringify({ texts: Array.from({ length: 3000 }, (_, n) => `ab${n}`) }));
/** Takes tenths of a second on such an event, and never matches. */
const HEAVY = { data: { texts: Array.from({ length: 490 }, (_, n) => ({ wildcard: `*a${n}*b*c*` })) } };

/**
 * What others notice of a tenant whose filters take more time than there is, beside what they notice of as many events
 * without filters.
 */
export const heavyFilters: Bench = async (ground) => {
  const receiver = await startReceiver();
  const floodReceiver = await startReceiver();
  const publisher = await startPublisher(ground.amqpUrl);
  const subject = await startSubject(ground, []);
  const work: Work = { subject, publisher, receiver };
  await createEndpoint(subject, { url: receiver.url, eventTypes: ['fine'] });
  const flooder = await subject.addTenant('flooder');
  const endpointId = await createEndpoint(flooder, { url: floodReceiver.url });
  for (const [type, filter] of [
    ['light', null],
    ['heavy', HEAVY],
  ] as const)
    for (let n = 0; n < SUBSCRIPTIONS; n++)
      await flooder.ask(
        'mutation ($input: WebhookSubscriptionInput!) { webhookSubscriptionCreate(input: $input) { userErrors { message } } }',
        { input: { endpointId, eventTypes: [type], filter } },
      );
  let sent = 0;
  const send = (type: string) => (): void =>
    void publisher.channel.publish(`${subject.namespace}.events`, type, DATA, {
      ...{ persistent: true, contentType: 'application/json', messageId: `flood-${sent++}` },
      headers: { tenant: 'flooder' },
    });
  async function besideFlood(type: string, atOnce: number): Promise<Latencies> {
    ground.report(`  beside ${atOnce > 0 ? `${atOnce} ${type} events at once, and more` : `${type} events`}`);
    for (let n = 0; n < atOnce; n++) send(type)();
    await publisher.channel.waitForConfirms();
    return latenciesOf(await paced(work, PACED, everySoOften(SHARE, send(type))));
  }

  await paced(work, PACED / 2);
  const alone = latenciesOf(await paced(work, PACED));
  const light = { steady: await besideFlood('light', 0), burst: await besideFlood('light', AT_ONCE) };
  const heavy = { steady: await besideFlood('heavy', 0), burst: await besideFlood('heavy', AT_ONCE) };
  ground.report('  while filters are asked');
  const whileAsked = latenciesOf(await paced(work, PACED));
  const { deliveries } = await flooder.ask<{ deliveries: { totalCount: number } }>(
    '{ deliveries(filter: { status: HELD }) { totalCount } }',
  );
  await subject.stop();
  await publisher.close();
  receiver.close();
  floodReceiver.close();
  return {
    ...{ alone, besideLight: light, besideHeavy: heavy, whileAsked },
    steadyP99Ratio: round(heavy.steady.p99Ms / light.steady.p99Ms, 2),
    burstP99Ratio: round(heavy.burst.p99Ms / light.burst.p99Ms, 2),
    ...{ leftToAsk: deliveries.totalCount, load: machineLoad() },
  };
};

interface Latencies {
  p50Ms: number;
  p99Ms: number;
  mostMs: number;
}

const latenciesOf = (latenciesMs: readonly number[]): Latencies => ({
  ...quantiles(latenciesMs),
  mostMs: round(quantile(latenciesMs, 1)),
});
