import type { CSSProperties } from 'react';
import { fieldsOf, wholeType, type SchemaField } from './schema-fields';

/** What the data has, for people: a row for each member, those that the version before has not marked as new. */
export function SchemaTable({ schema, before }: { schema: unknown; before: unknown }) {
  const fields = fieldsOf(schema);
  const known = before === undefined ? null : new Set(fieldsOf(before).map(({ path }) => path));
  if (fields.length === 0) return <p className="side">The data is {wholeType(schema)}.</p>;
  return (
    <div className="schema-table" role="table" aria-label="Data">
      <div role="row" className="schema-row head">
        <span role="columnheader">Property</span>
        <span role="columnheader">Type</span>
        <span role="columnheader">What it is</span>
      </div>
      {fields.map((field) => (
        <FieldRow key={field.path} field={field} isNew={known !== null && !known.has(field.path)} />
      ))}
    </div>
  );
}

function FieldRow({ field, isNew }: { field: SchemaField; isNew: boolean }) {
  const { path, name, depth, type, isRequired, description, rules } = field;
  return (
    <div role="row" className="schema-row" style={{ '--depth': depth } as CSSProperties}>
      <span role="cell" className="schema-name">
        <code className="mono" title={path}>
          {name}
        </code>
        {isRequired && <span className="mark tone-info">required</span>}
        {isNew && <span className="mark tone-good">new</span>}
      </span>
      <span role="cell" className="schema-type mono">
        {type}
      </span>
      <span role="cell" className="schema-about">
        {description}
        {rules.length > 0 && <span className="side block-line">{rules.join(' · ')}</span>}
      </span>
    </div>
  );
}
