import { useEffect, useEffectEvent } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { explain } from '../deliveries/why-it-failed';
import { Notice } from '../parts/states/notice';
import { millisecondsWords } from '../parts/values/time-words';
import { FIRST } from './first-run-queries';

const ASK_EVERY_MS = 700;

/** What becomes of the first event, until it has arrived. */
export function FirstArrival({ eventId, onArrived }: { eventId: string; onArrived: () => void }) {
  const [{ data }, ask] = useQuery({ query: FIRST, variables: { eventId } });
  const delivery = data?.deliveries.nodes[0];
  const isDelivered = delivery?.status === 'DELIVERED';
  const again = useEffectEvent(() => ask({ requestPolicy: 'network-only' }));
  const arrived = useEffectEvent(onArrived);
  useEffect(() => {
    if (isDelivered) return arrived();
    const timer = setInterval(again, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [isDelivered, eventId]);
  if (!delivery || (delivery.lastError === null && !isDelivered))
    return (
      <p className="side" role="status">
        On its way…
      </p>
    );
  const link = <Link to={`/deliveries/${delivery.id}`}>See request and answer</Link>;
  if (isDelivered)
    return (
      <Notice tone="good" role="status" title="It arrived">
        <p>
          Answered in {millisecondsWords(delivery.attempts.at(-1)?.durationMs)}. {link}
        </p>
      </Notice>
    );
  const why = explain(delivery.lastError);
  return (
    <Notice tone="warn" role="status" title={why?.title ?? 'It has not arrived'}>
      <p>
        {why?.advice} Warren tries again by itself. {link}
      </p>
    </Notice>
  );
}
