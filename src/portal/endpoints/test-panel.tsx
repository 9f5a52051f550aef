import { Button, Group, JsonInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { AttemptPanel } from '../deliveries/attempt-panel';
import type { Attempt } from '../deliveries/attempt-fields';
import { asFault, Faults } from '../parts/states/faults';
import { Icon } from '../parts/icon';
import { Panel } from '../parts/panel';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';
import type { EndpointDetail } from './endpoint-detail';
import { TEST } from './endpoint-queries';

/** One signed request now, with the answer shown. It is no event and leaves no delivery. */
export function TestPanel({ endpoint: { id, url } }: { endpoint: EndpointDetail }) {
  const { may } = useViewer();
  const [eventType, setEventType] = useState('warren.test');
  const [data, setData] = useState('{\n  "hello": "world"\n}');
  const [attempt, setAttempt] = useState<Attempt | null>(null);
  const { run, faults, setFaults, isRunning } = useAction(TEST);
  if (!may('endpoints:write')) return null;

  async function send(): Promise<void> {
    let parsed: unknown;
    try {
      parsed = JSON.parse(data);
    } catch (error) {
      setFaults([asFault(`The data is no JSON: ${error instanceof Error ? error.message : ''}`)]);
      return;
    }
    setAttempt(null);
    const answer = await run({ input: { id, eventType, data: parsed } }, ({ endpointTest }) => endpointTest);
    setAttempt(answer?.attempt ?? null);
  }

  return (
    <Panel title="Send a test">
      <TextInput
        label="Type"
        value={eventType}
        onChange={(event) => setEventType(event.currentTarget.value)}
        mb="sm"
      />
      <JsonInput
        label="Data"
        autosize
        minRows={3}
        maxRows={14}
        formatOnBlur
        classNames={{ input: 'mono' }}
        value={data}
        onChange={setData}
      />
      <Group justify="flex-end" my="sm">
        <Button loading={isRunning} leftSection={<Icon name="send" size={16} />} onClick={() => void send()}>
          Send test
        </Button>
      </Group>
      <Faults faults={faults} />
      {attempt && (
        <div role="status">
          <AttemptPanel attempt={attempt} url={url} title={attempt.ok ? 'It arrived' : 'It did not arrive'} />
        </div>
      )}
    </Panel>
  );
}
