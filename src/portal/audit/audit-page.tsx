import '../styles/lists.css';
import type { ResultOf } from 'gql.tada';
import { useCallback } from 'react';
import { useClient } from 'urql';
import { Link } from 'wouter';
import { graphql } from '../graphql/graphql';
import { EmptyState } from '../parts/states/empty-state';
import { PageHeader } from '../parts/page-header';
import { PagedList } from '../parts/lists/paged-list';
import { When } from '../parts/values/when';
import { changeWords, pageOf } from './change-words';

const AUDIT = graphql(`
  query Audit($after: Cursor) {
    auditLog(first: 50, after: $after) {
      nodes {
        id
        action
        at
        fields
        objectId
        ok
        address
        actor {
          kind
          id
          prefix
        }
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`);

const ACTOR_WORDS = {
  API_KEY: 'API key',
  OPERATOR: 'Operator',
  PORTAL: 'Portal session',
  TOKEN: 'Token',
};

type Entry = ResultOf<typeof AUDIT>['auditLog']['nodes'][number];

export default function AuditPage() {
  const client = useClient();
  const load = useCallback(
    async (after: string | null) => {
      const { data, error } = await client
        .query(AUDIT, { after }, { requestPolicy: 'network-only' })
        .toPromise();
      return { page: data?.auditLog, error };
    },
    [client],
  );
  return (
    <>
      <PageHeader title="Audit log" about="Who changed what, when and from where." />
      <PagedList
        label="Changes"
        load={load}
        columns="minmax(0, 1.2fr) minmax(0, 1.4fr) minmax(0, 1fr) 76px"
        head={['What', 'On', 'Who', 'When']}
        row={(entry) => <EntryRow entry={entry} />}
        empty={<EmptyState icon="list" title="Nothing was changed yet" />}
      />
    </>
  );
}

function EntryRow({ entry: { action, at, fields, objectId, ok, address, actor } }: { entry: Entry }) {
  return (
    <div className="row">
      <span className="at-first">
        <span className="main-text cut" title={action}>
          {changeWords(action)}
        </span>
        <span className="side block-line">{ok ? fields.join(', ') : 'broke midway'}</span>
      </span>
      <span className="mono cut at-second">
        <Changed id={objectId} />
      </span>
      <span className="at-third">
        <span className="cut">
          {ACTOR_WORDS[actor.kind]} {actor.prefix !== null && <code className="mono">{actor.prefix}…</code>}
        </span>
        <span className="side cut">{address}</span>
      </span>
      <span className="side end at-end">
        <When at={at} />
      </span>
    </div>
  );
}

function Changed({ id }: { id: string | null }) {
  const page = id === null ? undefined : pageOf(id);
  return page === undefined ? id : <Link to={page}>{id}</Link>;
}
