import type { ContractSettings, ContractSubject } from '../../../../src/api/contracts/contract';
import type { CatalogPageEntry, CatalogVersion } from '../../../../src/domain/schema/catalog';

export const SETTINGS: ContractSettings = {
  publicUrl: 'https://warren.example',
  namespace: 'warren',
  maxEventBytes: 262_144,
};

export const ACME = { id: 'ten_01m85days8e7z8fd98hpfey9n9', slug: 'acme', name: 'Acme & Sons' };

export function entryOf(
  name: string,
  versions: Partial<CatalogVersion>[],
  more: object = {},
): CatalogPageEntry {
  return {
    entry: {
      ...{
        id: name,
        tenantId: null,
        name,
        description: '',
        requiredScope: null,
        archived: false,
        revision: 1,
      },
      ...more,
    },
    versions: versions.map((version, at) => ({
      ...{ version: at + 1, schema: undefined, example: undefined, deprecated: false, downgrade: null },
      ...version,
    })),
    missing: 0,
  };
}

/** A schema with every kind of reference, and with values that only look like some. */
const ORDER = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://acme.example/order',
  type: 'object',
  required: ['id', 'total'],
  properties: {
    id: { type: 'string', minLength: 1 },
    total: { $ref: '#/$defs/money' },
    lines: { type: 'array', items: { $ref: '#line' } },
    'a/b~c': { type: 'string' },
    same: { $ref: '#/properties/a~1b~0c' },
    kind: { enum: ['#/$defs/money', 'gift'] },
  },
  $defs: {
    money: { type: 'number', minimum: 0 },
    lineOfIt: {
      $anchor: 'line',
      type: 'object',
      properties: { parts: { type: 'array', items: { $ref: '#line' } } },
    },
  },
  unevaluatedProperties: false,
};

export const CATALOG: ContractSubject = {
  tenant: ACME,
  hasMore: true,
  entries: [
    entryOf(
      'order.placed',
      [
        { schema: ORDER, example: { id: 'o-1', total: 12.5, lines: [{ parts: [{}] }] }, deprecated: true },
        {
          schema: { type: 'object', required: ['cents'], properties: { cents: { type: 'integer' } } },
          example: { cents: 5 },
        },
      ],
      { description: 'A customer has <b>paid</b>.', requiredScope: 'gold' },
    ),
    entryOf('order-line_2.x', [{ schema: true, example: 'only text' }]),
    entryOf('never', [{ schema: false }]),
    entryOf(
      'tree',
      [{ schema: { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } } }],
      { archived: true },
    ),
    entryOf('zero', [{ schema: { prefixItems: [{ type: 'integer' }], items: false }, example: [1] }]),
  ],
};
