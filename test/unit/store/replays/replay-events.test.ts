import { randomUUID } from 'node:crypto';
import type { ReplayJob } from '../../../../src/domain/replay';
import type { Sql } from '../../../../src/store/database';
import { readEvents } from '../../../../src/store/replays/replay-events';
import { ENDPOINT, TENANT } from '../../made-up-tenant';

const LIMITS = { deliveries: 10, bytes: 1000 };
const JOB = {
  tenantId: TENANT,
  selection: { endpointId: ENDPOINT },
  createdAt: new Date(),
  reached: null,
} as unknown as ReplayJob;

it('goes on behind events that retention has taken since it saw their types', async () => {
  const heads = [randomUUID(), randomUUID()].map((id) => ({
    id: Buffer.from(id.slice(0, 16)),
    type: 'order.paid',
  }));
  const answers: unknown[][] = [heads, []];
  const sql = { rows: () => Promise.resolve(answers.shift() ?? []) } as unknown as Sql;
  const { events, reached } = await readEvents(sql, JOB, () => 1, LIMITS);
  expect(events).toEqual([]);
  // Undefined would say that nothing is left, and end the replay before the events that are.
  expect(reached).toEqual(heads[1]?.id);
});
