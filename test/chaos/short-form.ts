import type { Scenario, ScenarioResult } from './scenario';

/** A scenario as `npm test` runs it, on the servers of the tests. */
export function runShort(scenario: Scenario): Promise<ScenarioResult> {
  const servers = {
    amqpUrl: process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672',
    databaseUrl: process.env.DATABASE_URL ?? 'mysql://root@127.0.0.1:3306/',
  };
  return scenario({ servers, form: 'short', report: () => undefined });
}
