import { eventPatterns } from '../../../fuzz/event-patterns';
import { holdsBriefly } from '../../../fuzz/holds-briefly';

it('whatever is given for a pattern is compiled or refused in words', async () => {
  await holdsBriefly(eventPatterns, 500);
});
