import { Button, Checkbox, Group, NativeSelect, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { FAULT } from '../graphql/fault';
import { graphql } from '../graphql/graphql';
import { CodeBlock } from '../parts/values/code-block';
import { Faults } from '../parts/states/faults';
import { Notice } from '../parts/states/notice';
import { Panel } from '../parts/panel';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';

const CREATE_KEY = graphql(
  `
    mutation CreateKey($input: ApiKeyCreateInput!) {
      apiKeyCreate(input: $input) {
        plainKey
        apiKey {
          id
        }
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

/** What a key of a tenant may be given; only those that the caller has. */
const SCOPES: Record<string, string> = {
  'events:publish': 'Publish events',
  'events:read': 'See events and their data',
  'endpoints:read': 'See endpoints and subscriptions',
  'endpoints:write': 'Make, change and pause endpoints',
  'endpoints:secret': 'See signing secrets',
  'deliveries:read': 'See deliveries and attempts',
  'deliveries:write': 'Send again, cancel, replay',
  'sources:write': 'Connect providers',
  'keys:write': 'Make and revoke keys',
  'catalog:write': 'Change event types',
  'audit:read': 'See who changed what',
};

const DAY_MS = 86_400_000;
const LIFETIMES = [
  { value: '', label: 'when it is revoked' },
  { value: '30', label: 'in 30 days' },
  { value: '90', label: 'in 90 days' },
  { value: '365', label: 'in a year' },
];

/** Scopes of the caller, the key in plain once, and nothing of it afterwards. */
export function NewKey({ tenantId, onMade }: { tenantId: string; onMade: () => void }) {
  const { may } = useViewer();
  const [name, setName] = useState('');
  const [days, setDays] = useState('');
  const [scopes, setScopes] = useState<string[]>(['events:publish']);
  const [plainKey, setPlainKey] = useState<string | null>(null);
  const { run, faults, isRunning } = useAction(CREATE_KEY);

  async function make(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const ends = days === '' ? {} : { expiresAt: new Date(Date.now() + Number(days) * DAY_MS).toISOString() };
    const answer = await run(
      { input: { tenantId, name, scopes, ...ends } },
      ({ apiKeyCreate }) => apiKeyCreate,
    );
    if (!answer) return;
    setPlainKey(answer.plainKey);
    setName('');
    onMade();
  }

  return (
    <Panel title="New key">
      <form onSubmit={(event) => void make(event)} noValidate>
        <div className="fields">
          <TextInput
            label="What it is for"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <NativeSelect
            label="It ends"
            data={LIFETIMES}
            value={days}
            onChange={(event) => setDays(event.currentTarget.value)}
          />
        </div>
        <Checkbox.Group label="What it may do" value={scopes} onChange={setScopes} mt="md">
          <div className="scopes">
            {Object.entries(SCOPES)
              .filter(([scope]) => may(scope))
              .map(([scope, words]) => (
                <Checkbox key={scope} value={scope} label={scope} description={words} />
              ))}
          </div>
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
