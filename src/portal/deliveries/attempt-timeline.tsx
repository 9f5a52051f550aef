import { durationWords, millisecondsWords } from '../parts/values/time-words';
import { Icon } from '../parts/icon';
import { Countdown, When } from '../parts/values/when';
import type { Attempt } from './attempt-fields';
import type { DeliveryDetail } from './delivery-detail';

/** The attempts, the waits between them, the next one, and what the schedule has left. */
export function AttemptTimeline({
  delivery,
  chosen,
  onChoose,
}: {
  delivery: DeliveryDetail;
  chosen: number | undefined;
  onChoose: (number: number) => void;
}) {
  const { attempts, status, nextAttemptAt, endpoint } = delivery;
  // On the ladder without a next time: its endpoint was deleted, and no request will be made.
  const isOpen = ['PENDING', 'HELD'].includes(status) || (status === 'RETRYING' && nextAttemptAt !== null);
  // After a retry by hand the ladder begins anew; then the number of attempts says nothing of the rungs left.
  const rungsLeft = isOpen ? endpoint.retrySchedule.slice(attempts.length) : [];
  return (
    <ol className="timeline" aria-label="Attempts">
      {attempts.map((attempt, at) => (
        <li key={attempt.number}>
          {at > 0 && <Wait attempt={attempt} before={attempts[at - 1]} />}
          <AttemptItem
            attempt={attempt}
            isChosen={attempt.number === chosen}
            onChoose={() => onChoose(attempt.number)}
          />
        </li>
      ))}
      {isOpen && (
        <li className="timeline-item next">
          <span className="knob tone-info">
            <Icon name="clock" size={14} />
          </span>
          <span>
            <span className="main-text">Attempt {(attempts.at(-1)?.number ?? 0) + 1}</span>{' '}
            {nextAttemptAt === null ? (
              <span className="side">{status === 'HELD' ? 'when it is released' : 'under way'}</span>
            ) : (
              <Countdown until={nextAttemptAt} />
            )}
          </span>
        </li>
      )}
      {rungsLeft.length > 0 && (
        <li className="rungs-left">
          If that fails, again after {rungsLeft.slice(0, 4).map(durationWords).join(', ')}
          {rungsLeft.length > 4 ? `, and ${rungsLeft.length - 4} more` : ''}
        </li>
      )}
    </ol>
  );
}

function Wait({ attempt, before }: { attempt: Attempt; before: Attempt | undefined }) {
  if (!before) return null;
  // The first rung of a second is 0.85 s where its spread makes it shorter.
  const seconds = Math.round((Date.parse(attempt.at) - Date.parse(before.at)) / 1000);
  return <span className="wait">{seconds < 1 ? 'at once' : `${durationWords(seconds)} later`}</span>;
}

function AttemptItem({
  attempt,
  isChosen,
  onChoose,
}: {
  attempt: Attempt;
  isChosen: boolean;
  onChoose: () => void;
}) {
  const { number, ok, responseStatus, error, durationMs, at } = attempt;
  return (
    <button type="button" className="timeline-item" aria-pressed={isChosen} onClick={onChoose}>
      <span className={`knob ${ok ? 'tone-good' : 'tone-bad'}`}>
        <Icon name={ok ? 'check' : 'cross'} size={14} />
      </span>
      <span className="timeline-text">
        <span className="main-text">
          Attempt {number} · {responseStatus === null ? error : `HTTP ${responseStatus}`}
        </span>
        <span className="side">
          {millisecondsWords(durationMs)} · <When at={at} />
        </span>
      </span>
    </button>
  );
}
