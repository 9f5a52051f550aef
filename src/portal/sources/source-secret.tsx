import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { Faults } from '../parts/states/faults';
import { Notice } from '../parts/states/notice';
import { Panel } from '../parts/panel';
import { useAction } from '../parts/use-action';
import { Countdown } from '../parts/values/when';
import { PROVIDERS } from './providers';
import { SecretField } from './secret-field';
import type { SourceDetail } from './source-detail';
import { ROTATE_SOURCE_SECRET } from './source-queries';

const OVERLAPS = [
  { value: '0', label: 'ends now' },
  { value: '3600', label: 'is good for another hour' },
  { value: '86400', label: 'is good for another day' },
  { value: '604800', label: 'is good for another week' },
];

/** The provider's secret is taken and never shown again; beside a new one the old one is good for a while. */
export function SourceSecret({ source }: { source: SourceDetail }) {
  const { id, provider, oldSecretsUntil, lastReceivedAt } = source;
  const { name } = PROVIDERS[provider];
  const [secret, setSecret] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const [isDone, setDone] = useState(false);
  const { run, faults, isRunning } = useAction(ROTATE_SOURCE_SECRET);
  // Where nothing has come yet, nobody signs with the old one.
  const overlap = chosen ?? (lastReceivedAt === null ? '0' : '86400');

  async function rotate(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const input = { id, signingSecret: secret.trim(), overlapSeconds: Number(overlap) };
    const isTaken = (await run({ input }, ({ sourceSecretRotate }) => sourceSecretRotate)) !== undefined;
    setDone(isTaken);
    if (isTaken) setSecret('');
  }

  return (
    <Panel title="Signing secret">
      <Text size="sm" c="dimmed" mb="sm">
        Requests are taken when they are signed with it. Warren keeps it sealed, and never tells it again.
      </Text>
      {oldSecretsUntil !== null && (
        <div className="block" role="status">
          <Notice tone="info" title="Two secrets are good">
            The old one ends <Countdown until={oldSecretsUntil} />. Give the new one to {name} before that.
          </Notice>
        </div>
      )}
      <form onSubmit={(event) => void rotate(event)} noValidate>
        <SecretField
          provider={provider}
          label="New secret"
          value={secret}
          onChange={(value) => {
            setSecret(value);
            setDone(false);
          }}
          hasFault={faults.some(({ field }) => field?.at(-1) === 'signingSecret')}
        />
        <Group gap="xs" my="sm" align="flex-end">
          <NativeSelect
            label="The old secret"
            data={OVERLAPS}
            value={overlap}
            onChange={(event) => setChosen(event.currentTarget.value)}
            flex="1 1 210px"
          />
          <Button type="submit" variant="default" loading={isRunning}>
            Rotate secret
          </Button>
        </Group>
      </form>
      <Faults faults={faults} />
      {isDone && <Notice tone="good" role="status" title="The new secret is good from now on" />}
    </Panel>
  );
}
