import { makeGateBoard } from '../../../src/gate/gate-board';

it('holds what comes for an endpoint whose gate says so, and not for one that only has a backlog', () => {
  const board = makeGateBoard();
  board.note({ endpointId: 'recovers', reason: 'OVERFLOW', hasOwner: true });
  board.note({ endpointId: 'drains', reason: null, hasOwner: true });
  expect(['recovers', 'drains'].map((id) => board.passingReason(id))).toEqual(['OVERFLOW', undefined]);
  expect(['recovers', 'drains', 'unknown'].map((id) => board.hasOwner(id))).toEqual([true, true, false]);
  board.replace([{ endpointId: 'recovers', reason: null, hasOwner: false }]);
  expect(['recovers', 'drains'].map((id) => board.hasOwner(id))).toEqual([false, false]);
});

it('holds all that comes for a moment when some of it overflowed', async () => {
  const board = makeGateBoard();
  board.overflowed('slow');
  board.note({ endpointId: 'slow', reason: null, hasOwner: true });
  expect(board.passingReason('slow')).toBe('OVERFLOW');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(board.passingReason('slow')).toBeUndefined();
});
