import { Button, Group, Textarea, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { Faults } from '../parts/states/faults';
import { Panel } from '../parts/panel';
import { useAction } from '../parts/use-action';
import { UPDATE_INSPECTOR, type InspectorDetail } from './inspector-queries';

/** What the inspector answers from now on, and the secret that it checks with. */
export function AnswerForm({ inspector: { id, answer, hasSecret } }: { inspector: InspectorDetail }) {
  const [status, setStatus] = useState(String(answer.status));
  const [delayMs, setDelayMs] = useState(String(answer.delayMs));
  const [failFirst, setFailFirst] = useState('');
  const [body, setBody] = useState(answer.body);
  const [secret, setSecret] = useState('');
  const { run, faults, isRunning } = useAction(UPDATE_INSPECTOR);

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const input = {
      ...{ id, body, status: wholeOf(status), delayMs: wholeOf(delayMs) },
      // What is left of it counts down meanwhile.
      ...(failFirst.trim() === '' ? {} : { failFirst: wholeOf(failFirst) }),
      ...(secret.trim() === '' ? {} : { secret: secret.trim() }),
    };
    if (await run({ input }, ({ inspectorUpdate }) => inspectorUpdate)) {
      setSecret('');
      setFailFirst('');
    }
  }

  return (
    <Panel title="What it answers">
      <form onSubmit={(event) => void save(event)} noValidate>
        <div className="fields">
          <TextInput label="Status" value={status} onChange={(e) => setStatus(e.currentTarget.value)} />
          <TextInput
            label="Wait, in ms"
            value={delayMs}
            onChange={(e) => setDelayMs(e.currentTarget.value)}
          />
          <TextInput
            label="Fail the next"
            placeholder={String(answer.failuresLeft)}
            value={failFirst}
            onChange={(e) => setFailFirst(e.currentTarget.value)}
          />
        </div>
        <Textarea
          label="Body, as plain text"
          autosize
          minRows={2}
          maxRows={8}
          classNames={{ input: 'mono' }}
          value={body}
          onChange={(e) => setBody(e.currentTarget.value)}
          mt="sm"
        />
        <TextInput
          label="Secret of another sender"
          description={
            hasSecret ? 'One is kept; another takes its place.' : 'Not needed for endpoints of your own.'
          }
          placeholder="whsec_…"
          type="password"
          autoComplete="off"
          value={secret}
          onChange={(e) => setSecret(e.currentTarget.value)}
          mt="sm"
        />
        <Group justify="flex-end" my="sm">
          <Button type="submit" loading={isRunning}>
            Save
          </Button>
        </Group>
      </form>
      <Faults faults={faults} />
    </Panel>
  );
}

/** Nothing is the default again. */
const wholeOf = (text: string): number | null => (text.trim() === '' ? null : Math.trunc(Number(text)) || 0);
