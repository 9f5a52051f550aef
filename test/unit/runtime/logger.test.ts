import { makeLogger } from '../../../src/runtime/logger';

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
});
