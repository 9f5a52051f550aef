import type { DeliverDeps } from '../../deliver/attempt-delivery';
import type { OpenRequests } from '../../gate/window/open-requests';
import type { DeliveryDue } from '../../messages/delivery-due';
import type { Platform } from '../platform';

/** Each delivery's turn to have a request open to its endpoint. */
export interface RequestTurns extends Pick<OpenRequests, 'sent' | 'end'> {
  /** @param isReleased let go by the endpoint's gate */
  begin(due: DeliveryDue, isReleased: boolean): ReturnType<OpenRequests['begin']>;
}

/** Turns that nobody waits for without a need. */
export function makeRequestTurns(
  configs: Pick<Platform['configs'], 'peek'>,
  requests: Pick<OpenRequests, 'begin' | 'sent' | 'end'>,
  deliver: Pick<DeliverDeps, 'holdReason'>,
): RequestTurns {
  function needsNone(due: DeliveryDue, isReleased: boolean): boolean {
    const config = configs.peek(due.tenantId, due.configVersion);
    if (!config) return false;
    const endpoint = config.endpoints.get(due.endpointId);
    // It is cancelled then.
    if (!endpoint) return true;
    // Its gate keeps that bound, and may have more open than anybody else's.
    if (endpoint.maxInFlight !== null) return true;
    return !isReleased && deliver.holdReason(endpoint, due) !== undefined;
  }

  return {
    begin: (due, isReleased) => requests.begin(due.endpointId, isReleased, () => needsNone(due, isReleased)),
    sent: (endpointId, request) => requests.sent(endpointId, request),
    end: (endpointId, request) => requests.end(endpointId, request),
  };
}
