import { matchesFilter, type FilteredChange } from '../../../../src/domain/delivery/delivery-filter';
import { encodeId, idFloor } from '../../../../src/domain/ids';

const AT_MS = Date.parse('2026-11-23T10:00:00.000Z');
const change: FilteredChange = {
  deliveryId: encodeId('delivery', idFloor(AT_MS)),
  eventId: 'evt_1',
  eventType: 'order.placed',
  endpointId: 'ep_1',
  status: 'DELIVERED',
};

describe('a delivery filter', () => {
  it.each([
    [{}, true],
    [{ endpointId: 'ep_1', eventId: 'evt_1', types: ['order.placed'], status: ['DELIVERED'] } as const, true],
    [{ endpointId: 'ep_2' }, false],
    [{ eventId: 'evt_2' }, false],
    [{ types: ['order.*'] }, false],
    [{ types: [] }, false],
    [{ status: ['PENDING', 'HELD'] } as const, false],
    [{ since: new Date(AT_MS) }, true],
    [{ since: new Date(AT_MS + 1) }, false],
    [{ until: new Date(AT_MS) }, false],
    [{ until: new Date(AT_MS + 1) }, true],
  ])('%j passes: %p', (filter, passes) => {
    expect(matchesFilter(change, filter)).toBe(passes);
  });
});
