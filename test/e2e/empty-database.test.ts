import { startApp } from '../../src/app';
import { readConfig } from '../../src/config';
import { makeLogger } from '../../src/runtime/logger';
import { makeTestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';
import { deployWarren } from '../support/warren-under-test';

it('starts on an empty database, and looks into it only once the tables are there', async () => {
  const warren = await deployWarren();
  const empty = await makeTestDatabase(undefined, { isEmpty: true });
  const lines: string[] = [];
  try {
    const config = readConfig({
      ...warren.env,
      DATABASE_URL: empty.url,
    });
    const app = await startApp(
      config,
      makeLogger('info', { write: (line: string) => void lines.push(line) }),
    );
    await waitUntil(async () => (await app.readiness()).length === 0, 20_000);
    await app.stop();
    expect(lines.some((line) => line.includes('"warren.started"'))).toBe(true);
    expect(lines.filter((line) => line.includes("doesn't exist"))).toEqual([]);
  } finally {
    await empty.drop();
    await warren.end();
  }
}, 60_000);
