import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import { fullFormats } from 'ajv-formats/dist/formats';
import { saveEventType } from '../support/event-types';
import { makeGraphqlClient } from '../support/graphql-client';
import { startReceiver, type Arrival, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

interface OpenApi {
  components: { parameters: Record<string, { name: string; required: boolean; schema: object }> };
}

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let contract: OpenApi;
const ajv = new Ajv2020({ strict: false, formats: fullFormats });

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1' });
  const { graphqlUrl, app } = await warren.start();
  receiver = await startReceiver();
  receiver.answer(({ path }) => ({ status: path === '/gone' ? 410 : 204 }));
  acme = await warren.tenant('acme', graphqlUrl);
  await saveEventType(makeGraphqlClient(graphqlUrl, warren.operatorKey, { 'warren-tenant': 'acme' }), {
    name: 'order.placed',
    schema: { type: 'object', required: ['total'], properties: { total: { type: 'number' } } },
  });
  const headers = { authorization: `Bearer ${acme.key}` };
  contract = (await (await fetch(`${app.url}/docs/openapi.json`, { headers })).json()) as OpenApi;
  ajv.addSchema(contract, 'contract');
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

async function arrivalAt(path: string, count = 1): Promise<Arrival> {
  await waitUntil(() => receiver.at(path).length >= count);
  return receiver.at(path)[count - 1] as Arrival;
}

const bodyCheck = (key: string, contentType: string): ValidateFunction =>
  ajv.compile({
    $ref: `contract#/webhooks/${key}/post/requestBody/content/${contentType.replaceAll('/', '~1')}/schema`,
  });

/** Names of headers that are not as the contract has them. */
const oddHeaders = ({ headers }: Arrival): string[] =>
  Object.values(contract.components.parameters)
    .filter(({ name, required, schema }) => {
      const value = headers[name];
      return value === undefined ? required : !ajv.validate(schema, value);
    })
    .map(({ name }) => name);

it.each(['STANDARD', 'CLOUDEVENTS', 'EMBEDDED_SIGNATURE'])(
  'a request in the format %s is what the contract says',
  async (payloadFormat) => {
    const path = `/${payloadFormat.toLowerCase()}`;
    await acme.endpoint({ url: receiver.url(path), payloadFormat, eventTypes: ['order.placed'] });
    await acme.publish({ type: 'order.placed', data: { total: 40 } });
    const arrival = await arrivalAt(path);
    const check = bodyCheck('order.placed.v1', String(arrival.headers['content-type']));
    const body = JSON.parse(arrival.body.toString()) as object;
    expect([check(body), check.errors]).toEqual([true, null]);
    expect(check({ ...body, data: { total: 'much' } })).toBe(false);
    expect(oddHeaders(arrival)).toEqual([]);
  },
);

it('so are the requests that tell of a dead letter and of a disabled endpoint', async () => {
  await acme.endpoint({ url: receiver.url('/own'), eventTypes: ['warren.#'] });
  await acme.endpoint({ url: receiver.url('/gone'), eventTypes: ['order.lost'] });
  await acme.publish({ type: 'order.lost' });
  await arrivalAt('/own', 2);
  const told = receiver.at('/own').map((arrival) => {
    const key = `${String(arrival.headers['warren-event-type'])}.v1`;
    const check = bodyCheck(key, 'application/json');
    return [key, check(JSON.parse(arrival.body.toString())), check.errors];
  });
  expect(told.sort()).toEqual([
    ['warren.delivery.dead_lettered.v1', true, null],
    ['warren.endpoint.disabled.v1', true, null],
  ]);
});
