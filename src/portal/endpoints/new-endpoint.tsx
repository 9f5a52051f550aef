import { Button, Drawer } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { Icon } from '../parts/icon';
import { Notice } from '../parts/states/notice';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';
import { EndpointForm } from './endpoint-form';
import { CREATE } from './endpoint-queries';
import { NEW_ENDPOINT, readHeaders, settingsOf, wordsOf, type EndpointValues } from './endpoint-values';

/**
 * The button, and the form that it opens.
 * @param onMade instead of going to the page of the new endpoint
 * @param url what the form begins with
 */
export function NewEndpoint({ onMade, url = '' }: { onMade?: () => void; url?: string }) {
  const { tenant, may } = useViewer();
  const [isOpen, setOpen] = useState(false);
  const [, go] = useLocation();
  const { run, faults, setFaults, isRunning } = useAction(CREATE);

  async function create(values: EndpointValues): Promise<void> {
    const eventTypes = wordsOf(values.eventTypes);
    const headers = readHeaders(values.headers);
    const input = {
      ...settingsOf(values),
      signatureScheme: values.signatureScheme,
      ...(tenant ? { tenantId: tenant.id } : {}),
      ...(eventTypes.length > 0 ? { eventTypes } : {}),
      ...(Object.keys(headers).length > 0 ? { headers } : {}),
    };
    const made = await run({ input }, ({ endpointCreate }) => endpointCreate);
    if (!made?.endpoint) return;
    if (onMade) {
      close();
      onMade();
    } else go(`/endpoints/${made.endpoint.id}`);
  }

  function close(): void {
    setOpen(false);
    setFaults([]);
  }

  if (!may('endpoints:write')) return null;
  return (
    <>
      <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setOpen(true)}>
        New endpoint
      </Button>
      <Drawer
        opened={isOpen}
        onClose={close}
        position="right"
        size="lg"
        title={<span className="drawer-title">Where shall events go?</span>}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {tenant ? (
          <EndpointForm
            start={{ ...NEW_ENDPOINT, url }}
            isNew
            submit="Create"
            faults={faults}
            isBusy={isRunning}
            onSubmit={(values) => void create(values)}
          />
        ) : (
          <Notice tone="info" title="Choose a tenant first">
            An endpoint belongs to one tenant. The list at the lower left says for whom you act.
          </Notice>
        )}
      </Drawer>
    </>
  );
}
