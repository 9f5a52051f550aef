import type { ResultOf } from 'gql.tada';
import { Panel } from '../parts/panel';
import type { EVENT_TYPE } from './event-type-queries';

export type Version = NonNullable<ResultOf<typeof EVENT_TYPE>['eventType']>['versions'][number];

const WORDS: Record<string, string> = {
  FIELD_REMOVED: 'gone',
  REQUIRED_REMOVED: 'not required any more',
  TYPE_CHANGED: 'another type',
  ENUM_WIDENED: 'more values',
  FORMAT_CHANGED: 'another format',
  REQUIRED_ADDED: 'required now',
  ENUM_NARROWED: 'fewer values',
  PATTERN_CHANGED: 'another pattern',
  LIMIT_NARROWED: 'a narrower limit',
  FIELDS_CLOSED: 'closed for other members',
};

/** What somebody may break on who knows the version before, receivers first. */
export function VersionChanges({ version: { version, changes, downgrade } }: { version: Version }) {
  if (version === 1) return null;
  const sorted = [...changes].sort((a, b) => Number(b.breaks === 'READERS') - Number(a.breaks === 'READERS'));
  return (
    <Panel title={`Since version ${version - 1}`} flush>
      {sorted.length === 0 ? (
        <p className="side padded">Nothing that a receiver or a publisher breaks on.</p>
      ) : (
        <ul className="plain" aria-label="Changes">
          {sorted.map(({ code, place, detail, breaks }) => (
            <li key={`${code} ${place} ${detail}`} className="plain-row wrap">
              <span className={`mark tone-${breaks === 'READERS' ? 'bad' : 'warn'}`}>
                {breaks === 'READERS' ? 'receivers' : 'publishers'}
              </span>
              <span className="grow">
                <code className="mono">{place}</code> {WORDS[code] ?? code}
                <span className="side block-line">{detail}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className="side padded">
        {downgrade === null
          ? `Who is pinned to version ${version - 1} cannot be sent events of this version: it has no downgrade.`
          : `Who is pinned to version ${version - 1} gets it downgraded.`}
      </p>
    </Panel>
  );
}
