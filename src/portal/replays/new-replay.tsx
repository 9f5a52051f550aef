import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import type { ResultOf } from 'gql.tada';
import { useMemo, useState } from 'react';
import { useClient } from 'urql';
import { sentenceOf } from '../graphql/client';
import { STATUSES, WITHIN, useEndpointChoices, type Status } from '../deliveries/delivery-filters';
import { wordsOf } from '../endpoints/endpoint-values';
import { asFault, Faults } from '../parts/states/faults';
import { Panel } from '../parts/panel';
import { statusWords } from '../parts/values/status-badge';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';
import { COUNT, CREATE_REPLAY } from './replay-queries';

/** Choose, count, then run: nobody sends thousands of requests by mistake. */
export function NewReplay({ onStarted }: { onStarted: () => void }) {
  const { may, tenant } = useViewer();
  const client = useClient();
  const endpoints = useEndpointChoices();
  const [values, setValues] = useState({ status: 'DEAD_LETTERED', endpoint: '', within: 'day', types: '' });
  const [counted, setCounted] = useState<Counted | null>(null);
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
      setCounted(null);
      setValues((before) => ({ ...before, [name]: value }));
    },
  });

  async function countFirst(): Promise<void> {
    const { data, error } = await client
      .query(COUNT, { filter: selection }, { requestPolicy: 'network-only' })
      .toPromise();
    setFaults(error ? [asFault(sentenceOf(error))] : []);
    setCounted(data?.deliveries ?? null);
  }
  async function start(): Promise<void> {
    if (!(await run({ input: selection }, ({ replayCreate }) => replayCreate))) return;
    setCounted(null);
    onStarted();
  }

  const isNothing = counted?.totalCount === 0 && counted.totalCountIsExact;
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
        {counted && (
          <span role="status" className="side">
            {isNothing ? 'Nothing fits.' : `${inWords(counted)} would be sent again.`}
          </span>
        )}
        {!counted || isNothing ? (
          <Button variant="default" disabled={!tenant} onClick={() => void countFirst()}>
            Count first
          </Button>
        ) : (
          <Button loading={isRunning} onClick={() => void start()}>
            Send {counted.totalCountIsExact ? inWords(counted) : 'all of them'} again
          </Button>
        )}
      </Group>
      <Faults faults={faults} />
    </Panel>
  );
}

type Counted = ResultOf<typeof COUNT>['deliveries'];

/** Counting ends where it would take long. */
const inWords = ({ totalCount, totalCountIsExact }: Counted): string =>
  totalCountIsExact ? totalCount.toLocaleString() : `At least ${totalCount.toLocaleString()}`;
