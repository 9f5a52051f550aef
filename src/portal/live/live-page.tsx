import '../styles/lists.css';
import '../styles/live.css';
import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { useAskedFilter, useFilters } from '../deliveries/use-filters';
import { DeliveryFilters } from '../deliveries/delivery-filters';
import { useNow } from '../parts/values/clock';
import { EmptyState } from '../parts/states/empty-state';
import { Icon } from '../parts/icon';
import { Notice } from '../parts/states/notice';
import { PageHeader } from '../parts/page-header';
import { LiveRows } from './live-rows';
import { useIsConnected } from './use-connection-state';
import { useLiveRows } from './use-live-rows';

export default function LivePage() {
  const { filters, change } = useFilters();
  const { endpoint, type, status } = filters;
  const asked = useAskedFilter({ status: '', within: '', endpoint, type });
  // By status it is filtered here: a row that goes on to another state is known to do so.
  const { rows, isPaused, pause, waiting, seen, refused, missed, rate } = useLiveRows(asked);
  const shown = useMemo(
    () => (status === '' ? rows : rows.filter((row) => row.status === status)),
    [rows, status],
  );
  return (
    <>
      <PageHeader title="Live" about={<ConnectionLine seen={seen} rate={rate} />}>
        <Button
          variant={isPaused ? 'filled' : 'default'}
          leftSection={<Icon name={isPaused ? 'play' : 'pause'} size={16} />}
          onClick={() => pause(!isPaused)}
        >
          {isPaused ? `Resume${waiting > 0 ? ` (${waiting} waiting)` : ''}` : 'Pause'}
        </Button>
      </PageHeader>
      <DeliveryFilters filters={filters} onChange={change} withTime={false} />
      {refused !== null && (
        <div className="block">
          <Notice role="alert" title="The stream ended">
            {refused}
          </Notice>
        </div>
      )}
      {missed && (
        <div className="block">
          <Notice tone="warn" role="status" title="The connection was lost for too long">
            The newest deliveries were read again. What else changed meanwhile is under Deliveries.
          </Notice>
        </div>
      )}
      <div className="panel">
        {shown.length > 0 ? (
          <LiveRows rows={shown} />
        ) : (
          <EmptyState icon="pulse" title="Listening">
            Each change of a delivery appears here at the moment it happens. Nothing is missed while the
            connection is away: it goes on where it stopped.
          </EmptyState>
        )}
      </div>
    </>
  );
}

function ConnectionLine({ seen, rate }: { seen: number; rate: () => number }) {
  const isConnected = useIsConnected();
  // The rate falls by itself when nothing comes.
  useNow();
  return (
    <span className="live-line" role="status">
      <span className={`beacon ${isConnected ? 'tone-good' : 'tone-warn'}`} />
      <span>{isConnected ? 'Connected' : 'Connecting…'}</span>
      <span className="side">
        {seen.toLocaleString()} changes · {rate().toFixed(1)} per second
      </span>
    </span>
  );
}
