// One event over AMQP 0-9-1, confirmed by the broker. Nothing of Warren's is needed to publish.
//   node docs/examples/publish.mjs amqp://guest:guest@127.0.0.1:5672 warren.events demo order.placed '{"total":42}'
import { connect } from 'amqplib';

const [url, exchange, tenant, type, json] = process.argv.slice(2);
if (!json) {
  console.error('usage: node docs/examples/publish.mjs AMQP_URL EXCHANGE TENANT EVENT_TYPE JSON');
  process.exit(2);
}

const connection = await connect(url);
const channel = await connection.createConfirmChannel();
channel.publish(exchange, type, Buffer.from(json), {
  contentType: 'application/json',
  headers: { tenant },
  persistent: true,
});
await channel.waitForConfirms();
await connection.close();
console.log(`published ${type} for ${tenant}`);
