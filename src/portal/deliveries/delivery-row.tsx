import type { ResultOf } from 'gql.tada';
import { memo } from 'react';
import { Link } from 'wouter';
import { shortId } from '../parts/values/mono';
import { StatusBadge } from '../parts/values/status-badge';
import { millisecondsWords } from '../parts/values/time-words';
import { Countdown, When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import type { DELIVERIES } from './delivery-query';
import { holdWords } from '../../words/hold-words';
import { cancelWords, resultWords } from '../../words/result-words';

export type DeliveryItem = ResultOf<typeof DELIVERIES>['deliveries']['nodes'][number];

export const DELIVERY_COLUMNS = '116px minmax(0, 1.2fr) minmax(0, 0.9fr) minmax(0, 1.2fr) 76px';

export function DeliveryHead() {
  return (
    <>
      <span>Status</span>
      <span>Event type</span>
      <span>Endpoint</span>
      <span>Last result</span>
      <span className="end">Received</span>
    </>
  );
}

/** One delivery in a list; the row as a whole leads to its page. */
export const DeliveryRow = memo(function DeliveryRow({ delivery }: { delivery: DeliveryItem }) {
  const { tenant } = useViewer();
  const { id, status, endpoint, event, createdAt } = delivery;
  return (
    <Link to={`/deliveries/${id}`} className="row">
      <span className="at-status">
        <StatusBadge key={status} status={status} />
      </span>
      <span className="at-first">
        <span className="main-text cut">{event.type}</span>
        <span className="side mono cut">
          {tenant ? '' : `${event.tenant.slug} · `}
          {shortId(id)}
        </span>
      </span>
      <span className="cut at-second">{endpoint.name}</span>
      <span className="side cut at-third">
        <LastResult delivery={delivery} />
      </span>
      <span className="side end at-end">
        <When at={createdAt} />
      </span>
    </Link>
  );
});

function LastResult({ delivery }: { delivery: DeliveryItem }) {
  const { status, attemptCount, lastError, nextAttemptAt, heldBecause, createdAt, deliveredAt } = delivery;
  const count =
    attemptCount === 0 ? 'no attempt yet' : attemptCount === 1 ? '1 attempt' : `${attemptCount} attempts`;
  if (status === 'RETRYING')
    return (
      <>
        {lastError !== null && resultWords(lastError)}
        {nextAttemptAt !== null && (
          <>
            {' · next '}
            <Countdown until={nextAttemptAt} />
          </>
        )}
      </>
    );
  if (status === 'HELD') return holdWords(heldBecause);
  if (status === 'DELIVERED' && deliveredAt !== null) {
    const took = `in ${millisecondsWords(Math.max(0, Date.parse(deliveredAt) - Date.parse(createdAt)))}`;
    return attemptCount > 1 ? `${took} · ${count}` : took;
  }
  return cancelWords(lastError) ?? (lastError === null ? count : `${resultWords(lastError)} · ${count}`);
}
