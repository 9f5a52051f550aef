import { Button } from '@mantine/core';
import { CREATE } from '../endpoints/endpoint-queries';
import { Faults } from '../parts/states/faults';
import { Icon } from '../parts/icon';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';
import { CREATE_INSPECTOR } from './inspector-queries';

/** For who has no receiver yet: an inspector, and an endpoint that sends everything to it. */
export function UseInspector({ onMade }: { onMade: () => void }) {
  const { tenant, may, hasInspectors } = useViewer();
  const making = useAction(CREATE_INSPECTOR);
  const pointing = useAction(CREATE);
  if (!hasInspectors || !tenant || !may('endpoints:write')) return null;
  const { id: tenantId } = tenant;

  async function use(): Promise<void> {
    const made = await making.run({ input: { tenantId } }, ({ inspectorCreate }) => inspectorCreate);
    if (!made?.inspector) return;
    const input = { tenantId, url: made.inspector.url, name: 'Inspector', eventTypes: ['#'] };
    if (await pointing.run({ input }, ({ endpointCreate }) => endpointCreate)) onMade();
  }

  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="eye" size={16} />}
        loading={making.isRunning || pointing.isRunning}
        onClick={() => void use()}
      >
        Use an inspector
      </Button>
      <Faults faults={[...making.faults, ...pointing.faults]} />
    </>
  );
}
