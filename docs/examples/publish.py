"""One event over AMQP 0-9-1, confirmed by the broker. Needs pika (pip install pika, or Debian's python3-pika).

python3 docs/examples/publish.py amqp://guest:guest@127.0.0.1:5672 warren.events demo order.placed '{"total":42}'
"""

import hashlib
import sys

import pika

if len(sys.argv) != 6:
    sys.exit("usage: publish.py AMQP_URL EXCHANGE TENANT EVENT_TYPE JSON")
url, exchange, tenant, event_type, body = sys.argv[1:]

connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.confirm_delivery()  # basic_publish raises when the broker did not take it
channel.basic_publish(
    exchange=exchange,
    routing_key=event_type,
    body=body.encode(),
    properties=pika.BasicProperties(
        content_type="application/json",
        # The event's own name, such as the primary key of its row: published twice, it counts once.
        message_id=hashlib.sha256(f"{tenant} {event_type} {body}".encode()).hexdigest(),
        headers={"tenant": tenant},
        delivery_mode=2,
    ),
    mandatory=True,
)
connection.close()
print(f"published {event_type} for {tenant}")
