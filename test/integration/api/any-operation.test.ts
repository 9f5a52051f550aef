import { graphqlInputs } from '../../fuzz/graphql-inputs';
import { holdsBriefly } from '../../fuzz/holds-briefly';

it('every operation that the schema allows is answered or refused, and none breaks', async () => {
  await holdsBriefly(graphqlInputs, 150);
}, 60_000);
