import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { isOfCalendar } from '../domain/timestamp';
import { toNumber } from '../runtime/json-text';
import { badUserInput } from './request-errors';

/** RFC 3339 section 5.6; the offset is required, or a time would mean another instant on another machine. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[-+]\d{2}:\d{2})$/;

/** In UTC, too, its year has four digits: with an offset it may be one that neither RFC 3339 nor the database can write. */
function readDateTime(value: unknown): Date {
  const isWritten = typeof value === 'string' && RFC_3339.test(value) && isOfCalendar(value);
  const at = new Date(isWritten ? value : Number.NaN);
  if (at.getUTCFullYear() >= 0 && at.getUTCFullYear() <= 9999) return at;
  throw badUserInput(
    'A DateTime is an RFC 3339 text with an offset and a day that exists, such as 2026-11-23T08:30:00.000Z',
  );
}

export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'An instant: RFC 3339 text in UTC with milliseconds. Any offset is accepted.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => (value as Date).toISOString(),
  parseValue: readDateTime,
  parseLiteral: (node) => readDateTime(node.kind === Kind.STRING ? node.value : undefined),
});

export const CursorScalar = new GraphQLScalarType<string, string>({
  name: 'Cursor',
  description: 'A place in a list or stream. Opaque: keep it, give it back, read nothing into it.',
  serialize: (value) => String(value),
  parseValue: readCursorText,
  parseLiteral: (node) => readCursorText(node.kind === Kind.STRING ? node.value : undefined),
});

function readCursorText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw badUserInput('A Cursor is a text that an earlier answer gave');
}

export const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value. Numbers keep all their digits, however many.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => jsonOfLiteral(node, variables ?? {}),
});

/** A literal in the document, with its numbers as they are written there. */
function jsonOfLiteral(node: ValueNode, variables: Record<string, unknown>): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return toNumber(node.value);
    case Kind.LIST:
      return node.values.map((item) => jsonOfLiteral(item, variables) ?? null);
    case Kind.VARIABLE:
      return variables[node.name.value];
    case Kind.ENUM:
      throw badUserInput(`${node.value} is no JSON value; put text in double quotes`);
    case Kind.OBJECT: {
      const members = node.fields.map(
        ({ name, value }) => [name.value, jsonOfLiteral(value, variables)] as const,
      );
      // fromEntries defines properties, so that `__proto__` is a key like any other.
      return Object.fromEntries(members.filter(([, value]) => value !== undefined));
    }
  }
}
