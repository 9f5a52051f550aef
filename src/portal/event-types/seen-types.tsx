import type { ResultOf } from 'gql.tada';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { Panel } from '../parts/panel';
import { When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import { NEWEST } from './event-type-queries';

type EventItem = ResultOf<typeof NEWEST>['events']['nodes'][number];

/** The types of the newest events, each with the newest of its events: what comes may be in no catalog. */
export function SeenTypes() {
  const { may } = useViewer();
  const [{ data }] = useQuery({ query: NEWEST, pause: !may('events:read') });
  const types = typesOf(data?.events.nodes ?? []);
  if (types.length === 0) return null;
  return (
    <Panel title="Seen lately" flush>
      <ul className="plain" aria-label="Seen lately">
        {types.map(({ newest, count }) => (
          <li key={newest.type} className="plain-row wrap">
            <code className="mono main-text grow">{newest.type}</code>
            <span className="side">
              {count} of the newest {data?.events.nodes.length} · v{newest.version} ·{' '}
              <When at={newest.receivedAt} />
            </span>
            <Link to={`/events/${newest.id}`} aria-label={`See one of ${newest.type}`}>
              See one
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function typesOf(events: readonly EventItem[]): { newest: EventItem; count: number }[] {
  const byType = new Map<string, { newest: EventItem; count: number }>();
  for (const event of events) {
    const known = byType.get(event.type);
    if (known) known.count++;
    else byType.set(event.type, { newest: event, count: 1 });
  }
  return [...byType.values()].sort((a, b) => a.newest.type.localeCompare(b.newest.type));
}
