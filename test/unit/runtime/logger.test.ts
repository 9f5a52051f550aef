import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLogger, openLog } from '../../../src/runtime/logger';
import { waitUntil } from '../../../src/runtime/wait-until';
import { builtFile } from '../../support/built-file';

describe('the log', () => {
  const lines: string[] = [];
  const log = makeLogger('info', { write: (line) => void lines.push(line) });
  beforeEach(() => void lines.splice(0));

  it('is one line of JSON per unit of work', () => {
    log.info({ deliveryId: 'dlv_1', attempt: 2 }, 'attempt.finished');
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? '') as { time: string };
    expect(line).toMatchObject({
      service: 'warren',
      msg: 'attempt.finished',
      deliveryId: 'dlv_1',
      attempt: 2,
    });
    expect(new Date(line.time).getTime()).toBeGreaterThan(Date.now() - 5000);
  });

  it.each(['authorization', 'secret', 'secrets', 'password', 'plainKey', 'token'])(
    'never shows %s',
    (name) => {
      log.info({ [name]: 'hunter2' }, 'x');
      expect(lines[0]).not.toContain('hunter2');
      expect(lines[0]).toContain('[redacted]');
    },
  );

  it('has what its level asks for', () => {
    log.debug('too much');
    expect(lines).toEqual([]);
  });

  it('waits a moment for more lines, and then leaves by itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'warren-log-'));
    const path = join(folder, 'log');
    const toFile = makeLogger('info', openLog(path));
    toFile.info('one');
    toFile.info('two');
    const written = (): string[] => readFileSync(path, { encoding: 'utf8', flag: 'a+' }).split('\n');
    const inTime = await waitUntil(() => written().length > 2, { timeoutMs: 5000, pauseMs: 10 });
    expect(inTime).toBe(true);
    expect(written()[1]).toContain('two');
    rmSync(folder, { recursive: true });
  });

  it('has the last line too when the process exits in the same moment', () => {
    const logger = JSON.stringify(builtFile('src/runtime/logger.js'));
    const { status, stderr } = spawnSync(process.execPath, [
      '-e',
      `const log = require(${logger}).makeLogger('info'); log.info('first'); log.info('last'); process.exit(3)`,
    ]);
    expect(status).toBe(3);
    expect(stderr.toString().trim().split('\n')).toEqual([
      expect.stringContaining('"first"'),
      expect.stringContaining('"last"'),
    ]);
  });
});
