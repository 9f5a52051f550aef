import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { graphql } from '../graphql/graphql';
import { Faults } from '../parts/faults';
import { Icon } from '../parts/icon';
import { Panel } from '../parts/panel';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';

const PROGRESS = graphql(`
  query Progress {
    endpoints(first: 1) {
      nodes {
        id
        subscriptions {
          eventTypes
        }
      }
    }
    deliveries(first: 1) {
      nodes {
        id
      }
    }
    delivered: deliveries(first: 1, filter: { status: [DELIVERED] }) {
      nodes {
        id
      }
    }
  }
`);

const PUBLISH = graphql(`
  mutation PublishFirst($input: EventPublishInput!) {
    eventPublish(input: $input) {
      eventId
      userErrors {
        field
        code
        message
      }
    }
  }
`);

/** From nothing to the first delivery that arrived; gone after that. */
export function FirstRun() {
  const { tenant, may } = useViewer();
  const mayAsk = tenant !== null && may('endpoints:read') && may('deliveries:read');
  const [{ data }, ask] = useQuery({ query: PROGRESS, pause: !mayAsk });
  const [eventId, setEventId] = useState<string | null>(null);
  const { run, faults, isRunning } = useAction(PUBLISH);
  if (!tenant || !data || (data.delivered.nodes.length > 0 && eventId === null)) return null;
  const endpoint = data.endpoints.nodes[0];
  const delivered = data.delivered.nodes[0];
  const type = (endpoint?.subscriptions[0]?.eventTypes[0] ?? 'hello.world')
    .replaceAll('#', 'world')
    .replaceAll('*', 'hello');

  async function publish(): Promise<void> {
    const input = { type, data: { hello: 'world' }, tenant: tenant?.slug ?? null };
    const answer = await run({ input }, ({ eventPublish }) => eventPublish);
    if (!answer) return;
    setEventId(answer.eventId);
    setTimeout(() => ask({ requestPolicy: 'network-only' }), 1500);
  }

  return (
    <Panel title="Your first delivery">
      <ol className="steps">
        <Step isDone={endpoint !== undefined} title="Add an endpoint">
          <Link to="/endpoints">Give the address of a receiver</Link> and the event types that it wants.
        </Step>
        <Step isDone={data.deliveries.nodes.length > 0} title="Publish an event">
          {endpoint && may('events:publish') ? (
            <Group gap="sm">
              <Button size="xs" loading={isRunning} onClick={() => void publish()}>
                Publish {type}
              </Button>
              {eventId !== null && <Link to={`/events/${eventId}`}>See what became of it</Link>}
            </Group>
          ) : (
            'Over AMQP, or by the mutation eventPublish.'
          )}
          <Faults faults={faults} />
        </Step>
        <Step isDone={delivered !== undefined} title="Verify the signature">
          {delivered ? (
            <Link to={`/deliveries/${delivered.id}`}>It arrived: here is code that verifies it</Link>
          ) : (
            'The page of a delivery has code for Node, Python, Go, PHP and Ruby.'
          )}
        </Step>
      </ol>
    </Panel>
  );
}

function Step({ isDone, title, children }: { isDone: boolean; title: string; children: React.ReactNode }) {
  return (
    <li className="step">
      <span className={`knob ${isDone ? 'tone-good' : 'tone-mute'}`}>
        <Icon name={isDone ? 'check' : 'clock'} size={14} />
      </span>
      <div className="grow">
        <div className="main-text">{title}</div>
        <div className="side">{children}</div>
      </div>
    </li>
  );
}
