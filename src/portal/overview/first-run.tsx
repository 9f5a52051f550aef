import { Button, Group } from '@mantine/core';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { useQuery } from 'urql';
import { Faults } from '../parts/states/faults';
import { Icon } from '../parts/icon';
import { lazyExtra } from '../parts/lazy-extra';
import { Panel } from '../parts/panel';
import { useAction } from '../parts/use-action';
import { useViewer } from '../session/viewer';
import { FirstArrival } from './first-arrival';
import { PROGRESS, PUBLISH, type Progress } from './first-run-queries';

/** Only who begins needs them. */
const NewEndpoint = lazy(async () => ({
  default: (await import('../endpoints/new-endpoint')).NewEndpoint,
}));
const UseInspector = lazy(async () => ({
  default: (await import('../inspector/use-inspector')).UseInspector,
}));
const VerifyHelp = lazyExtra(() => import('../deliveries/verify-help'));

/** From nothing to the first delivery that arrived and was verified; not shown where one has arrived before. */
export function FirstRun() {
  const { tenant, may } = useViewer();
  const mayAsk = tenant !== null && may('endpoints:read') && may('deliveries:read');
  const [eventId, setEventId] = useState<string | null>(null);
  const [{ data }, ask] = useQuery({ query: PROGRESS, pause: !mayAsk });
  const [wasEmpty, setWasEmpty] = useState(false);
  const isEmpty = data?.delivered.nodes.length === 0;
  useEffect(() => {
    if (isEmpty) setWasEmpty(true);
  }, [isEmpty]);
  if (!tenant || !data || !(isEmpty || wasEmpty)) return null;
  const endpoint = data.endpoints.nodes[0];
  const hasDelivered = data.delivered.nodes.length > 0;
  const refresh = () => ask({ requestPolicy: 'network-only' });
  return (
    <Panel title="Your first delivery">
      <ol className="steps">
        <Step number={1} isDone={endpoint !== undefined} title="Say where events shall go">
          {endpoint ? (
            <span>
              {endpoint.name} gets{' '}
              {endpoint.subscriptions.flatMap((each) => each.eventTypes).join(', ') || 'nothing yet'}.
            </span>
          ) : (
            <>
              <p>The address of a receiver that the internet reaches, and the event types that it wants.</p>
              <Suspense>
                <Group gap="xs">
                  <NewEndpoint onMade={refresh} />
                  <UseInspector onMade={refresh} />
                </Group>
              </Suspense>
            </>
          )}
        </Step>
        <Step number={2} isDone={hasDelivered} title="Publish an event">
          {endpoint && may('events:publish') ? (
            <Publish endpoint={endpoint} tenant={tenant.slug} onPublished={setEventId} />
          ) : (
            'Over AMQP, or by the mutation eventPublish.'
          )}
          {eventId !== null && <FirstArrival eventId={eventId} onArrived={refresh} />}
        </Step>
        <Step number={3} isDone={false} title="Verify the signature in your receiver">
          {hasDelivered ? (
            <Suspense>
              <VerifyHelp />
            </Suspense>
          ) : (
            'Code for Node, Python, Go, PHP and Ruby stands here once something has arrived.'
          )}
        </Step>
      </ol>
    </Panel>
  );
}

interface PublishProps {
  endpoint: Progress['endpoints']['nodes'][number];
  tenant: string;
  onPublished: (eventId: string) => void;
}

function Publish({ endpoint, tenant, onPublished }: PublishProps) {
  const { run, faults, isRunning } = useAction(PUBLISH);
  const type = exampleOf(endpoint.subscriptions[0]?.eventTypes[0] ?? 'hello.world');

  async function publish(): Promise<void> {
    const input = { type, data: { hello: 'world' }, tenant };
    const answer = await run({ input }, ({ eventPublish }) => eventPublish);
    if (answer?.eventId) onPublished(answer.eventId);
  }

  return (
    <>
      <Button size="sm" loading={isRunning} onClick={() => void publish()}>
        Publish {type}
      </Button>
      <Faults faults={faults} />
    </>
  );
}

/** A type that fits the pattern. */
const exampleOf = (pattern: string): string =>
  pattern === '#' ? 'hello.world' : pattern.replaceAll('#', 'world').replaceAll('*', 'hello');

function Step(props: { number: number; isDone: boolean; title: string; children: ReactNode }) {
  const { number, isDone, title, children } = props;
  return (
    <li className="step">
      <span className={`knob ${isDone ? 'tone-good' : 'tone-info'}`}>
        {isDone ? <Icon name="check" size={14} /> : <span aria-hidden>{number}</span>}
      </span>
      <div className="grow">
        <div className="main-text">{title}</div>
        <div className="side step-body">{children}</div>
      </div>
    </li>
  );
}
