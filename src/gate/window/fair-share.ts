/** How a worker's window is used at the moment a message comes. */
export interface WindowUse {
  /** Most deliveries that this worker has under way. A few more are looked at, or nobody else's would be seen. */
  window: number;
  inFlight: number;
  /** Endpoints that were sent to lately, this one among them. */
  endpoints: number;
  ofEndpoint: {
    inFlight: number;
    /** True when most of what it has under way has been so for long, or when its last request was. Asked only in a full window. */
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
 * the rest held: a fast one gives its places back sooner than the gate could.
 */
export function overflows({ window, inFlight, endpoints, ofEndpoint }: WindowUse): boolean {
  if (inFlight < window || endpoints <= 1 || !ofEndpoint.isSlow()) return false;
  return ofEndpoint.inFlight >= Math.max(1, Math.floor(window / endpoints));
}
