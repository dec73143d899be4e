#!/usr/bin/python3
"""What librdkafka's tests ask of kafka-topics.sh, without a Java start for each and without the newest tool's own limits."""
import argparse
from kafka.admin import KafkaAdminClient, NewPartitions, NewTopic

p = argparse.ArgumentParser()
for flag in ("create", "delete", "alter"):
    p.add_argument("--" + flag, action="store_true")
p.add_argument("--bootstrap-server")
p.add_argument("--topic")
p.add_argument("--partitions", type=int, default=-1)
p.add_argument("--replication-factor", type=int, default=1)
p.add_argument("--config", action="append", default=[])
a, _ = p.parse_known_args()
admin = KafkaAdminClient(bootstrap_servers=a.bootstrap_server)
topic = a.topic.strip('"')
if a.create:
    partitions = a.partitions if a.partitions > 0 else 1
    configs = dict(c.split("=", 1) for c in a.config)
    admin.create_topics([NewTopic(topic, partitions, a.replication_factor, topic_configs=configs)])
elif a.delete:
    admin.delete_topics([topic])
elif a.alter:
    admin.create_partitions({topic: NewPartitions(a.partitions)})
