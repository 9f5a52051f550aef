import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/endpoints.css';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { FAULT } from '../graphql/fault';
import { graphql } from '../graphql/graphql';
import { EmptyState } from '../parts/states/empty-state';
import { Failure } from '../parts/states/failure';
import { Faults } from '../parts/states/faults';
import { PageHeader } from '../parts/page-header';
import { Panel } from '../parts/panel';
import { RowSkeletons } from '../parts/states/skeletons';
import { useAction } from '../parts/use-action';
import { When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import { NewKey } from './new-key';

const KEYS = graphql(`
  query Keys($id: ID!) {
    tenant(id: $id) {
      id
      apiKeys {
        id
        name
        prefix
        scopes
        createdAt
        lastUsedAt
        expiresAt
      }
    }
  }
`);

const REVOKE = graphql(
  `
    mutation RevokeKey($id: ID!) {
      apiKeyRevoke(id: $id) {
        deletedId
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

export default function KeysPage() {
  const { tenant, may } = useViewer();
  const mayAsk = tenant !== null && may('keys:write');
  const [{ data, error }, ask] = useQuery({
    query: KEYS,
    variables: { id: tenant?.id ?? '' },
    pause: !mayAsk,
  });
  const refresh = () => ask({ requestPolicy: 'network-only' });
  return (
    <>
      <PageHeader title="Keys" about="What programs sign in with. A key is told once, when it is made." />
      {!mayAsk && (
        <div className="panel">
          <EmptyState icon="key" title={tenant ? 'Keys are not shown to you' : 'Choose a tenant'}>
            {tenant
              ? 'That takes the scope keys:write.'
              : 'Keys belong to one tenant. The list at the lower left says for whom you act.'}
          </EmptyState>
        </div>
      )}
      {error && <Failure error={error} onRetry={refresh} />}
      {mayAsk && !data && !error && <RowSkeletons />}
      {mayAsk && data && (
        <div className="column">
          <NewKey tenantId={tenant.id} onMade={refresh} />
          <Panel title="In use" flush>
            {data.tenant?.apiKeys.length === 0 && <p className="side padded">No key is in use.</p>}
            <ul className="plain" aria-label="In use">
              {data.tenant?.apiKeys.map((key) => (
                <KeyRow key={key.id} apiKey={key} onRevoked={refresh} />
              ))}
            </ul>
          </Panel>
        </div>
      )}
    </>
  );
}

interface KeyItem {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  createdAt: string;
  lastUsedAt: string | null;
  expiresAt: string | null;
}

function KeyRow({ apiKey, onRevoked }: { apiKey: KeyItem; onRevoked: () => void }) {
  const { run, faults, isRunning } = useAction(REVOKE);
  const [isSure, setSure] = useState(false);
  const { id, name, prefix, scopes, createdAt, lastUsedAt, expiresAt } = apiKey;

  async function revoke(): Promise<void> {
    if (!isSure) setSure(true);
    else if (await run({ id }, ({ apiKeyRevoke }) => apiKeyRevoke)) onRevoked();
  }

  return (
    <li className="plain-row wrap key-row">
      <span className="grow">
        <span className="main-text">{name}</span> <code className="mono">{prefix}…</code>
        <span className="side block-line">{scopes.join(', ')}</span>
      </span>
      <span className="side">
        {lastUsedAt === null ? (
          'never used'
        ) : (
          <>
            used <When at={lastUsedAt} />
          </>
        )}
        <span className="block-line">
          made <When at={createdAt} />
          {expiresAt !== null && (
            <>
              , ends <When at={expiresAt} />
            </>
          )}
        </span>
      </span>
      <Button
        size="xs"
        variant={isSure ? 'filled' : 'default'}
        {...(isSure ? { color: 'red.9' } : {})}
        loading={isRunning}
        onClick={() => void revoke()}
        onBlur={() => setSure(false)}
      >
        {isSure ? 'Revoke for good' : 'Revoke'}
      </Button>
      <Faults faults={faults} />
    </li>
  );
}
