"""A cluster of Kafka brokers, those that librdkafka has for its own tests, until standard input ends.

Says first where they are. Takes one fault a line: `refuse <times> <error>` answers that many messages with an error of
Kafka's, `down <broker>` and `up <broker>` stop and start one, `lead <partition> <broker>` moves a partition.
"""

import ctypes
import sys

PRODUCER = 0
PRODUCE_REQUEST = 0
BROKERS = 3
PARTITIONS = 3
LEADER_NOT_AVAILABLE = 5
UNKNOWN_TOPIC = 3

kafka = ctypes.CDLL("librdkafka.so.1")
for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new"):
    getattr(kafka, name).restype = ctypes.c_void_p
kafka.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p

reason = ctypes.create_string_buffer(512)
settings = ctypes.c_void_p(kafka.rd_kafka_conf_new())
kafka.rd_kafka_conf_set(settings, b"log_level", b"3", reason, 512)
client = kafka.rd_kafka_new(PRODUCER, settings, reason, 512)
cluster = ctypes.c_void_p(kafka.rd_kafka_mock_cluster_new(ctypes.c_void_p(client), BROKERS))
kafka.rd_kafka_mock_topic_create(cluster, b"orders", PARTITIONS, 1)
# A topic that nobody asks for is there unless it is said not to be; one that is out of order is in every real cluster.
kafka.rd_kafka_mock_topic_set_error(cluster, b"nowhere", UNKNOWN_TOPIC)
kafka.rd_kafka_mock_topic_set_error(cluster, b"broken", LEADER_NOT_AVAILABLE)
print(kafka.rd_kafka_mock_cluster_bootstraps(cluster).decode(), flush=True)

for line in sys.stdin:
    what, *numbers = line.split()
    first, *second = map(int, numbers)
    if what == "refuse":
        kafka.rd_kafka_mock_push_request_errors_array(
            cluster, PRODUCE_REQUEST, ctypes.c_size_t(first), (ctypes.c_int * first)(*(second * first))
        )
    elif what == "down":
        kafka.rd_kafka_mock_broker_set_down(cluster, first)
    elif what == "up":
        kafka.rd_kafka_mock_broker_set_up(cluster, first)
    elif what == "lead":
        kafka.rd_kafka_mock_partition_set_leader(cluster, b"orders", first, second[0])
    print("done", flush=True)
