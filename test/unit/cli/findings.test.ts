import { judgeBroker, judgeDatabase, type Finding } from '../../../src/cli/doctor/findings';
import type { BrokerReport } from '../../../src/broker/inspect-broker';
import type { DatabaseReport } from '../../../src/store/inspect-database';

const database: DatabaseReport = {
  version: '10.11.6-MariaDB',
  pendingMigrations: [],
  unknownMigrations: [],
  clockAheadMs: 3,
  partitionDaysAhead: 3,
  oldestDueMs: 0,
};
const broker: BrokerReport = {
  version: '3.10.8',
  blocked: undefined,
  missing: [],
  different: [],
  silent: [],
  queues: [
    { name: 'w.route', ready: 0, consumers: 1 },
    { name: 'w.deliver', ready: 5, consumers: 2 },
    { name: 'w.rejected', ready: 0, consumers: 0 },
  ],
  furtherShards: [
    { name: 'w.deliver.1', ready: 0, consumers: 0 },
    { name: 'w.deliver.2', ready: 3, consumers: 1 },
  ],
};
const notOk = (findings: Finding[]): Finding[] => findings.filter(({ state }) => state !== 'ok');

it('has nothing to say of what is well', () => {
  expect(notOk([...judgeDatabase(database), ...judgeBroker(broker, 'w')])).toEqual([]);
});

it.each<[string, Partial<DatabaseReport>, Partial<Finding>]>([
  ['a missing migration', { pendingMigrations: ['A1'] }, { name: 'schema', state: 'fault' }],
  ['a newer schema', { unknownMigrations: ['Z9'] }, { name: 'schema', state: 'warning' }],
  ['a clock two seconds behind', { clockAheadMs: -2000 }, { name: 'clocks', state: 'warning' }],
  ['a clock ten minutes ahead', { clockAheadMs: 600_000 }, { name: 'clocks', state: 'fault' }],
  ['partitions that run out', { partitionDaysAhead: 1 }, { name: 'partitions', state: 'warning' }],
  ['a day without a partition', { partitionDaysAhead: -1 }, { name: 'partitions', state: 'fault' }],
  ['a delivery two minutes late', { oldestDueMs: 120_000 }, { name: 'lag', state: 'warning' }],
  ['a delivery an hour late', { oldestDueMs: 3_600_000 }, { name: 'lag', state: 'fault' }],
])('finds %s in the database, and says what to do', (_, changes, expected) => {
  const findings = notOk(judgeDatabase({ ...database, ...changes }));
  expect(findings).toEqual([expect.objectContaining({ ...expected, advice: expect.any(String) as string })]);
});

it.each<[string, Partial<BrokerReport>, Partial<Finding>]>([
  ['an alarm', { blocked: 'low on memory' }, { name: 'alarms', state: 'fault' }],
  ['a missing queue', { missing: ['w.retry.5'] }, { name: 'topology', state: 'fault' }],
  ['a queue of other properties', { different: ['w.route'] }, { name: 'topology', state: 'fault' }],
  ['a queue that does not answer', { silent: ['w.deliver'] }, { name: 'quorum', state: 'fault' }],
  [
    'no router',
    { queues: [{ name: 'w.route', ready: 0, consumers: 0 }] },
    { name: 'queue route', state: 'fault' },
  ],
  [
    'a long queue',
    { queues: [{ name: 'w.deliver', ready: 20_000, consumers: 1 }] },
    { name: 'queue deliver', state: 'warning' },
  ],
  [
    'a shard that nobody takes from',
    { queues: [{ name: 'w.deliver.1', ready: 0, consumers: 0 }] },
    { name: 'queue deliver.1', state: 'fault' },
  ],
  [
    'what a larger number of shards left behind',
    { furtherShards: [{ name: 'w.deliver.2', ready: 3, consumers: 0 }] },
    { name: 'queue deliver.2', state: 'fault' },
  ],
  [
    'rejected messages',
    { queues: [{ name: 'w.rejected', ready: 1, consumers: 0 }] },
    { name: 'queue rejected', state: 'warning' },
  ],
])('finds %s in the broker, and says what to do', (_, changes, expected) => {
  const findings = notOk(judgeBroker({ ...broker, ...changes }, 'w'));
  expect(findings).toEqual([expect.objectContaining({ ...expected, advice: expect.any(String) as string })]);
});
