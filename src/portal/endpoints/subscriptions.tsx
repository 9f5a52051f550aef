import { Button, Group, Text } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { FAULT } from '../graphql/fault';
import { graphql } from '../graphql/graphql';
import { CodeBlock } from '../parts/values/code-block';
import { Faults } from '../parts/states/faults';
import { Icon } from '../parts/icon';
import { Panel } from '../parts/panel';
import { compactJson } from '../parts/values/pretty-json';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';
import type { EndpointDetail, Subscription } from './endpoint-detail';

const SubscriptionEditor = lazy(() => import('./subscription-editor'));

const DELETE_SUBSCRIPTION = graphql(
  `
    mutation DeleteSubscription($id: ID!) {
      webhookSubscriptionDelete(id: $id) {
        deletedId
        userErrors {
          ...Fault
        }
      }
    }
  `,
  [FAULT],
);

/** What the endpoint gets. An event that several match is delivered for each. */
export function Subscriptions({ endpoint }: { endpoint: EndpointDetail }) {
  const { may } = useViewer();
  const [edited, setEdited] = useState<Subscription | 'new' | null>(null);
  return (
    <Panel
      title="Subscriptions"
      actions={
        may('endpoints:write') && (
          <Button
            variant="default"
            size="xs"
            leftSection={<Icon name="plus" size={15} />}
            onClick={() => setEdited('new')}
          >
            Subscribe to more
          </Button>
        )
      }
    >
      {endpoint.subscriptions.length === 0 && (
        <Text c="dimmed">It gets nothing yet: subscribe it to the event types that it wants.</Text>
      )}
      <div className="subscriptions">
        {endpoint.subscriptions.map((each) => (
          <OneSubscription key={each.id} subscription={each} onEdit={() => setEdited(each)} />
        ))}
      </div>
      {edited && (
        <Suspense>
          <SubscriptionEditor
            endpointId={endpoint.id}
            subscription={edited === 'new' ? null : edited}
            onClose={() => setEdited(null)}
          />
        </Suspense>
      )}
    </Panel>
  );
}

function OneSubscription({ subscription, onEdit }: { subscription: Subscription; onEdit: () => void }) {
  const { may } = useViewer();
  const { run, faults, isRunning } = useAction(DELETE_SUBSCRIPTION, ['Endpoint']);
  const { id, eventTypes, enabled, filter, includeFields, transform, version } = subscription;
  return (
    <div className="subscription">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div className="chips">
          {eventTypes.map((type) => (
            <code className="chip mono" key={type}>
              {type}
            </code>
          ))}
          {version !== null && <span className="side">as version {version}</span>}
          {!enabled && <span className="side">off for now</span>}
        </div>
        {may('endpoints:write') && (
          <Group gap={4} wrap="nowrap">
            <Button variant="subtle" size="compact-sm" onClick={onEdit}>
              Change
            </Button>
            <Button
              variant="subtle"
              size="compact-sm"
              color="gray"
              loading={isRunning}
              onClick={() => void run({ id }, ({ webhookSubscriptionDelete }) => webhookSubscriptionDelete)}
            >
              End
            </Button>
          </Group>
        )}
      </Group>
      {filter !== null && filter !== undefined && (
        <CodeBlock label="Filter" text={compactJson(filter)} maxHeight={160} />
      )}
      {includeFields && <p className="side">Only {includeFields.join(', ')}</p>}
      {transform !== null && <CodeBlock label="Transform" text={transform} maxHeight={160} />}
      <Faults faults={faults} />
    </div>
  );
}
