import '../styles/lists.css';
import '../styles/endpoints.css';
import type { ResultOf } from 'gql.tada';
import { useCallback } from 'react';
import { useClient } from 'urql';
import { Link } from 'wouter';
import { EmptyState } from '../parts/states/empty-state';
import { PageHeader } from '../parts/page-header';
import { PagedList } from '../parts/lists/paged-list';
import { percentWords } from '../parts/values/percent';
import { StatusBadge } from '../parts/values/status-badge';
import { When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import { ENDPOINTS } from './endpoint-queries';
import { stateOf } from './endpoint-state';
import { NewEndpoint } from './new-endpoint';

type EndpointItem = ResultOf<typeof ENDPOINTS>['endpoints']['nodes'][number];

export default function EndpointsPage() {
  const client = useClient();
  const load = useCallback(
    async (after: string | null) => {
      const { data, error } = await client
        .query(ENDPOINTS, { after }, { requestPolicy: 'network-only' })
        .toPromise();
      return { page: data?.endpoints, error };
    },
    [client],
  );
  return (
    <>
      <PageHeader title="Endpoints" about="Where events go, and how well they arrive there.">
        <NewEndpoint />
      </PageHeader>
      <PagedList
        label="Endpoints"
        load={load}
        columns="110px minmax(0, 1.6fr) minmax(0, 1fr) 216px 76px"
        head={['Status', 'Endpoint', 'Event types', 'Last 24 hours', 'Made']}
        row={(endpoint) => <EndpointRow endpoint={endpoint} />}
        empty={
          <EmptyState icon="target" title="No endpoint yet">
            Add the address of a receiver, choose the event types that it wants, and send it a test.
          </EmptyState>
        }
      />
    </>
  );
}

function EndpointRow({ endpoint }: { endpoint: EndpointItem }) {
  const { tenant } = useViewer();
  const { id, name, url, stats, health, subscriptions, createdAt } = endpoint;
  const types = [...new Set(subscriptions.flatMap((each) => (each.enabled ? each.eventTypes : [])))];
  return (
    <Link to={`/endpoints/${id}`} className="row">
      <span className="at-status">
        <StatusBadge status={stateOf(endpoint)} />
      </span>
      <span className="at-first">
        <span className="main-text cut">{name}</span>
        <span className="side cut">
          {tenant ? '' : `${endpoint.tenant.slug} · `}
          {url}
        </span>
      </span>
      <span className="mono cut at-second">{types.join(', ') || 'none'}</span>
      <span className="at-third">
        <Confirmed stats={stats} held={health.heldCount} />
      </span>
      <span className="side end at-end">
        <When at={createdAt} />
      </span>
    </Link>
  );
}

/** How many of those that ended arrived, as a bar and in words, and how many wait. */
function Confirmed({ stats, held }: { stats: EndpointItem['stats']; held: number }) {
  const { total, delivered, confirmationRate, deadLettered } = stats;
  const waiting = held > 0 ? `${held.toLocaleString()} held` : '';
  if (total === 0) return <span className="side">no deliveries</span>;
  if (delivered + deadLettered === 0) return <span className="side">{waiting || 'none has ended'}</span>;
  const tone = confirmationRate >= 0.99 ? 'good' : confirmationRate >= 0.9 ? 'warn' : 'bad';
  const words = [
    `${percentWords(confirmationRate)} of ${total.toLocaleString()}`,
    ...(deadLettered > 0 ? [`${deadLettered.toLocaleString()} dead`] : []),
    ...(waiting === '' ? [] : [waiting]),
  ];
  return (
    <span className={`confirmed tone-${tone}`}>
      <span className="bar" aria-hidden>
        <span style={{ width: `${confirmationRate * 100}%` }} />
      </span>
      <span className="side">{words.join(', ')}</span>
    </span>
  );
}
