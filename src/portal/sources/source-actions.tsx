import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useLocation } from 'wouter';
import { DeleteButton } from '../parts/delete-button';
import { Faults } from '../parts/states/faults';
import { Icon } from '../parts/icon';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';
import { defaultPrefix } from './providers';
import type { SourceDetail } from './source-detail';
import { DELETE_SOURCE, UPDATE_SOURCE } from './source-queries';

export function SourceActions({ source }: { source: SourceDetail }) {
  const { may } = useViewer();
  if (!may('sources:write')) return null;
  return (
    <>
      <SwitchButton source={source} />
      <EditButton source={source} />
      <DeleteSource source={source} />
    </>
  );
}

function SwitchButton({ source: { id, enabled } }: { source: SourceDetail }) {
  const { run, faults, isRunning } = useAction(UPDATE_SOURCE);
  return (
    <>
      <Button
        variant={enabled ? 'default' : 'filled'}
        leftSection={<Icon name={enabled ? 'pause' : 'play'} size={16} />}
        loading={isRunning}
        onClick={() => void run({ input: { id, enabled: !enabled } }, ({ sourceUpdate }) => sourceUpdate)}
      >
        {enabled ? 'Disable' : 'Enable'}
      </Button>
      <Faults faults={faults} />
    </>
  );
}

function EditButton({ source }: { source: SourceDetail }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        Edit
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={<span className="drawer-title">Edit {source.name}</span>}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <EditForm source={source} onSaved={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function EditForm({ source, onSaved }: { source: SourceDetail; onSaved: () => void }) {
  const [name, setName] = useState(source.name);
  const [prefix, setPrefix] = useState(source.eventTypePrefix);
  const { run, faults, isRunning } = useAction(UPDATE_SOURCE);

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const input = { id: source.id, name, eventTypePrefix: prefix.trim() || null };
    if (await run({ input }, ({ sourceUpdate }) => sourceUpdate)) onSaved();
  }

  return (
    <form onSubmit={(event) => void save(event)} noValidate>
      <TextInput
        label="Name"
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        mb="md"
      />
      <TextInput
        label="Event types begin with"
        description="Events that have come keep their names."
        placeholder={defaultPrefix(source.provider)}
        value={prefix}
        onChange={(event) => setPrefix(event.currentTarget.value)}
        mb="md"
      />
      <Faults faults={faults} />
      <Group justify="flex-end" mt="md">
        <Button type="submit" loading={isRunning}>
          Save
        </Button>
      </Group>
    </form>
  );
}

function DeleteSource({ source: { id, name } }: { source: SourceDetail }) {
  const [, go] = useLocation();
  const { run, faults, isRunning } = useAction(DELETE_SOURCE);

  async function remove(): Promise<void> {
    if (await run({ id }, ({ sourceDelete }) => sourceDelete)) go('/sources');
  }

  return (
    <DeleteButton name={name} faults={faults} isBusy={isRunning} onDelete={() => void remove()}>
      Its address is answered with 404 from then on, and its secrets are forgotten. The events that came stay
      on record.
    </DeleteButton>
  );
}
