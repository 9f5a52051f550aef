import { MOST_OPEN, MOST_OPEN_AS_IT_COMES } from './open-requests';

/** How a worker's window is used at the moment a message comes. */
export interface WindowUse {
  /** Most deliveries that this worker has under way. A few more are looked at, or nobody else's would be seen. */
  window: number;
  /** Of one slow endpoint, the most that came and is under way, or the others of its queue would wait behind it. */
  mostComing: number;
  inFlight: number;
  /** Endpoints that were sent to lately, this one among them. */
  endpoints: number;
  ofEndpoint: {
    inFlight: number;
    /** Of these, what its gate let go. */
    released: number;
    /** Asked only where it makes a difference. */
    isSlow: () => boolean;
  };
}

/** How many more a gate's owner may start: what is free, and its share even of a window that is full. */
export function roomFor({ window, inFlight, endpoints, ofEndpoint }: WindowUse): number {
  const share = Math.max(1, Math.floor(window / Math.max(1, endpoints)));
  return Math.max(0, window - inFlight, share - ofEndpoint.inFlight);
}

/**
 * How many more the gate of an endpoint without a `maxInFlight` may start: all that nothing comes for. What comes leaves it
 * a few at least. As few stay free for what comes next, which then takes the place of each that ends before the gate does.
 */
export function roomBesideWhatComes({ ofEndpoint: { inFlight, released } }: WindowUse): number {
  const coming = inFlight - released;
  if (coming === 0) return MOST_OPEN - released;
  return Math.max(MOST_OPEN - MOST_OPEN_AS_IT_COMES, MOST_OPEN_AS_IT_COMES - coming) - released;
}

/**
 * Whether a delivery is held rather than started. Work-conserving: while there is room anybody may have it. Only in a full
 * window, and only of an endpoint that is slow and above its share, is the rest held: a fast one gives its places back
 * sooner than the gate could. What could only wait for one of the requests that are open to a slow endpoint is held in any
 * window, and so is what would fill its queue's part; what its gate has let go does not count there, or all that comes would
 * go behind a backlog. An endpoint that is alone is no other case: who else is to be sent to is behind it in the queue, unseen.
 */
export function overflows({ window, mostComing, inFlight, endpoints, ofEndpoint }: WindowUse): boolean {
  const isAboveShare =
    inFlight >= window && ofEndpoint.inFlight >= Math.max(1, Math.floor(window / Math.max(1, endpoints)));
  const isMostComing = ofEndpoint.inFlight - ofEndpoint.released >= mostComing;
  return (isAboveShare || isMostComing) && ofEndpoint.isSlow();
}
