import { Button, Drawer } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { PauseButton } from './pause-button';
import { DeleteButton } from '../parts/delete-button';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';
import { EndpointForm } from './endpoint-form';
import type { EndpointDetail } from './endpoint-detail';
import { DELETE, UPDATE } from './endpoint-queries';
import { readHeaders, settingsOf, valuesOf, type EndpointValues } from './endpoint-values';

export function EndpointActions({ endpoint }: { endpoint: EndpointDetail }) {
  const { may } = useViewer();
  if (!may('endpoints:write')) return null;
  return (
    <>
      <PauseButton endpoint={endpoint} />
      <EditButton endpoint={endpoint} />
      <DeleteEndpoint endpoint={endpoint} />
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

function DeleteEndpoint({ endpoint: { id, name } }: { endpoint: EndpointDetail }) {
  const [, go] = useLocation();
  const { run, faults, isRunning } = useAction(DELETE);

  async function remove(): Promise<void> {
    if (await run({ id }, ({ endpointDelete }) => endpointDelete)) go('/endpoints');
  }

  return (
    <DeleteButton name={name} faults={faults} isBusy={isRunning} onDelete={() => void remove()}>
      Its subscriptions end with it, and what has not been delivered is cancelled. What was delivered stays on
      record.
    </DeleteButton>
  );
}
