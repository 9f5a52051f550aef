import { idBytes } from '../../src/domain/ids';
import { gateStory } from '../support/gate-story';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let gate: ReturnType<typeof gateStory>;

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start({ WARREN_ROLES: 'api,router' });
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  gate = gateStory(acme, receiver);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const TAKEOVER_MS = 10_000;

/** Four requests under way from a worker that is killed then; another one is there. */
async function killOwner(path: string, before: (id: string) => Promise<unknown>): Promise<number> {
  const owner = await warren.spawn({ WARREN_ROLES: 'worker' });
  const { id } = await acme.endpoint({ url: receiver.url(`/${path}`), eventTypes: [path], maxInFlight: 4 });
  for (let n = 0; n < 4; n++) await warren.publish('acme', path, { n });
  await waitUntil(() => receiver.at(`/${path}`).length === 4, 10_000);
  const next = await warren.start({ WARREN_ROLES: 'worker' });
  await before(id);
  await owner.signal('SIGKILL');
  const killedMs = Date.now();
  await waitUntil(
    async () =>
      receiver.at(`/${path}`).length === 8 ||
      (await gate.deliveries(path)).every(({ heldBecause }) => heldBecause === 'CIRCUIT'),
    20_000,
  );
  const tookMs = Date.now() - killedMs;
  await next.app.stop();
  return tookMs;
}

it('sends again within 10 seconds what a killed owner had let go', async () => {
  receiver.answer(({ path }) => ({ delayMs: receiver.at(path).length <= 4 ? 15_000 : 0 }));
  expect(await killOwner('drains', () => Promise.resolve())).toBeLessThan(TAKEOVER_MS);
  expect(receiver.at('/drains')).toHaveLength(8);
}, 90_000);

it('holds it again as soon where the circuit is open, and sends nothing', async () => {
  receiver.answer(() => ({ delayMs: 30_000 }));
  const tookMs = await killOwner('shut', (id) =>
    warren.sql(
      `update gates set circuit = 'OPEN', opened_at = utc_timestamp(3), changed_at = utc_timestamp(3),
         probe_at = utc_timestamp(3) + interval 10 minute where endpoint_id = ?`,
      [idBytes('endpoint', id)],
    ),
  );
  expect(tookMs).toBeLessThan(TAKEOVER_MS);
  expect(await gate.statuses('shut')).toEqual(['HELD', 'HELD', 'HELD', 'HELD']);
  expect(receiver.at('/shut')).toHaveLength(4);
}, 90_000);
