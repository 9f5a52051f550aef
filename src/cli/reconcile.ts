import { readConfig } from '../config';
import { resentDue } from '../record/move-by-hand';
import { openPlatform } from '../roles/platform';
import { sweepOverdue } from '../route/sweep-overdue';
import { makeLogger } from '../runtime/logger';
import { makeMetrics } from '../runtime/metrics';
import { waitUntil } from '../runtime/wait-until';
import { makeDeliveryStore } from '../store/deliveries/delivery-store';

/** Without a grace: a delivery that only waits its turn in the broker is sent twice, and its twin finds it settled. */
export async function reconcile({ json = false }: { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const giveUp = new AbortController();
  const platform = await openPlatform(config, makeLogger(config.logLevel), makeMetrics(), giveUp.signal);
  try {
    const ready = await waitUntil(() => platform.publisher.isReady(), { timeoutMs: 30_000, pauseMs: 100 });
    if (!ready) throw new Error('the broker cannot be reached: check AMQP_URL');
    const store = makeDeliveryStore(platform.database);
    let total = 0;
    for (let sent = -1; sent !== 0; total += sent) {
      sent = await sweepOverdue(
        {
          readyCount: () => Promise.resolve(0),
          claimOverdue: (before, until, limit) => store.claimOverdue(before, until, limit),
          dueMessages: async (ids) =>
            (await store.materialOf(ids)).map((material) => resentDue(material, new Date())),
          sendDue: (due) => platform.outlets.sendDue(due),
        },
        platform.clock.now(),
        0,
      );
    }
    const words = `sent ${total} unfinished deliveries again`;
    process.stdout.write(`${json ? JSON.stringify({ sent: total }) : words}\n`);
  } finally {
    giveUp.abort();
    await platform.close();
  }
}
