import '../styles/delivery.css';
import { Anchor, Button } from '@mantine/core';
import { Suspense, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { Link } from 'wouter';
import { sentenceOf } from '../graphql/client';
import { useOnChange } from '../live/use-on-change';
import { asFault, Faults, type UserFault } from '../parts/states/faults';
import { PageFailure } from '../parts/states/failure';
import { Icon } from '../parts/icon';
import { lazyExtra } from '../parts/lazy-extra';
import { Mono, shortId } from '../parts/values/mono';
import { NotFound } from '../parts/states/not-found';
import { PageHeader } from '../parts/page-header';
import { Details, Panel } from '../parts/panel';
import { PageSkeleton } from '../parts/states/skeletons';
import { StatusBadge, toneOf } from '../parts/values/status-badge';
import { When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import { AttemptPanel } from './attempt-panel';
import { AttemptTimeline } from './attempt-timeline';
import { DELIVERY, type DeliveryDetail } from './delivery-detail';
import { CANCEL, RETRY } from './delivery-query';
import { holdWords } from '../../words/hold-words';
import { cancelWords } from '../../words/result-words';

const VerifyHelp = lazyExtra(() => import('./verify-help'));

export default function DeliveryPage({ id = '' }: { id?: string }) {
  const [{ data, error }, ask] = useQuery({ query: DELIVERY, variables: { id } });
  const refresh = () => ask({ requestPolicy: 'network-only' });
  useOnChange(id, refresh);
  const [chosen, setChosen] = useState<number | null>(null);
  if (error && !data) return <PageFailure error={error} onRetry={refresh} />;
  if (!data) return <PageSkeleton />;
  if (!data.delivery) return <NotFound what="delivery" />;
  const { delivery } = data;
  const shown = delivery.attempts.find(({ number }) => number === chosen) ?? delivery.attempts.at(-1);
  return (
    <>
      <PageHeader
        title={delivery.event.type}
        back={{ to: '/deliveries', label: 'Deliveries' }}
        about={
          <span className="title-line">
            <span className={`flash tone-${toneOf(delivery.status)}`} key={delivery.status}>
              <StatusBadge status={delivery.status} />
            </span>
            <Mono text={delivery.id} copy="id" />
          </span>
        }
      >
        <Actions delivery={delivery} />
      </PageHeader>
      <div className="two-columns what-failed-first">
        <div className="column">
          <Panel title="Attempts">
            <AttemptTimeline
              delivery={delivery}
              chosen={shown?.number}
              onChoose={(number) => setChosen(number)}
            />
          </Panel>
          <Facts delivery={delivery} />
        </div>
        <div className="column">
          {shown && <AttemptPanel key={shown.number} attempt={shown} url={delivery.endpoint.url} />}
          <Suspense>
            <VerifyHelp />
          </Suspense>
        </div>
      </div>
    </>
  );
}

/** Retry what is finished or waits, cancel what is not finished. */
function Actions({ delivery: { id, status } }: { delivery: DeliveryDetail }) {
  const { may } = useViewer();
  const [{ fetching: isRetrying }, retry] = useMutation(RETRY);
  const [{ fetching: isCancelling }, cancel] = useMutation(CANCEL);
  const [faults, setFaults] = useState<readonly UserFault[]>([]);
  if (!may('deliveries:write')) return null;

  async function doRetry(): Promise<void> {
    const { data, error } = await retry({ id });
    setFaults(error ? [asFault(sentenceOf(error))] : (data?.deliveryRetry.userErrors ?? []));
  }
  async function doCancel(): Promise<void> {
    const { data, error } = await cancel({ id });
    setFaults(error ? [asFault(sentenceOf(error))] : (data?.deliveryCancel.userErrors ?? []));
  }

  const isFinished = ['DELIVERED', 'DEAD_LETTERED', 'CANCELLED'].includes(status);
  return (
    <>
      {!isFinished && (
        <Button variant="default" loading={isCancelling} onClick={() => void doCancel()}>
          Cancel delivery
        </Button>
      )}
      {status !== 'PENDING' && (
        <Button
          leftSection={<Icon name="replay" size={16} />}
          loading={isRetrying}
          onClick={() => void doRetry()}
        >
          {isFinished ? 'Send again' : 'Retry now'}
        </Button>
      )}
      <Faults faults={faults} />
    </>
  );
}

function Facts({ delivery }: { delivery: DeliveryDetail }) {
  const { endpoint, event, subscription, heldBecause } = delivery;
  const cancelled = delivery.status === 'CANCELLED' ? cancelWords(delivery.lastError) : undefined;
  return (
    <Panel title="About it">
      <Details
        rows={[
          ...(heldBecause === null ? [] : [['Held', holdWords(heldBecause)] as [string, string]]),
          ...(cancelled === undefined ? [] : [['Cancelled', cancelled] as [string, string]]),
          [
            'Endpoint',
            <Anchor key="endpoint" component={Link} to={`/endpoints/${endpoint.id}`}>
              {endpoint.name}
            </Anchor>,
          ],
          ['Goes to', <Mono key="url" text={endpoint.url} copy="address" />],
          [
            'Event',
            <Anchor key="event" component={Link} to={`/events/${event.id}`} className="mono" title={event.id}>
              {shortId(event.id)}
            </Anchor>,
          ],
          ['Subscribed to', subscription?.eventTypes.join(', ') ?? 'since deleted'],
          ['Received', <When key="received" at={event.receivedAt} />],
          ...(delivery.deliveredAt === null
            ? []
            : [
                ['Delivered', <When key="delivered" at={delivery.deliveredAt} />] as [
                  string,
                  React.ReactNode,
                ],
              ]),
          ['Answer within', `${endpoint.timeoutMs / 1000} s`],
        ]}
      />
    </Panel>
  );
}
