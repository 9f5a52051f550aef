import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { makeSchema } from '../../../src/api/schema';
import { schemaText } from '../../../src/api/print-schema';

const ROOT = join(__dirname, '../../..');
const schema = makeSchema();
const contract = buildSchema(readFileSync(join(ROOT, 'test/support/contract.graphql'), 'utf8'));

/** Every type, field, argument and value as one line, so that a difference names itself. */
function linesOf(of: GraphQLSchema): Map<string, string> {
  const lines = new Map<string, string>();
  for (const type of ownTypes(of)) {
    lines.set(type.name, type.constructor.name);
    if (isEnumType(type)) for (const { name } of type.getValues()) lines.set(`${type.name}.${name}`, 'value');
    if (isInterfaceType(type) || isObjectType(type)) {
      for (const { name } of type.getInterfaces()) lines.set(`${type.name} implements`, name);
    }
    for (const field of fieldsOf(type)) {
      lines.set(`${type.name}.${field.name}`, shapeOf(field));
      if ('args' in field)
        for (const arg of field.args) lines.set(`${type.name}.${field.name}(${arg.name})`, shapeOf(arg));
    }
  }
  return lines;
}

const ownTypes = (of: GraphQLSchema): GraphQLNamedType[] =>
  Object.values(of.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));

function fieldsOf(type: GraphQLNamedType): (GraphQLField<unknown, unknown> | GraphQLInputField)[] {
  if (isObjectType(type) || isInterfaceType(type)) return Object.values(type.getFields());
  return isInputObjectType(type) ? Object.values(type.getFields()) : [];
}

const shapeOf = (part: { type: { toString(): string }; defaultValue?: unknown }): string =>
  `${part.type.toString()}${part.defaultValue === undefined ? '' : ` = ${JSON.stringify(part.defaultValue)}`}`;

describe('the schema', () => {
  it('has everything of the contract, with the same types, arguments and defaults', () => {
    const ours = linesOf(schema);
    const differences = [...linesOf(contract)].filter(([name, shape]) => ours.get(name) !== shape);
    expect(differences.map(([name, shape]) => `${name}: ${shape}, not ${ours.get(name) ?? 'there'}`)).toEqual(
      [],
    );
  });

  it('describes every type, field, argument and value', () => {
    const silent: string[] = [];
    const note = (name: string, part: { description?: string | null | undefined }) => {
      if (!part.description) silent.push(name);
    };
    for (const type of ownTypes(schema)) {
      if (!['Query', 'Mutation', 'Subscription'].includes(type.name)) note(type.name, type);
      if (isEnumType(type)) for (const value of type.getValues()) note(`${type.name}.${value.name}`, value);
      for (const field of fieldsOf(type)) {
        note(`${type.name}.${field.name}`, field);
        if ('args' in field)
          for (const arg of field.args) note(`${type.name}.${field.name}(${arg.name})`, arg);
      }
    }
    expect(silent).toEqual([]);
  });

  it('is what schema.graphql says; run `node dist/src/api/print-schema.js` when it is meant to change', () => {
    expect(readFileSync(join(ROOT, 'schema.graphql'), 'utf8')).toBe(schemaText());
  });
});
