import type { BrokerReport } from '../../broker/inspect-broker';
import type { DatabaseReport } from '../../store/inspect-database';

/** One thing that was looked at. */
export interface Finding {
  name: string;
  state: 'ok' | 'warning' | 'fault';
  found: string;
  /** What to do; not there when all is well. */
  advice?: string;
}

const NTP =
  'Run NTP (chrony, systemd-timesyncd) on every machine: receivers refuse signatures that are five minutes off.';
const CLOCK_MS = { warning: 1000, fault: 30_000 };
const LATE_MS = { warning: 60_000, fault: 600_000 };
const LONG_QUEUE = 10_000;

const ok = (name: string, found: string): Finding => ({ name, state: 'ok', found });
const bad = (name: string, state: 'warning' | 'fault', found: string, advice: string): Finding => ({
  name,
  state,
  found,
  advice,
});

export function judgeDatabase(report: DatabaseReport): Finding[] {
  return [
    ok('database', `it answers, version ${report.version}`),
    judgeSchema(report),
    judgeClock(report.clockAheadMs),
    judgePartitions(report),
    judgeLag(report.oldestDueMs),
  ];
}

function judgeSchema({ pendingMigrations, unknownMigrations }: DatabaseReport): Finding {
  if (pendingMigrations.length > 0) {
    const found = `${pendingMigrations.length} migrations are missing: ${pendingMigrations.join(', ')}`;
    return bad(
      'schema',
      'fault',
      found,
      'Run `warren migrate`, or start a process: each migrates at its start.',
    );
  }
  if (unknownMigrations.length > 0) {
    const found = `the database is newer than this program: ${unknownMigrations.join(', ')}`;
    return bad('schema', 'warning', found, 'Run the version of Warren that the others run.');
  }
  return ok('schema', 'up to date');
}

function judgeClock(aheadMs: number): Finding {
  const offMs = Math.abs(aheadMs);
  const found = `the database's clock is ${offMs} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (offMs < CLOCK_MS.warning) return ok('clocks', found);
  return bad('clocks', offMs < CLOCK_MS.fault ? 'warning' : 'fault', found, NTP);
}

function judgePartitions({ partitionDaysAhead: days, pendingMigrations }: DatabaseReport): Finding {
  if (days >= 2) return ok('partitions', `made ${days} days ahead`);
  const found = days < 0 ? "today's is missing in some table" : `made only ${days} days ahead`;
  const advice =
    pendingMigrations.length > 0
      ? 'Bring the schema up to date first.'
      : 'A router makes them every hour: run one and look for `housekeeping.failed` in its log, or run `warren migrate`.';
  return bad('partitions', days < 0 ? 'fault' : 'warning', found, advice);
}

function judgeLag(lateMs: number): Finding {
  const found =
    lateMs === 0 ? 'no delivery is due' : `the oldest due delivery is ${(lateMs / 1000).toFixed(1)} s late`;
  if (lateMs < LATE_MS.warning) return ok('lag', found);
  const advice =
    'Do workers consume (see queue deliver)? Did the broker lose its messages? Then run `warren reconcile`.';
  return bad('lag', lateMs < LATE_MS.fault ? 'warning' : 'fault', found, advice);
}

export function judgeBroker(report: BrokerReport, namespace: string): Finding[] {
  return [
    ok('broker', `it answers, version ${report.version}`),
    report.blocked === undefined
      ? ok('alarms', 'none that AMQP shows')
      : bad(
          'alarms',
          'fault',
          `it takes no messages: ${report.blocked}`,
          'Free memory or disk there; `rabbitmqctl status` names the alarm.',
        ),
    judgeTopology(report),
    judgeQuorum(report),
    ...report.queues.flatMap((queue) => judgeQueue(queue, namespace)),
    ...report.furtherShards.map((queue) => judgeFurtherShard(queue, namespace)),
  ];
}

function judgeTopology({ missing, different, queues }: BrokerReport): Finding {
  if (different.length > 0) {
    const advice = 'Delete them in the broker once they are empty, or choose another WARREN_NAMESPACE.';
    return bad('topology', 'fault', `with other properties: ${different.join(', ')}`, advice);
  }
  if (missing.length > 0) {
    const advice =
      'Start a process of Warren: each declares what is missing when it connects. Then run `warren reconcile`.';
    return bad('topology', 'fault', `missing: ${missing.join(', ')}`, advice);
  }
  return ok('topology', `complete, ${queues.length} queues`);
}

function judgeQuorum({ silent, queues }: BrokerReport): Finding {
  if (silent.length === 0) return ok('quorum', `all of ${queues.length} queues answer`);
  const advice =
    'Bring the nodes back that are down: more than half of a queue’s members must run. `rabbitmq-queues quorum_status QUEUE` lists them.';
  return bad('quorum', 'fault', `no answer from ${silent.join(', ')}`, advice);
}

function judgeQueue(
  { name, ready, consumers }: BrokerReport['queues'][number],
  namespace: string,
): Finding[] {
  const part = name.slice(namespace.length + 1);
  const role = { route: 'router', deliver: 'worker' }[part.replace(/^deliver\.\d+$/, 'deliver')];
  const found = `${ready} messages wait, ${consumers} consumers`;
  if (role !== undefined) {
    if (consumers === 0)
      return [
        bad(
          `queue ${part}`,
          'fault',
          found,
          `Run a ${role}; if one runs, its /readyz says why it does not consume.`,
        ),
      ];
    if (ready > LONG_QUEUE)
      return [bad(`queue ${part}`, 'warning', found, 'See "A queue grows" in docs/operating.md.')];
    return [ok(`queue ${part}`, found)];
  }
  if (part === 'rejected' && ready > 0)
    return [
      bad('queue rejected', 'warning', `${ready} messages`, 'See "Rejected grows" in docs/operating.md.'),
    ];
  return [];
}

/** Empty and without consumers it is only left over; a worker takes from all that it finds. */
function judgeFurtherShard(
  { name, ready, consumers }: BrokerReport['furtherShards'][number],
  namespace: string,
): Finding {
  const queue = `queue ${name.slice(namespace.length + 1)}`;
  const found = `${ready} messages wait, ${consumers} consumers; beyond WARREN_SHARDS`;
  if (ready === 0 || consumers > 0) return ok(queue, found);
  return bad(queue, 'fault', found, 'Run a worker: it empties what a larger WARREN_SHARDS left behind.');
}
