import Ajv2020 from 'ajv/dist/2020';
import { fullFormats } from 'ajv-formats/dist/formats';
import { asyncApiOf } from '../../../../src/api/contracts/asyncapi';
import { contractPage } from '../../../../src/api/contracts/contract-page';
import { openApiOf } from '../../../../src/api/contracts/openapi';
import { OPERATIONAL_EVENTS } from '../../../../src/api/contracts/operational-events';
import { NOBODYS } from '../../../../src/api/contracts/read-contract';
import { judgeContracts } from '../../../support/judge-contracts';
import { ACME, CATALOG, SETTINGS, entryOf } from './made-up-catalog';

interface OpenApi {
  info: { title: string };
  'x-next'?: string;
  webhooks: Record<string, { post: Operation }>;
  components: { schemas: Record<string, object>; parameters: Record<string, object> };
}
interface Operation {
  deprecated?: boolean;
  description: string;
  parameters: { $ref: string }[];
  requestBody: { content: Record<string, { schema: object; examples?: Record<string, { value: object }> }> };
}
interface AsyncApi {
  'x-next'?: string;
  channels: Record<string, { address: string; messages: object; bindings: { amqp: { exchange: object } } }>;
  operations: Record<string, { action: string }>;
  components: {
    messages: Record<string, { headers: { required?: string[]; properties: object }; tags?: object[] }>;
  };
}

const openapi = openApiOf(CATALOG, SETTINGS) as OpenApi;
const asyncapi = asyncApiOf(CATALOG, SETTINGS) as AsyncApi;
const INFO = { title: 'Not valid', version: '1' };

it('are valid to Redocly and to AsyncAPI’s own parser, with a catalog and without; what is not valid is not', async () => {
  const verdicts = await judgeContracts([
    ...[openapi, openApiOf(NOBODYS, SETTINGS), asyncapi, asyncApiOf(NOBODYS, SETTINGS)],
    { openapi: '3.1.0', info: INFO, webhooks: { x: { post: { requestBody: 5 } } } },
    { asyncapi: '3.0.0', info: INFO, operations: { x: { action: 'shout' } } },
  ]);
  expect(verdicts.slice(0, 4)).toEqual([[], [], [], []]);
  expect(verdicts.slice(4).map((faults) => faults.length > 0)).toEqual([true, true]);
}, 120_000);

describe('OpenAPI', () => {
  it('has a webhook for each version, Warren’s own events, and the form of any other', () => {
    const own = OPERATIONAL_EVENTS.map(({ entry }) => `${entry.name}.v1`);
    expect(Object.keys(openapi.webhooks)).toEqual([
      ...['order.placed.v1', 'order.placed.v2', 'order-line_2.x.v1', 'never.v1', 'tree.v1', 'zero.v1'],
      ...own,
      'event',
    ]);
    expect(Object.keys((openApiOf(NOBODYS, SETTINGS) as OpenApi).webhooks)).toEqual([...own, 'event']);
  });

  it('says what is deprecated, archived and granted, whose it is, and where the rest is', () => {
    const post = (key: string) => openapi.webhooks[key]?.post;
    expect(openapi.info.title).toBe('Webhooks of Acme & Sons');
    expect(openapi['x-next']).toBe('/docs/openapi.json?after=zero');
    expect(post('order.placed.v1')?.deprecated).toBe(true);
    expect(post('order.placed.v2')?.deprecated).toBeUndefined();
    expect(post('order.placed.v2')?.description).toContain('granted `gold`');
    expect(post('tree.v1')?.description).toContain('Archived');
  });

  it('names the headers of a request, of which traceparent alone may be missing', () => {
    const names = openapi.webhooks.event?.post.parameters.map(({ $ref }) => $ref.split('/').at(-1));
    expect(names).toEqual(Object.keys(openapi.components.parameters));
    const optional = Object.entries(openapi.components.parameters).filter(
      ([, parameter]) => !(parameter as { required: boolean }).required,
    );
    expect(optional.map(([name]) => name)).toEqual(['traceparent']);
  });

  it('has examples in each payload format that fit, and takes nothing else', () => {
    const ajv = new Ajv2020({ strict: false, formats: fullFormats });
    ajv.addSchema(openapi, 'doc');
    for (const [key, { post }] of Object.entries(openapi.webhooks)) {
      for (const [type, { examples = {} }] of Object.entries(post.requestBody.content)) {
        const pointer = [
          'webhooks',
          key,
          'post',
          'requestBody',
          'content',
          type.replaceAll('/', '~1'),
          'schema',
        ];
        const fits = ajv.compile({ $ref: `doc#/${pointer.join('/')}` });
        for (const { value } of Object.values(examples)) {
          expect({ key, fits: fits(value), errors: fits.errors }).toEqual({ key, fits: true, errors: null });
          expect(fits({ ...value, data: undefined })).toBe(false);
        }
      }
    }
    const order = ajv.compile({ $ref: 'doc#/components/schemas/order.placed.v1' });
    expect(order({ id: 'o', total: -1 })).toBe(false);
    expect(order({ id: 'o', total: 1, lines: [{ parts: [5] }] })).toBe(false);
    const tree = ajv.compile({ $ref: 'doc#/components/schemas/tree.v1' });
    expect(tree({ children: [{ children: [] }] })).toBe(true);
    expect(tree({ children: [{ children: 1 }] })).toBe(false);
  });
});

describe('AsyncAPI', () => {
  it('has a channel for each type on the exchange of events, and those that Warren sends on', () => {
    expect(asyncapi.channels['event.order.placed']).toMatchObject({
      address: 'order.placed',
      messages: {
        'order.placed.v1': { $ref: '#/components/messages/order.placed.v1' },
        'order.placed.v2': { $ref: '#/components/messages/order.placed.v2' },
      },
      bindings: { amqp: { exchange: { name: 'warren.events', type: 'topic' } } },
    });
    expect(asyncapi.channels.status?.address).toBe('acme.{endpoint}.{status}');
    expect(asyncapi['x-next']).toBe('/docs/asyncapi.json?after=zero');
    const actions = Object.entries(asyncapi.operations).map(([name, { action }]) => [
      name.split(/[.-]/, 1)[0],
      action,
    ]);
    expect(actions.every(([name, action]) => name === action)).toBe(true);
  });

  it('asks for the tenant always, and for the version where none would mean another', () => {
    const headers = (key: string) => asyncapi.components.messages[key]?.headers;
    expect(headers('order.placed.v1')?.required).toEqual(['tenant', 'version']);
    expect(headers('order.placed.v2')?.required).toEqual(['tenant']);
    expect(headers('order.placed.v2')?.properties).toMatchObject({
      tenant: { enum: ['acme', ACME.id] },
      version: { const: 2 },
    });
    expect(asyncapi.components.messages['order.placed.v1']?.tags).toEqual([{ name: 'deprecated' }]);
  });

  it('has none of Warren’s own events: nobody else may publish them', () => {
    expect(JSON.stringify(asyncapi)).not.toContain('warren.endpoint.disabled');
  });
});

describe('the page', () => {
  it('shows each version, the newest first, and how a request is signed', () => {
    const page = contractPage(CATALOG, SETTINGS);
    expect(page.indexOf('<span class="mark">version 2</span>')).toBeLessThan(
      page.indexOf('<span class="mark">version 1</span>'),
    );
    expect(page).toContain('webhook-signature');
    expect(page).toContain('<code>v1,</code>');
    expect(page).toContain('There are more.');
  });

  it('has nothing in it that a tenant wrote as markup, and no script', () => {
    const nasty = '<script>alert(1)</script>"\'';
    const page = contractPage(
      {
        tenant: { ...ACME, name: nasty },
        hasMore: false,
        entries: [
          entryOf('a', [{ schema: { description: nasty }, example: nasty }], {
            description: nasty,
            requiredScope: 'b',
          }),
        ],
      },
      SETTINGS,
      nasty,
    );
    expect(page.match(/&#60;script&#62;/g)?.length).toBeGreaterThanOrEqual(5);
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/ on\w+=| style=/);
  });
});
