import { waitUntil } from '../../support/wait-until';
import { runWarren } from '../../support/warren-process';
import { deployWarren, type WarrenUnderTest } from '../../support/warren-under-test';

let warren: WarrenUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
}, 60_000);
afterAll(() => warren.end(), 60_000);

interface Answer {
  ok: boolean;
  findings: { name: string; state: string; found: string; advice?: string }[];
}

async function ask(env: NodeJS.ProcessEnv = {}): Promise<Answer & { code: number | null }> {
  const { code, output } = await runWarren('doctor', { ...warren.env, ...env }, '--json');
  return { code, ...(JSON.parse(output) as Answer) };
}

it('finds nothing at fault in a deployment that runs, and names what is missing in one that does not', async () => {
  const before = await ask();
  expect(before).toMatchObject({ code: 1, ok: false });
  expect(before.findings.find(({ name }) => name === 'topology')?.found).toContain(
    `${warren.namespace}.route`,
  );

  const { app } = await warren.start();
  await waitUntil(async () => (await app.readiness()).length === 0);
  const after = await ask();
  expect(after.findings.filter(({ state }) => state !== 'ok')).toEqual([]);
  expect(after).toMatchObject({ code: 0, ok: true });

  await app.stop();
  const stopped = await ask();
  expect(stopped.findings.filter(({ state }) => state === 'fault').map(({ name }) => name)).toEqual([
    'queue route',
    'queue deliver',
  ]);
}, 90_000);

it('tells of a database that is away without its password, and looks at the broker all the same', async () => {
  const { code, findings } = await ask({ DATABASE_URL: 'mysql://user:hunter2@127.0.0.1:1/warren' });
  expect(code).toBe(1);
  expect(findings[0]).toMatchObject({ name: 'database', state: 'fault' });
  expect(findings.some(({ name }) => name === 'topology')).toBe(true);
  expect(JSON.stringify(findings)).not.toContain('hunter2');
}, 60_000);
