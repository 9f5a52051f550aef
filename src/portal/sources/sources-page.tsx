import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/sources.css';
import type { ResultOf } from 'gql.tada';
import { useCallback } from 'react';
import { useClient } from 'urql';
import { Link } from 'wouter';
import { EmptyState } from '../parts/states/empty-state';
import { PageHeader } from '../parts/page-header';
import { PagedList } from '../parts/lists/paged-list';
import { StatusBadge } from '../parts/values/status-badge';
import { When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import { NewSource } from './new-source';
import { ProviderMark } from './provider-mark';
import { PROVIDERS } from './providers';
import { SOURCES } from './source-queries';
import { refusalOf, sourceStateOf } from './source-state';

type SourceItem = ResultOf<typeof SOURCES>['sourcesConnection']['nodes'][number];

export default function SourcesPage() {
  const client = useClient();
  const load = useCallback(
    async (after: string | null) => {
      const { data, error } = await client
        .query(SOURCES, { after }, { requestPolicy: 'network-only' })
        .toPromise();
      return { page: data?.sourcesConnection, error };
    },
    [client],
  );
  return (
    <>
      <PageHeader title="Sources" about="Where webhooks of providers come in, and become events.">
        <NewSource />
      </PageHeader>
      <PagedList
        label="Sources"
        load={load}
        columns="120px minmax(0, 1.1fr) minmax(0, 1fr) minmax(0, 1.5fr) 76px"
        head={['Status', 'Source', 'Address', 'Last request', 'Made']}
        row={(source) => <SourceRow source={source} />}
        empty={
          <EmptyState icon="incoming" title="No source yet">
            Stripe, GitHub, Shopify, Twilio, Slack and others can send their webhooks here. Each is verified,
            and becomes an event that your endpoints get like any other.
          </EmptyState>
        }
      />
    </>
  );
}

function SourceRow({ source }: { source: SourceItem }) {
  const { tenant } = useViewer();
  const { id, name, provider, url, createdAt } = source;
  return (
    <Link to={`/sources/${id}`} className="row">
      <span className="at-status">
        <StatusBadge status={sourceStateOf(source)} />
      </span>
      <span className="at-first with-mark">
        <ProviderMark provider={provider} />
        <span className="grow">
          <span className="main-text cut">{name}</span>
          <span className="side cut">
            {tenant ? '' : `${source.tenant.slug} · `}
            {PROVIDERS[provider].name}
          </span>
        </span>
      </span>
      <span className="mono cut at-second">{url}</span>
      <span className="side cut at-third">
        <LastRequest source={source} />
      </span>
      <span className="side end at-end">
        <When at={createdAt} />
      </span>
    </Link>
  );
}

function LastRequest({ source }: { source: SourceItem }) {
  const { lastReceivedAt, lastRefusedAt } = source;
  if (sourceStateOf(source) === 'REFUSING' && lastRefusedAt !== null)
    return (
      <>
        refused <When at={lastRefusedAt} />: {refusalOf(source)?.why}
      </>
    );
  if (lastReceivedAt === null) return 'none yet';
  return (
    <>
      taken <When at={lastReceivedAt} />
    </>
  );
}
