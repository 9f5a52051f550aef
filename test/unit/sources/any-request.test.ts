import { holdsBriefly } from '../../fuzz/holds-briefly';
import { inboundBodies } from '../../fuzz/inbound-bodies';

it('whatever is posted to a source becomes events that can be published, or is refused', async () => {
  await holdsBriefly(inboundBodies, 300);
});
