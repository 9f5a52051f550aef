import { newId } from '../../../../src/domain/ids';
import { makeDatabase } from '../../../../src/store/database';
import { makeGateStore } from '../../../../src/store/gate/gate-store';
import { setMachineClock } from '../../../support/machine-clock';
import { makeTestDatabase, type TestDatabase } from '../../../support/test-database';

const HOUR_MS = 3_600_000;

let test: TestDatabase;
beforeAll(async () => (test = await makeTestDatabase()));
afterEach(() => jest.useRealTimers());
afterAll(() => test.drop());

it.each([
  ['ahead', HOUR_MS],
  ['behind', -HOUR_MS],
])(
  'a gate is told as shut by a Retry-After as long as the database says, with our clock %s',
  async (_, offMs) => {
    const gates = makeGateStore(makeDatabase(test.dataSource));
    const [quiet, over] = [newId('endpoint'), newId('endpoint')];
    const now = Date.now();
    await gates.throttle({ endpointId: quiet, tenantId: newId('tenant') }, new Date(now + 60_000), 1);
    await gates.throttle({ endpointId: over, tenantId: newId('tenant') }, new Date(now - 60_000), 1);
    setMachineClock(offMs);
    const { notices } = await gates.changes(undefined, 100);
    const reasons = new Map(notices.map(({ endpointId, reason }) => [endpointId, reason]));
    expect(reasons.get(quiet)).toBe('RETRY_AFTER');
    expect(reasons.get(over)).not.toBe('RETRY_AFTER');
  },
);
