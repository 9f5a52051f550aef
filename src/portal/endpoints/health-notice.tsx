import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { Notice } from '../parts/states/notice';
import { Countdown, When } from '../parts/values/when';
import type { EndpointDetail } from './endpoint-detail';
import { UNLIMITED_IN_FLIGHT } from './endpoint-values';

/** What keeps deliveries from going out, if anything does. */
export function HealthNotice({ endpoint }: { endpoint: EndpointDetail }) {
  const { circuit, heldCount, failingSince, nextProbeAt, retryAfterUntil } = endpoint.health;
  const isFailing = circuit !== 'CLOSED' || failingSince !== null;
  if (!isFailing && heldCount === 0) return null;
  // Nothing is tried of an endpoint that somebody has stopped.
  const isTried = circuit !== 'CLOSED' && endpoint.status === 'ACTIVE';
  const why = heldCount > 0 && !isTried ? whyHeld(endpoint) : null;
  return (
    <Notice tone={isFailing ? 'warn' : 'info'} title={heldCount > 0 ? waitingWords(heldCount) : 'It fails'}>
      {why !== null && <p>{why}</p>}
      {isTried && <p>It failed many times in a row: one delivery at a time tries it.</p>}
      {isTried && nextProbeAt !== null && (
        <p>
          The next try is <Countdown until={nextProbeAt} />.
        </p>
      )}
      {endpoint.status === 'ACTIVE' && retryAfterUntil !== null && (
        <p>
          The receiver asked to be left alone; it goes on <Countdown until={retryAfterUntil} />.
        </p>
      )}
      {failingSince !== null && (
        <p>
          Nothing but failures since <When at={failingSince} />. After five days it is disabled.
        </p>
      )}
      {heldCount > 0 && (
        <Anchor component={Link} to={`/deliveries?endpoint=${endpoint.id}&status=HELD`} size="sm">
          See what waits
        </Anchor>
      )}
    </Notice>
  );
}

const waitingWords = (count: number): string =>
  count === 1 ? '1 delivery waits for it' : `${count.toLocaleString()} deliveries wait for it`;

/** By its settings; several may hold one delivery, and the first is what somebody can do something about. */
function whyHeld({ status, ordered, rateLimitPerSecond, maxInFlight }: EndpointDetail): string | null {
  if (status === 'PAUSED') return 'It is paused. They go out when it is resumed.';
  if (status === 'DISABLED') return 'It is disabled. They go out when it is resumed.';
  if (ordered)
    return 'It gets one at a time of each ordering key: they go out when those before them have ended.';
  if (rateLimitPerSecond !== null)
    return `They go out at the pace of its limit, ${rateLimitPerSecond} a second.`;
  if (maxInFlight !== UNLIMITED_IN_FLIGHT) return `It gets at most ${maxInFlight} at once.`;
  return null;
}
