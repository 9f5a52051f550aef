import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useClient } from 'urql';
import { sentenceOf } from '../graphql/client';
import { STATUSES, WITHIN, useEndpointChoices, type Status } from '../deliveries/delivery-filters';
import { wordsOf } from '../endpoints/endpoint-values';
import { asFault, Faults } from '../parts/faults';
import { Panel } from '../parts/panel';
import { statusWords } from '../parts/status-badge';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';
import { COUNT, CREATE_REPLAY } from './replay-queries';

/** Choose, count, then run: nobody sends thousands of requests by mistake. */
export function NewReplay({ onStarted }: { onStarted: () => void }) {
  const { may, tenant } = useViewer();
  const client = useClient();
  const endpoints = useEndpointChoices();
  const [values, setValues] = useState({ status: 'DEAD_LETTERED', endpoint: '', within: 'day', types: '' });
  const [count, setCount] = useState<number | null>(null);
  const { run, faults, setFaults, isRunning } = useAction(CREATE_REPLAY);
  const selection = useMemo(() => {
    const types = wordsOf(values.types);
    const ms = WITHIN[values.within]?.ms ?? 86_400_000;
    return {
      status: [values.status as Status],
      since: new Date(Date.now() - ms).toISOString(),
      ...(values.endpoint === '' ? {} : { endpointId: values.endpoint }),
      ...(types.length === 0 ? {} : { types }),
    };
  }, [values]);
  if (!may('deliveries:write')) return null;

  const field = (name: keyof typeof values) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setCount(null);
      setValues((before) => ({ ...before, [name]: value }));
    },
  });

  async function countFirst(): Promise<void> {
    const { data, error } = await client
      .query(COUNT, { filter: selection }, { requestPolicy: 'network-only' })
      .toPromise();
    setFaults(error ? [asFault(sentenceOf(error))] : []);
    setCount(data?.deliveries.totalCount ?? null);
  }
  async function start(): Promise<void> {
    if (!(await run({ input: selection }, ({ replayCreate }) => replayCreate))) return;
    setCount(null);
    onStarted();
  }

  return (
    <Panel title="Send again">
      {!tenant && <p className="side">A replay is of one tenant: choose one at the lower left.</p>}
      <div className="fields">
        <NativeSelect
          label="Which"
          data={STATUSES.filter((status) => status !== 'PENDING').map((value) => ({
            value,
            label: value === 'DEAD_LETTERED' ? 'Dead letters' : statusWords(value),
          }))}
          {...field('status')}
        />
        <NativeSelect
          label="To"
          data={[{ value: '', label: 'Every endpoint' }, ...endpoints]}
          {...field('endpoint')}
        />
        <NativeSelect
          label="Received"
          data={Object.entries(WITHIN).map(([value, { label }]) => ({ value, label }))}
          {...field('within')}
        />
        <TextInput label="Types" placeholder="any" {...field('types')} />
      </div>
      <Group justify="flex-end" mt="md">
        {count !== null && (
          <span role="status" className="side">
            {count === 0 ? 'Nothing fits.' : `${count.toLocaleString()} would be sent again.`}
          </span>
        )}
        {count === null || count === 0 ? (
          <Button variant="default" disabled={!tenant} onClick={() => void countFirst()}>
            Count first
          </Button>
        ) : (
          <Button loading={isRunning} onClick={() => void start()}>
            Send {count.toLocaleString()} again
          </Button>
        )}
      </Group>
      <Faults faults={faults} />
    </Panel>
  );
}
