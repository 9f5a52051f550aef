import { memo, type CSSProperties } from 'react';
import { Link } from 'wouter';
import { holdWords } from '../../words/hold-words';
import { resultWords } from '../../words/result-words';
import { shortId } from '../parts/values/mono';
import { StatusBadge, toneOf } from '../parts/values/status-badge';
import { millisecondsWords } from '../parts/values/time-words';
import { Countdown, When } from '../parts/values/when';
import { useViewer } from '../session/viewer';
import type { LiveRow } from './use-live-rows';

const COLUMNS = {
  '--columns': '116px minmax(0, 1.1fr) minmax(0, 0.9fr) minmax(0, 1.4fr) 76px',
} as CSSProperties;

export function LiveRows({ rows }: { rows: readonly LiveRow[] }) {
  const { tenant } = useViewer();
  return (
    <div className="rows" style={COLUMNS} role="list" aria-label="Changes">
      {rows.map((row) => (
        <div role="listitem" key={row.delivery.id} className="arrive">
          <OneRow row={row} withTenant={!tenant} />
        </div>
      ))}
    </div>
  );
}

/** Drawn again only when its own delivery changes, or a stream of hundreds a second would draw everything each time. */
const OneRow = memo(function OneRow({ row, withTenant }: { row: LiveRow; withTenant: boolean }) {
  const { delivery, status, changes } = row;
  const { id, endpoint, event } = delivery;
  return (
    <Link to={`/deliveries/${id}`} className="row">
      <span className="at-status">
        <span className={`flash-badge flash tone-${toneOf(status)}`} key={changes}>
          <StatusBadge status={status} />
        </span>
      </span>
      <span className="at-first">
        <span className="main-text cut">{event.type}</span>
        <span className="side mono cut">
          {withTenant ? `${event.tenant.slug} · ` : ''}
          {shortId(id)}
        </span>
      </span>
      <span className="cut at-second">{endpoint.name}</span>
      <span className="side cut at-third">
        <Result row={row} />
      </span>
      <span className="side end at-end">
        <When at={row.attempt?.at ?? delivery.createdAt} />
      </span>
    </Link>
  );
});

function Result({ row: { attempt, status, delivery } }: { row: LiveRow }) {
  if (status === 'HELD') return holdWords(delivery.heldBecause);
  if (!attempt) return status === 'PENDING' ? 'on its way' : null;
  const answer =
    attempt.responseStatus === null
      ? attempt.error && resultWords(attempt.error)
      : `HTTP ${attempt.responseStatus}`;
  return (
    <>
      {answer} in {millisecondsWords(attempt.durationMs)}
      {attempt.number > 1 ? ` · attempt ${attempt.number}` : ''}
      {status === 'RETRYING' && delivery.nextAttemptAt !== null && (
        <>
          {' · next '}
          <Countdown until={delivery.nextAttemptAt} />
        </>
      )}
    </>
  );
}
