import { Button, Drawer } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../parts/icon';
import { Notice } from '../parts/states/notice';
import { useViewer } from '../session/viewer';
import { SourceForm } from './source-form';

/** The button, and the form that it opens. */
export function NewSource() {
  const { tenant, may } = useViewer();
  const [isOpen, setOpen] = useState(false);
  if (!may('sources:write')) return null;
  return (
    <>
      <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>
        New source
      </Button>
      <Drawer
        opened={isOpen}
        onClose={() => setOpen(false)}
        position="right"
        size="lg"
        title={<span className="drawer-title">Whose webhooks shall come in?</span>}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {tenant ? (
          <SourceForm tenantId={tenant.id} />
        ) : (
          <Notice tone="info" title="Choose a tenant first">
            A source belongs to one tenant. The list at the lower left says for whom you act.
          </Notice>
        )}
      </Drawer>
    </>
  );
}
