/**
 * The keywords of JSON Schema 2020-12 (https://json-schema.org/draft/2020-12) that schemas may use here, by what their
 * value holds. What is not in this table is refused: most often it is a typing error, and a rule that is silently not
 * applied is worse than one that is not taken.
 */
export type KeywordKind =
  | 'schema'
  | 'list of schemas'
  | 'map of schemas'
  /** A map of schemas that only say something when they are referred to. */
  | 'definitions'
  /** Any JSON, compared with the data. */
  | 'values'
  /** Names, each of which is looked up in the data. */
  | 'names'
  | 'plain'
  /** Says nothing about what fits. Kept for readers, not compiled. */
  | 'note';

export const KEYWORDS: Readonly<Record<string, KeywordKind>> = {
  $ref: 'plain',
  $anchor: 'plain',
  $defs: 'definitions',
  definitions: 'definitions',

  allOf: 'list of schemas',
  anyOf: 'list of schemas',
  oneOf: 'list of schemas',
  not: 'schema',
  if: 'schema',
  then: 'schema',
  else: 'schema',

  properties: 'map of schemas',
  patternProperties: 'map of schemas',
  additionalProperties: 'schema',
  propertyNames: 'schema',
  unevaluatedProperties: 'schema',
  dependentSchemas: 'map of schemas',
  dependentRequired: 'names',
  required: 'names',
  minProperties: 'plain',
  maxProperties: 'plain',

  prefixItems: 'list of schemas',
  items: 'schema',
  contains: 'schema',
  minContains: 'plain',
  maxContains: 'plain',
  unevaluatedItems: 'schema',
  minItems: 'plain',
  maxItems: 'plain',
  uniqueItems: 'plain',

  type: 'plain',
  enum: 'values',
  const: 'values',
  multipleOf: 'plain',
  minimum: 'plain',
  maximum: 'plain',
  exclusiveMinimum: 'plain',
  exclusiveMaximum: 'plain',
  minLength: 'plain',
  maxLength: 'plain',
  pattern: 'plain',
  format: 'plain',

  $schema: 'note',
  $id: 'note',
  $comment: 'note',
  title: 'note',
  description: 'note',
  default: 'note',
  examples: 'note',
  deprecated: 'note',
  readOnly: 'note',
  writeOnly: 'note',
  contentEncoding: 'note',
  contentMediaType: 'note',
  contentSchema: 'note',
};

/** Why some keywords that people know are not taken; goes on after the keyword. */
export const REFUSED_KEYWORDS: Readonly<Record<string, string>> = {
  $dynamicRef: 'is not supported; use $ref',
  $dynamicAnchor: 'is not supported; use $anchor',
  $vocabulary: 'is for meta-schemas only',
  $recursiveRef: 'is of 2019-09; use $ref',
  dependencies: 'is of draft 7; use dependentRequired or dependentSchemas',
  additionalItems: 'is of 2019-09; use prefixItems and items',
  nullable: 'is of OpenAPI 3.0; use "type": ["string", "null"]',
  example: 'is of OpenAPI; the version has a field `example` of its own',
  id: 'is of draft 4',
};

/** Keywords that look at every member or item, at the same place once more. */
export const LOOPING = new Set([
  'patternProperties',
  'additionalProperties',
  'propertyNames',
  'unevaluatedProperties',
  'items',
  'contains',
  'unevaluatedItems',
  'minProperties',
  'maxProperties',
]);
