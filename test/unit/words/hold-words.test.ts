import { holdWords } from '../../../src/words/hold-words';
import { HOLD_REASONS } from '../../../src/domain/delivery/hold-reason';

it('has words for every reason to wait, and shows one of a newer deployment as it is', () => {
  for (const reason of HOLD_REASONS) expect(holdWords(reason)).not.toContain(reason);
  expect(holdWords('LATER')).toBe('waits: LATER');
});
