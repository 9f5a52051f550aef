import '../styles/lists.css';
import '../styles/endpoints.css';
import type { ResultOf } from 'gql.tada';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { graphql } from '../graphql/graphql';
import { EmptyState } from '../parts/empty-state';
import { Failure } from '../parts/failure';
import { PageHeader } from '../parts/page-header';
import { Panel } from '../parts/panel';
import { RowSkeletons } from '../parts/skeletons';
import { When } from '../parts/when';

const NEWEST = graphql(`
  query NewestTypes {
    events(first: 250) {
      nodes {
        id
        type
        version
        receivedAt
      }
    }
  }
`);

type EventItem = ResultOf<typeof NEWEST>['events']['nodes'][number];

/** The types of the newest events, each with the newest of its events as an example. */
export default function EventTypesPage() {
  const [{ data, error }, ask] = useQuery({ query: NEWEST });
  const types = typesOf(data?.events.nodes ?? []);
  return (
    <>
      <PageHeader title="Event types" about="What comes here, by the newest 250 events." />
      {error && <Failure error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      {!data && !error && <RowSkeletons />}
      {data && (
        <Panel flush>
          {types.length === 0 ? (
            <EmptyState icon="tag" title="No event types yet">
              They appear with the first events.
            </EmptyState>
          ) : (
            <ul className="plain">
              {types.map(({ newest, count }) => (
                <li key={newest.type} className="plain-row wrap">
                  <code className="mono main-text grow">{newest.type}</code>
                  <span className="side">
                    {count} of 250 · v{newest.version} · <When at={newest.receivedAt} />
                  </span>
                  <Link to={`/events/${newest.id}`}>Example</Link>
                </li>
              ))}
            </ul>
          )}
        </Panel>
      )}
    </>
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
