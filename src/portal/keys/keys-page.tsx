import '../styles/lists.css';
import '../styles/delivery.css';
import '../styles/endpoints.css';
import { Button, Checkbox, Group, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../graphql/graphql';
import { CodeBlock } from '../parts/code-block';
import { EmptyState } from '../parts/empty-state';
import { Failure } from '../parts/failure';
import { Faults } from '../parts/faults';
import { Notice } from '../parts/notice';
import { PageHeader } from '../parts/page-header';
import { Panel } from '../parts/panel';
import { RowSkeletons } from '../parts/skeletons';
import { useAction } from '../parts/use-action';
import { When } from '../parts/when';
import { useViewer } from '../session/viewer';

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

const CREATE_KEY = graphql(`
  mutation CreateKey($input: ApiKeyCreateInput!) {
    apiKeyCreate(input: $input) {
      plainKey
      apiKey {
        id
      }
      userErrors {
        field
        code
        message
      }
    }
  }
`);

const REVOKE = graphql(`
  mutation RevokeKey($id: ID!) {
    apiKeyRevoke(id: $id) {
      deletedId
      userErrors {
        field
        code
        message
      }
    }
  }
`);

/** What a key of a tenant may be given; only those that the caller has. */
const SCOPES = [
  ...['events:publish', 'events:read', 'endpoints:read', 'endpoints:write', 'endpoints:secret'],
  ...['deliveries:read', 'deliveries:write', 'keys:write', 'catalog:write', 'audit:read'],
];

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
            <ul className="plain">
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
  lastUsedAt: string | null;
  expiresAt: string | null;
}

function KeyRow({ apiKey, onRevoked }: { apiKey: KeyItem; onRevoked: () => void }) {
  const { run, faults, isRunning } = useAction(REVOKE);
  const [isSure, setSure] = useState(false);
  const { id, name, prefix, scopes, lastUsedAt } = apiKey;

  async function revoke(): Promise<void> {
    if (!isSure) setSure(true);
    else if (await run({ id }, ({ apiKeyRevoke }) => apiKeyRevoke)) onRevoked();
  }

  return (
    <li className="plain-row wrap">
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

function NewKey({ tenantId, onMade }: { tenantId: string; onMade: () => void }) {
  const { may } = useViewer();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(['events:publish']);
  const [plainKey, setPlainKey] = useState<string | null>(null);
  const { run, faults, isRunning } = useAction(CREATE_KEY);

  async function make(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const answer = await run({ input: { tenantId, name, scopes } }, ({ apiKeyCreate }) => apiKeyCreate);
    if (!answer) return;
    setPlainKey(answer.plainKey);
    setName('');
    onMade();
  }

  return (
    <Panel title="New key">
      <form onSubmit={(event) => void make(event)} noValidate>
        <TextInput
          label="What it is for"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          mb="sm"
        />
        <Checkbox.Group label="What it may do" value={scopes} onChange={setScopes}>
          <Group gap="md" mt={6}>
            {SCOPES.filter(may).map((scope) => (
              <Checkbox key={scope} value={scope} label={scope} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group justify="flex-end" my="sm">
          <Button type="submit" loading={isRunning}>
            Make key
          </Button>
        </Group>
      </form>
      <Faults faults={faults} />
      {plainKey !== null && (
        <Notice tone="good" role="status" title="Copy it now: it is not shown again">
          <div className="gap" />
          <CodeBlock label="Key" text={plainKey} />
        </Notice>
      )}
    </Panel>
  );
}
