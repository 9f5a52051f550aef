import { holdsBriefly } from '../../fuzz/holds-briefly';
import { portalInputs } from '../../fuzz/portal-inputs';

it('whatever is given to the portal opens no session and is shown whole', async () => {
  await holdsBriefly(portalInputs, 200);
});
