import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { useState } from 'react';
import { useClient } from 'urql';
import { CodeBlock } from '../parts/values/code-block';
import { Faults } from '../parts/states/faults';
import { Icon } from '../parts/icon';
import { Notice } from '../parts/states/notice';
import { Panel } from '../parts/panel';
import { useAction } from '../parts/use-action';
import { Countdown } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import type { EndpointDetail } from './endpoint-detail';
import { ROTATE, SECRET } from './endpoint-queries';

const OVERLAPS = [
  { value: '0', label: 'ends now' },
  { value: '3600', label: 'signs for another hour' },
  { value: '86400', label: 'signs for another day' },
  { value: '604800', label: 'signs for another week' },
];

/** The secret is asked for when somebody wants to see it, and is gone from the page when it is hidden again. */
export function SecretPanel({ endpoint }: { endpoint: EndpointDetail }) {
  const { may } = useViewer();
  const client = useClient();
  const [secret, setSecret] = useState<string | null>(null);
  const { id, signatureScheme, publicKey, oldSecretsUntil } = endpoint;

  async function reveal(): Promise<void> {
    const { data } = await client.query(SECRET, { id }, { requestPolicy: 'network-only' }).toPromise();
    setSecret(data?.endpoint?.secret ?? null);
  }

  return (
    <Panel
      title="Signing"
      actions={
        may('endpoints:secret') && (
          <Button
            variant="default"
            size="xs"
            leftSection={<Icon name="eye" size={15} />}
            onClick={() => (secret === null ? void reveal() : setSecret(null))}
          >
            {secret === null ? 'Show secret' : 'Hide secret'}
          </Button>
        )
      }
    >
      <Text size="sm" c="dimmed" mb="xs">
        {signatureScheme === 'ED25519'
          ? 'Ed25519 (v1a): receivers verify with the public key.'
          : 'HMAC-SHA256 (v1): receivers verify with the secret.'}
      </Text>
      {publicKey !== null && <CodeBlock label="Public key" text={publicKey} />}
      {secret !== null && <CodeBlock label="Secret" text={secret} />}
      {oldSecretsUntil !== null && (
        <div className="block" role="status">
          <Notice tone="info" title="Two secrets sign each request">
            The old one ends <Countdown until={oldSecretsUntil} />. Give the new one to the receiver before
            that.
          </Notice>
        </div>
      )}
      {may('endpoints:write') && <Rotate id={id} onRotated={() => setSecret(null)} />}
    </Panel>
  );
}

function Rotate({ id, onRotated }: { id: string; onRotated: () => void }) {
  const [overlap, setOverlap] = useState('86400');
  const [isDone, setDone] = useState(false);
  const { run, faults, isRunning } = useAction(ROTATE);

  async function rotate(): Promise<void> {
    const input = { id, overlapSeconds: Number(overlap) };
    setDone((await run({ input }, ({ endpointSecretRotate }) => endpointSecretRotate)) !== undefined);
    onRotated();
  }

  return (
    <>
      <Group gap="xs" mt="sm" align="flex-end">
        <NativeSelect
          label="The old secret"
          data={OVERLAPS}
          value={overlap}
          onChange={(event) => setOverlap(event.currentTarget.value)}
          flex="1 1 210px"
        />
        <Button variant="default" loading={isRunning} onClick={() => void rotate()}>
          Rotate secret
        </Button>
      </Group>
      <div className="gap" />
      <Faults faults={faults} />
      {isDone && (
        <Notice tone="good" role="status" title="A new secret signs from now on">
          {overlap === '0' ? 'The old one has ended: give the new one to the receiver now.' : null}
        </Notice>
      )}
    </>
  );
}
