import { Button, Drawer, Group, Modal, Text } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { PauseButton } from './pause-button';
import { Faults } from '../parts/faults';
import { Icon } from '../parts/icon';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';
import { EndpointForm } from './endpoint-form';
import type { EndpointDetail } from './endpoint-page';
import { DELETE, UPDATE } from './endpoint-queries';
import { readHeaders, settingsOf, valuesOf, type EndpointValues } from './endpoint-values';

export function EndpointActions({ endpoint }: { endpoint: EndpointDetail }) {
  const { may } = useViewer();
  if (!may('endpoints:write')) return null;
  return (
    <>
      <PauseButton endpoint={endpoint} />
      <EditButton endpoint={endpoint} />
      <DeleteButton endpoint={endpoint} />
    </>
  );
}

function EditButton({ endpoint }: { endpoint: EndpointDetail }) {
  const [isOpen, setOpen] = useState(false);
  const { run, faults, isRunning } = useAction(UPDATE);
  const start = valuesOf(endpoint);
  const { headers } = start;

  async function save(values: EndpointValues): Promise<void> {
    // Masked values must not be written back as they look.
    const changed = values.headers === headers ? {} : { headers: readHeaders(values.headers) };
    const input = { id: endpoint.id, ...settingsOf(values), ...changed };
    if (await run({ input }, ({ endpointUpdate }) => endpointUpdate)) setOpen(false);
  }

  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        Edit
      </Button>
      <Drawer
        opened={isOpen}
        onClose={() => setOpen(false)}
        position="right"
        size="lg"
        title={<span className="drawer-title">Edit {endpoint.name}</span>}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <EndpointForm
          start={start}
          isNew={false}
          submit="Save"
          faults={faults}
          isBusy={isRunning}
          onSubmit={(values) => void save(values)}
        />
      </Drawer>
    </>
  );
}

function DeleteButton({ endpoint: { id, name } }: { endpoint: EndpointDetail }) {
  const [isOpen, setOpen] = useState(false);
  const [, go] = useLocation();
  const { run, faults, isRunning } = useAction(DELETE);

  async function remove(): Promise<void> {
    if (await run({ id }, ({ endpointDelete }) => endpointDelete)) go('/endpoints');
  }

  return (
    <>
      <Button variant="default" leftSection={<Icon name="trash" size={16} />} onClick={() => setOpen(true)}>
        Delete
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={<span className="drawer-title">Delete {name}?</span>}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Text mb="md">
          Its subscriptions end with it, and what has not been delivered is cancelled. What was delivered
          stays on record.
        </Text>
        <Faults faults={faults} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setOpen(false)}>
            Keep it
          </Button>
          <Button color="red.9" loading={isRunning} onClick={() => void remove()}>
            Delete for good
          </Button>
        </Group>
      </Modal>
    </>
  );
}
