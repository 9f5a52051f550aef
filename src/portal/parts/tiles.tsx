import type { ReactNode } from 'react';

export interface Tile {
  name: string;
  value: string;
  note?: ReactNode;
  tone?: 'bad' | 'warn' | 'good' | undefined;
}

/** Figures side by side. */
export function Tiles({ label, tiles }: { label: string; tiles: Tile[] }) {
  return (
    <section className="tiles" aria-label={label}>
      {tiles.map(({ name, value, note, tone }) => (
        <div className="panel tile" key={name}>
          <div className="tile-name">{name}</div>
          <div className={`tile-value ${tone === undefined ? '' : `tone-${tone} toned`}`}>{value}</div>
          <div className="tile-note">{note}</div>
        </div>
      ))}
    </section>
  );
}
