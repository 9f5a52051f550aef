import { verdictsOf } from '../../../src/domain/routing/routing-verdict';
import { withoutGone } from '../../../src/words/routing-words';

/** As routing says it of an endpoint that was deleted. */
function goneBefore(): { reason: string } {
  const state = { status: 'ACTIVE', statusSince: new Date(0), deleted: true } as const;
  const facts = { lackedScope: null, endpoints: [{ id: 'ep', state, subscriptions: [] }] };
  const verdicts = verdictsOf(facts, 'a.b', () => ({}));
  let step = verdicts.next();
  while (!step.done) step = verdicts.next();
  return { reason: step.value[0]?.reason ?? '' };
}

const gone = goneBefore();
const other = { reason: 'type a.b does not match c.*' };

describe('verdicts about endpoints that were deleted before the event', () => {
  it('are counted and not told one by one', () => {
    expect(withoutGone([gone, other, gone])).toEqual({ told: [other], rest: '2 endpoints were gone' });
    expect(withoutGone([gone])).toEqual({ told: [], rest: '1 endpoint was gone' });
    expect(withoutGone([other])).toEqual({ told: [other], rest: '' });
  });
});
