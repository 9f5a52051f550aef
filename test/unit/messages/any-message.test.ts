import { amqpMessages } from '../../fuzz/amqp-messages';
import { holdsBriefly } from '../../fuzz/holds-briefly';

it('whatever comes off the broker is an envelope that the database can hold, or a reject code', async () => {
  await holdsBriefly(amqpMessages, 1000);
});
