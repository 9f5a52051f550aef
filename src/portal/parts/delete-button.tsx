import { Button, Group, Modal, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Faults, type UserFault } from './states/faults';
import { Icon } from './icon';

interface DeleteButtonProps {
  /** What people call the thing. */
  name: string;
  /** What goes with it, and what stays. */
  children: ReactNode;
  faults: readonly UserFault[];
  isBusy: boolean;
  onDelete: () => void;
}

/** Asks first. */
export function DeleteButton({ name, children, faults, isBusy, onDelete }: DeleteButtonProps) {
  const [isOpen, setOpen] = useState(false);
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
        <Text mb="md">{children}</Text>
        <Faults faults={faults} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setOpen(false)}>
            Keep it
          </Button>
          <Button color="red.9" loading={isBusy} onClick={onDelete}>
            Delete for good
          </Button>
        </Group>
      </Modal>
    </>
  );
}
