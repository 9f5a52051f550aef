import { Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** A part of a page with a border and, mostly, a heading. */
export function Panel({
  title,
  actions,
  children,
  flush = false,
}: {
  title?: string;
  actions?: ReactNode;
  children: ReactNode;
  /** Without padding: a list reaches the border. */
  flush?: boolean;
}) {
  return (
    <section className="panel">
      {title !== undefined && (
        <div className="panel-head">
          <Title order={2} size="h5">
            {title}
          </Title>
          {actions}
        </div>
      )}
      <div className={flush ? 'panel-flush' : 'panel-body'}>{children}</div>
    </section>
  );
}

/** Names and values, two by two. */
export function Details({ rows }: { rows: [name: string, value: ReactNode][] }) {
  return (
    <dl className="details">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
