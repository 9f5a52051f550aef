import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

const ROOT = resolve(__dirname, '../..');
const MAIN = join(ROOT, 'dist/src/main.js');
const STORY_MS = 20_000;

/** A command as a person sees it in a terminal. */
interface Watched {
  lines: string[];
  /** The first line that fits; waits for one. */
  line(pattern: RegExp, timeoutMs?: number): Promise<string>;
  interrupt(): Promise<number | null>;
  /** Its exit code, when it has ended. */
  ended: Promise<number | null>;
}

const running = new Set<ChildProcess>();

function watch(command: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env): Watched {
  // A group of its own: `sh` does not hand an interrupt on to what it runs.
  const child = spawn(command, words, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.add(child);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  void ended.then(() => running.delete(child));
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', (line) => lines.push(line));
  return {
    ...{ lines, ended },
    async line(pattern, timeoutMs = 10_000) {
      const find = (): string | undefined => lines.find((line) => pattern.test(line));
      await waitUntil(() => find() !== undefined || child.exitCode !== null, timeoutMs).catch(
        () => undefined,
      );
      const found = find();
      if (found === undefined) throw new Error(`no line like ${String(pattern)} in:\n${lines.join('\n')}`);
      return found;
    },
    async interrupt() {
      interruptGroup(child, 'SIGINT');
      return ended;
    },
  };
}

function interruptGroup({ pid, exitCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined && exitCode === null) process.kill(-pid, signal);
}

let warren: WarrenUnderTest;
let dataDir: string;
let first: Watched;

function up(path = process.env.PATH, ...flags: string[]): Watched {
  const { WARREN_OPERATOR_KEY, WARREN_MASTER_KEYS, ...env } = warren.env;
  expect([WARREN_OPERATOR_KEY, WARREN_MASTER_KEYS]).not.toContain(undefined);
  return watch(process.execPath, [MAIN, 'up', '--data', dataDir, '--port', '0', ...flags], {
    ...env,
    PATH: path,
  });
}

const READY = /Ctrl-C stops everything/;

function isOrdered(lines: readonly string[], patterns: readonly RegExp[]): void {
  let from = 0;
  for (const pattern of patterns) {
    const at = lines.slice(from).findIndex((line) => pattern.test(line));
    if (at < 0)
      throw new Error(`no line like ${String(pattern)} after line ${from} of:\n${lines.join('\n')}`);
    from += at + 1;
  }
}

/** The lines to paste, in the order printed. */
function pasteLines(lines: readonly string[]): [publish: string, amqp: string, watch: string] {
  const start = lines.findIndex((line) => line.includes('Three things to try next'));
  const found = lines.slice(start).filter((line) => /^ {2}(curl|amqp-publish|node) /.test(line));
  expect(found).toHaveLength(3);
  return found as [string, string, string];
}

async function paste(line: string): Promise<string> {
  const shell = watch('sh', ['-c', line]);
  expect(await shell.ended).toBe(0);
  return shell.lines.join('\n');
}

async function counts(): Promise<object> {
  const tables = ['tenants', 'api_keys', 'endpoints', 'webhook_subscriptions', 'events', 'deliveries'];
  const selects = tables.map((table) => `(select count(*) from ${table}) as ${table}`);
  const [row] = await warren.sql<object>(`select ${selects.join(', ')}`);
  return { ...row };
}

const inspectorUrl = async (terminal: Watched): Promise<string> =>
  /http:\S+/.exec(await terminal.line(/^ {2}Inspector /))?.[0] ?? '';

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_LADDER: '1,2,3' });
  dataDir = mkdtempSync(join(tmpdir(), 'warren-demo-'));
}, 60_000);
afterAll(async () => {
  for (const child of running) interruptGroup(child, 'SIGKILL');
  await warren.end();
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

describe('the demo of the first `up`', () => {
  it('shows signed deliveries, one that climbs the ladder, and a dead letter retried by hand, in time', async () => {
    const startedAt = performance.now();
    first = up();
    await first.line(READY, STORY_MS);
    expect(performance.now() - startedAt).toBeLessThan(STORY_MS);
    const { lines } = first;
    for (const type of ['push', 'pull_request.opened', 'release.published', 'fork']) {
      isOrdered(lines, [new RegExp(`✓ github\\.${type} → reliable +200 +\\d+ ms {2}signature ok$`)]);
    }
    isOrdered(lines, [
      /made over GraphQL/,
      /published over AMQP to .+\.events$/,
      /✗ github\.issues\.opened → flaky +HTTP_500, next try in 1 s \(attempt 1\)$/,
      /✗ github\.issues\.opened → flaky +HTTP_500, next try in 2 s \(attempt 2\)$/,
      /✓ github\.issues\.opened → flaky +200 .+ signature ok {2}attempt 3$/,
    ]);
    isOrdered(lines, [
      /✗ github\.star\.created → broken +HTTP_500, next try in 1 s \(attempt 1\)$/,
      /☠ github\.star\.created → broken +HTTP_500, dead-lettered after 2 attempts$/,
      /retried by hand/,
      /^ {2}(curl|node) .+deliveryRetry/,
      /✓ github\.star\.created → broken +200 .+ signature ok {2}attempt 3$/,
      /^ {2}GraphQL /,
      /Three things to try next/,
      READY,
    ]);
    expect(lines.filter((line) => /^ {2}!/.test(line))).toEqual([]);
    // Escape sequences are for terminals, and this is a pipe.
    expect(lines.join('')).not.toContain('\u001b');
  }, 40_000);

  it('publishes and watches by the three lines that it prints, pasted into a shell', async () => {
    const [publish, amqp, watchLine] = pasteLines(first.lines);
    const watching = watch('sh', ['-c', watchLine]);
    await watching.line(/^watching/);
    expect(await paste(publish)).toMatch(/"eventId":"evt_[0-9a-z]{26}","userErrors":\[\]/);
    await first.line(/✓ github\.ping → reliable +200 .+ signature ok/);
    await watching.line(/^DELIVERED +github\.ping → reliable +200 in \d+ ms$/);
    await paste(amqp);
    await first.line(/✓ github\.star\.deleted → reliable +200 .+ signature ok/);
    await first.line(/✓ github\.star\.deleted → broken +200 .+ signature ok/);
    await watching.line(/^DELIVERED +github\.star\.deleted → broken +200 in \d+ ms$/);
    await watching.interrupt();
  }, 40_000);

  it('retries by the line that it printed for the dead letter', async () => {
    const line = await first.line(/deliveryRetry/);
    expect(await paste(line)).toContain('"userErrors":[]');
    await first.line(/✓ github\.star\.created → broken +200 .+ attempt 4$/);
  }, 20_000);

  it('shows in the inspector what arrived, with the bodies that GitHub sends', async () => {
    const url = await inspectorUrl(first);
    const listed = (await (await fetch(`${url}requests?name=flaky`)).json()) as {
      receivers: { requests: { signature: string; answeredStatus: number; body: string }[] }[];
    };
    const requests = listed.receivers[0]?.requests ?? [];
    expect(requests.map(({ answeredStatus }) => answeredStatus)).toEqual([200, 500, 500]);
    expect(new Set(requests.map(({ signature }) => signature))).toEqual(new Set(['ok']));
    const body = JSON.parse(requests[0]?.body ?? '') as { type: string; data: object };
    expect(body).toMatchObject({ type: 'github.issues.opened', data: { action: 'opened' } });
    expect(body.data).toHaveProperty('issue.title');
    expect(await (await fetch(url)).text()).toContain('signature ok');
  });

  it('is found by the doctor beside it, who needs no environment', async () => {
    const doctor = watch(process.execPath, [MAIN, 'doctor', '--data', dataDir, '--json'], {
      PATH: process.env.PATH,
    });
    expect(await doctor.ended).toBe(0);
    const { findings } = JSON.parse(doctor.lines.join('')) as { findings: { name: string; found: string }[] };
    expect(findings.find(({ name }) => name === 'queue route')?.found).toBe('0 messages wait, 1 consumers');
  }, 20_000);

  it('stops at Ctrl-C, with the exit code of success, and keeps the key to itself', async () => {
    const startedAt = performance.now();
    expect(await first.interrupt()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(statSync(join(dataDir, 'demo.json')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(dataDir, 'running.json'))).toBe(false);
  }, 20_000);
});

describe('the second `up` on the same data', () => {
  it('makes nothing again, says the same, and goes on showing deliveries', async () => {
    const before = await counts();
    const second = up('/nowhere');
    await second.line(READY, 20_000);
    expect(await inspectorUrl(second)).toBe(await inspectorUrl(first));
    expect(await second.line(/^ {2}Tenant key /)).toBe(await first.line(/^ {2}Tenant key /));
    expect(await counts()).toEqual(before);

    const [publish, amqp] = pasteLines(second.lines);
    expect(amqp).toMatch(/^ {2}node docs\/examples\/publish\.mjs /);
    await paste(publish);
    await second.line(/✓ github\.ping → reliable +200 .+ signature ok/);
    expect(await paste(amqp)).toBe('published github.star.deleted for demo');
    await second.line(/✓ github\.star\.deleted → broken +200 .+ signature ok/);
    expect(second.lines.join('\n')).not.toMatch(/github\.push|made over GraphQL/);
    expect(await second.interrupt()).toBe(0);
  }, 60_000);
});

describe('`up` without the demo', () => {
  it('says where everything is, and where the key to it', async () => {
    const quiet = up(process.env.PATH, '--no-demo');
    await quiet.line(/^ready {2}http:\S+\/graphql /, STORY_MS);
    expect(await quiet.line(/^portal /)).toMatch(/^portal http:\S+\/portal$/);
    expect(await quiet.line(/^key /)).toBe(`key    operatorKey in ${join(dataDir, 'keys.json')}`);
    expect(await quiet.interrupt()).toBe(0);
  });
});
