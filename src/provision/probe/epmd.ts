import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, type Step } from './socket-exchange';

/**
 * Ends the Erlang port mapper on this loopback port, as `epmd -kill` does, without needing that binary. It daemonises
 * itself, so no process group reaches it. It refuses while a node is registered with it: tries until `timeoutMs`.
 * Protocol: https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#epmd-protocol
 */
export async function stopEpmd(port: number, timeoutMs = 1_500): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  do {
    // Only an epmd answers NAMES_REQ with its own port: whatever else listens there by now is left alone.
    const names = await ask(port, 'n', 4);
    if (names?.readUInt32BE(0) !== port) return;
    if ((await ask(port, 'k', 2))?.toString('latin1') === 'OK') return;
    await sleep(50);
  } while (Date.now() < deadline);
}

async function ask(port: number, request: string, answerBytes: number): Promise<Buffer | null> {
  const result = await exchange(
    { host: '127.0.0.1', port },
    {
      hello: Buffer.from([0, 1, request.charCodeAt(0)]),
      timeoutMs: 500,
      next: (received): Step<Buffer> =>
        received.length < answerBytes ? { wait: true } : { done: received.subarray(0, answerBytes) },
    },
  );
  return result.answered ? result.value : null;
}
