import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/endpoints.css';
import '../styles/event-types.css';
import type { ResultOf } from 'gql.tada';
import { useCallback } from 'react';
import { useClient } from 'urql';
import { Link } from 'wouter';
import { EmptyState } from '../parts/states/empty-state';
import { PageHeader } from '../parts/page-header';
import { PagedList } from '../parts/lists/paged-list';
import { useViewer } from '../session/viewer';
import { ContractLinks } from './contract-links';
import { EVENT_TYPES } from './event-type-queries';
import { SeenTypes } from './seen-types';
import { TypeMarks } from './type-marks';

type Entry = ResultOf<typeof EVENT_TYPES>['eventTypes']['nodes'][number];

export default function EventTypesPage() {
  const client = useClient();
  const load = useCallback(
    async (after: string | null) => {
      const { data, error } = await client
        .query(EVENT_TYPES, { after }, { requestPolicy: 'network-only' })
        .toPromise();
      return { page: data?.eventTypes, error };
    },
    [client],
  );
  return (
    <>
      <PageHeader title="Event types" about="What can be subscribed to, and what its data looks like.">
        <ContractLinks />
      </PageHeader>
      <div className="column">
        <PagedList
          label="Event types"
          load={load}
          columns="minmax(0, 1.1fr) minmax(0, 1.6fr) 210px"
          head={['Event type', 'What it means', '']}
          row={(entry) => <EntryRow entry={entry} />}
          empty={
            <EmptyState icon="tag" title="The catalog is empty">
              An event type gets its description, schema and example by the mutation eventTypeUpsert. Events
              need none to be delivered.
            </EmptyState>
          }
        />
        <SeenTypes />
      </div>
    </>
  );
}

function EntryRow({ entry }: { entry: Entry }) {
  const { tenant } = useViewer();
  const owner = entry.tenant?.slug ?? 'all tenants';
  return (
    <Link to={`/event-types/${encodeURIComponent(entry.name)}`} className="row">
      <span className="at-first">
        <code className="mono main-text cut">{entry.name}</code>
        {!tenant && <span className="side cut">{owner}</span>}
      </span>
      <span className="side cut at-third">{entry.description}</span>
      <span className="end at-status">
        <TypeMarks entry={entry} />
      </span>
    </Link>
  );
}
