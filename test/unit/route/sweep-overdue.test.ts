import { sweepOverdue, type SweepDeps } from '../../../src/route/sweep-overdue';
import { makeDue } from '../made-up-tenant';

const NOW = new Date('2026-01-02T03:04:05.000Z');

function makeDeps(changes: Partial<SweepDeps> = {}) {
  const claimOverdue = jest.fn<Promise<string[]>, [Date, Date, number]>(() => Promise.resolve(['a', 'b']));
  const sendDue = jest.fn(() => Promise.resolve());
  const deps: SweepDeps = {
    readyCount: () => Promise.resolve(0),
    claimOverdue,
    dueMessages: (ids) => Promise.resolve(ids.map((id) => makeDue({ id }))),
    sendDue,
    ...changes,
  };
  return { deps, claimOverdue, sendDue };
}

describe('the sweep', () => {
  it('sends again what has been overdue for a minute, and leaves it alone for a minute after', async () => {
    const { deps, claimOverdue, sendDue } = makeDeps();
    expect(await sweepOverdue(deps, NOW)).toBe(2);
    expect(claimOverdue).toHaveBeenCalledWith(
      new Date('2026-01-02T03:03:05.000Z'),
      new Date('2026-01-02T03:05:05.000Z'),
      expect.any(Number),
    );
    expect(sendDue).toHaveBeenCalledTimes(2);
  });

  it('may be told to wait for nothing, and still does not send again at once', async () => {
    const { deps, claimOverdue } = makeDeps();
    await sweepOverdue(deps, NOW, 0);
    expect(claimOverdue.mock.calls[0]?.slice(0, 2)).toEqual([NOW, new Date('2026-01-02T03:05:05.000Z')]);
  });

  it('does nothing while the queue is long: what is late then only waits', async () => {
    const { deps, claimOverdue } = makeDeps({ readyCount: () => Promise.resolve(1001) });
    expect(await sweepOverdue(deps, NOW)).toBe(0);
    expect(claimOverdue).not.toHaveBeenCalled();
  });

  it('counts what it sent, not what it claimed: an event past retention has nothing to send', async () => {
    const { deps } = makeDeps({ dueMessages: () => Promise.resolve([makeDue()]) });
    expect(await sweepOverdue(deps, NOW)).toBe(1);
  });

  it('says so when the broker does not take them', async () => {
    const { deps } = makeDeps({ sendDue: () => Promise.reject(new Error('the broker is away')) });
    await expect(sweepOverdue(deps, NOW)).rejects.toThrow('the broker is away');
  });
});
