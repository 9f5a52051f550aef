import { withoutGone } from '../../../src/words/routing-words';

const verdict = (reason: string) => ({ reason });
const gone = verdict('endpoint deleted before the event');
const other = verdict('type a.b does not match c.*');

describe('verdicts about endpoints that were deleted before the event', () => {
  it('are counted and not told one by one', () => {
    expect(withoutGone([gone, other, gone])).toEqual({ told: [other], rest: '2 endpoints were gone' });
    expect(withoutGone([gone])).toEqual({ told: [], rest: '1 endpoint was gone' });
    expect(withoutGone([other])).toEqual({ told: [other], rest: '' });
  });
});
