import { Button, Checkbox, Group, Modal, NativeSelect, Text } from '@mantine/core';
import { useState } from 'react';
import { Faults } from '../parts/states/faults';
import { Icon } from '../parts/icon';
import { useAction } from '../parts/use-action';
import type { EndpointDetail } from './endpoint-detail';
import { PAUSE, RESUME } from './endpoint-queries';

/** How old is too old, in milliseconds. */
const AGES = [
  { value: '', label: 'nothing' },
  { value: '3600000', label: 'what was received more than an hour ago' },
  { value: '86400000', label: 'what was received more than a day ago' },
  { value: '604800000', label: 'what was received more than a week ago' },
];

/** Pause at once; resume with the choice of what is still worth delivering. */
export function PauseButton({ endpoint: { id, status, health } }: { endpoint: EndpointDetail }) {
  const [isOpen, setOpen] = useState(false);
  const [age, setAge] = useState('');
  const [newestOnly, setNewestOnly] = useState(false);
  const pausing = useAction(PAUSE);
  const resuming = useAction(RESUME);

  async function resume(): Promise<void> {
    const input = {
      id,
      newestPerOrderingKey: newestOnly,
      ...(age === '' ? {} : { dropOlderThan: new Date(Date.now() - Number(age)).toISOString() }),
    };
    if (await resuming.run({ input }, ({ endpointResume }) => endpointResume)) setOpen(false);
  }

  if (status === 'ACTIVE')
    return (
      <>
        <Button
          variant="default"
          leftSection={<Icon name="pause" size={16} />}
          loading={pausing.isRunning}
          onClick={() => void pausing.run({ id }, ({ endpointPause }) => endpointPause)}
        >
          Pause
        </Button>
        <Faults faults={pausing.faults} />
      </>
    );
  return (
    <>
      <Button leftSection={<Icon name="play" size={16} />} onClick={() => setOpen(true)}>
        Resume
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={<span className="drawer-title">Resume deliveries</span>}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Text mb="md">
          {health.heldCount.toLocaleString()} deliveries wait. They go out oldest first, at a growing pace.
        </Text>
        <NativeSelect
          label="Drop"
          data={AGES}
          value={age}
          onChange={(event) => setAge(event.currentTarget.value)}
          mb="md"
        />
        <Checkbox
          label="Of each ordering key, deliver the newest alone"
          checked={newestOnly}
          onChange={(event) => setNewestOnly(event.currentTarget.checked)}
          mb="md"
        />
        <Faults faults={resuming.faults} />
        <Group justify="flex-end">
          <Button loading={resuming.isRunning} onClick={() => void resume()}>
            Resume now
          </Button>
        </Group>
      </Modal>
    </>
  );
}
