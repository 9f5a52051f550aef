import '../styles/lists.css';
import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { ResultOf } from 'gql.tada';
import { useCallback } from 'react';
import { useClient } from 'urql';
import { Link, useSearchParams } from 'wouter';
import { graphql } from '../graphql/graphql';
import { EmptyState } from '../parts/states/empty-state';
import { shortId } from '../parts/values/mono';
import { PageHeader } from '../parts/page-header';
import { PagedList } from '../parts/lists/paged-list';
import { When } from '../parts/values/when';
import { useViewer } from '../session/viewer';

const EVENTS = graphql(`
  query Events($after: Cursor, $filter: EventFilter) {
    events(first: 50, after: $after, filter: $filter) {
      nodes {
        id
        type
        version
        receivedAt
        orderingKey
        idempotencyKey
        tenant {
          slug
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

type EventItem = ResultOf<typeof EVENTS>['events']['nodes'][number];

export default function EventsPage() {
  const client = useClient();
  // In the address, so that a view can be linked to.
  const [search, setSearch] = useSearchParams();
  const type = search.get('type') ?? '';
  const [asked] = useDebouncedValue(type.trim(), 300);
  const load = useCallback(
    async (after: string | null) => {
      const filter = asked === '' ? null : { types: asked.split(/[\s,]+/) };
      const { data, error } = await client
        .query(EVENTS, { after, filter }, { requestPolicy: 'network-only' })
        .toPromise();
      return { page: data?.events, error };
    },
    [client, asked],
  );
  return (
    <>
      <PageHeader title="Events" about="What happened, as its producers told it." />
      <div className="filters">
        <div className="filter-fields">
          <TextInput
            aria-label="Event type"
            placeholder="Event type"
            value={type}
            onChange={(event) => {
              const { value } = event.currentTarget;
              setSearch(value === '' ? {} : { type: value }, { replace: true });
            }}
          />
        </div>
      </div>
      <PagedList
        label="Events"
        load={load}
        columns="minmax(0, 1.4fr) minmax(0, 1fr) minmax(0, 1fr) 76px"
        head={['Event type', 'Idempotency key', 'Ordering key', 'Received']}
        row={(event) => <EventRow event={event} />}
        empty={
          <EmptyState icon="bolt" title={asked === '' ? 'No events yet' : 'No event of this type'}>
            Publish one over AMQP to the exchange of events, or by the mutation eventPublish.
          </EmptyState>
        }
      />
    </>
  );
}

function EventRow({ event }: { event: EventItem }) {
  const { tenant } = useViewer();
  return (
    <Link to={`/events/${event.id}`} className="row">
      <span className="at-first">
        <span className="main-text cut">{event.type}</span>
        <span className="side mono cut">
          {tenant ? '' : `${event.tenant.slug} · `}
          {shortId(event.id)} · v{event.version}
        </span>
      </span>
      <span className="mono cut at-second">{event.idempotencyKey}</span>
      <span className="mono cut at-third">{event.orderingKey}</span>
      <span className="side end at-end">
        <When at={event.receivedAt} />
      </span>
    </Link>
  );
}
