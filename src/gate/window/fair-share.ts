import { MOST_OPEN_AS_IT_COMES } from './open-requests';

/** How a worker's window is used at the moment a message comes. */
export interface WindowUse {
  /** Most deliveries that this worker has under way. A few more are looked at, or nobody else's would be seen. */
  window: number;
  inFlight: number;
  /** Endpoints that were sent to lately, this one among them. */
  endpoints: number;
  ofEndpoint: {
    inFlight: number;
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
 * Whether a delivery is held rather than started. Work-conserving: while there is room anybody may have it, and an
 * endpoint alone may have it all. Only in a full window, and only of an endpoint that is slow and above its share, is
 * the rest held: a fast one gives its places back sooner than the gate could. What could only wait for one of the
 * requests that are open to a slow endpoint is held in any window.
 */
export function overflows({ window, inFlight, endpoints, ofEndpoint }: WindowUse): boolean {
  if (endpoints <= 1) return false;
  const share = inFlight < window ? MOST_OPEN_AS_IT_COMES : Math.max(1, Math.floor(window / endpoints));
  return ofEndpoint.inFlight >= Math.min(share, MOST_OPEN_AS_IT_COMES) && ofEndpoint.isSlow();
}
