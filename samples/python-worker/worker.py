#!/usr/bin/python3
"""A worker in plain Python for one node type of KafkaFlow. Needs Debian's python3-kafka and nothing else.

    /usr/bin/python3 worker.py --bootstrap 127.0.0.1:9092 --type greet

It follows docs/worker-protocol.md. Replace the function `work` with your own.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import signal
import socket
import struct
import threading
import time

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition

HAND_OVER_AFTER = 1.0  # seconds
ANSWER_BYTES = 256 * 1024
ENVELOPE_BYTES = 4096  # of them for everything but the result
REMEMBERED = 10_000  # answers, and task ids from task-control


class Fatal(Exception):
    """Raise it for what another attempt would not mend."""


def work(given, task, stopped):
    """The work itself: input as JSON value, the task, and an event that is set when the task is cancelled."""
    if "name" not in given:
        raise Fatal("input.name is missing")
    stopped.wait(given.get("hold_s", 0))
    return {"greeting": f"Hello, {given['name']}!"}


def failure(code, message, retryable=False):
    return {"error": {"code": code, "message": message, "retryable": retryable}}


class Schemas:
    """Writer schemas by fingerprint, from topic schemas; read to its end again when one is not known."""

    def __init__(self, bootstrap, topic):
        self.known = {}
        self.consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        self.partition = TopicPartition(topic, 0)
        self.consumer.assign([self.partition])
        self.consumer.seek_to_beginning()

    def find(self, fingerprint):
        if fingerprint not in self.known:
            end = self.consumer.end_offsets([self.partition])[self.partition]
            while self.consumer.position(self.partition) < end:
                for record in sum(self.consumer.poll(timeout_ms=500).values(), []):
                    if record.value:
                        self.known[record.key.decode()] = json.loads(record.value)
        return self.known[fingerprint]


class Avro:
    """Reads a flat record: null, boolean, int, long, double, string, bytes and unions of them."""

    def __init__(self, data, at):
        self.data, self.at = data, at

    def long(self):
        shift = value = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)

    def take(self, length):
        self.at += length
        if length < 0 or self.at > len(self.data):
            raise ValueError("the record is cut off")
        return self.data[self.at - length:self.at]

    def value(self, schema):
        if isinstance(schema, list):
            return self.value(schema[self.long()])
        kind = schema["type"] if isinstance(schema, dict) else schema
        if kind == "record":
            return {field["name"]: self.value(field["type"]) for field in schema["fields"]}
        if kind in ("int", "long"):
            return self.long()
        if kind == "string":
            return self.take(self.long()).decode()
        if kind == "boolean":
            return self.take(1) != b"\0"
        if kind == "double":
            return struct.unpack("<d", self.take(8))[0]
        if kind == "bytes":
            return bytes(self.take(self.long()))
        if kind == "null":
            return None
        raise ValueError(f"type {kind} is more than this reader knows")


class Rebalance(ConsumerRebalanceListener):
    """Partitions that go to another worker: what is done is committed, the rest is that worker's business."""

    def __init__(self, worker, consumer):
        self.worker, self.consumer = worker, consumer

    def on_partitions_revoked(self, revoked):
        self.worker.commit(self.consumer)
        with self.worker.lock:
            self.worker.outstanding.clear()

    def on_partitions_assigned(self, assigned):
        pass


class Worker:
    def __init__(self, options):
        self.options = options
        self.id = f"{socket.gethostname()}-{os.getpid()}"
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.controlled = collections.OrderedDict()  # task id -> action
        self.answers = collections.OrderedDict()  # (task id, hash) -> answer
        self.running = {}  # (task id, hash) -> event that stops it
        self.outstanding = {}  # partition -> {offset: done}, in the order of offsets
        self.schemas = Schemas(options.bootstrap, f"{options.prefix}.schemas")
        self.producer = KafkaProducer(
            bootstrap_servers=options.bootstrap, acks="all", linger_ms=0, retries=1_000_000,
            max_in_flight_requests_per_connection=1)
        self.pool = concurrent.futures.ThreadPoolExecutor(options.concurrency)

    def decode(self, data):
        if data[:1] == b"{":
            return json.loads(data)
        if data[:2] != b"\xc3\x01":
            raise ValueError("neither JSON nor Avro single-object encoding")
        schema = self.schemas.find(data[2:10][::-1].hex())
        return Avro(data, 10).value(schema)

    def report(self, task, event_type, **fields):
        names = ("execution_id", "task_id", "activation", "attempt", "task_hash")
        body = {"event_type": event_type, "worker_id": self.id, **{name: task[name] for name in names}, **fields}
        headers = [("event_type", event_type.encode()), ("task_id", task["task_id"].encode()),
                   ("content-type", b"application/json")]
        return self.producer.send(task["reply_topic"], json.dumps(body).encode(), key=task["execution_id"].encode(),
                                  headers=headers, partition=task["reply_partition"])

    def process(self, record, task):
        """In a thread of the pool: one task record to its answer, then the record is done."""
        key = (task["task_id"], task["task_hash"])
        stopped, begun = threading.Event(), time.monotonic()
        with self.lock:
            answer = self.answers.get(key)
            action = self.controlled.get(task["task_id"])
            self.running[key] = stopped
        if answer is None:
            watch = threading.Thread(target=self.hand_over, args=(record, task, stopped, key), daemon=True)
            watch.start()
            answer = self.run(task, stopped, action)
            answer["duration_ms"] = int((time.monotonic() - begun) * 1000)
        with self.lock:
            self.running.pop(key, None)
            stopped.set()  # ends the watch
            self.answers[key] = answer
            if len(self.answers) > REMEMBERED:
                self.answers.popitem(last=False)
        self.report(task, "action_failed" if "error" in answer else "action_completed", **answer).get(timeout=300)
        self.done(record)

    def run(self, task, stopped, action):
        try:
            if action is None:
                result = work(json.loads(task["input"] or "null"), task, stopped)
                action = self.controlled.get(task["task_id"])
            if action is not None:
                return failure(action, "the engine stopped this attempt")
            size = len(json.dumps(result))
            if size > ANSWER_BYTES - ENVELOPE_BYTES:
                return failure("result_too_large", f"the result has {size} bytes, at most {ANSWER_BYTES} are allowed")
            return {"result": result}
        except Exception as problem:
            return failure(type(problem).__name__, str(problem), retryable=not isinstance(problem, Fatal))

    def hand_over(self, record, task, stopped, key):
        """A task that runs longer than a second: action_started, then the record is done and heartbeats follow."""
        pause, event_type = HAND_OVER_AFTER, "action_started"
        while not stopped.wait(pause) and self.running.get(key) is stopped:
            self.report(task, event_type).get(timeout=300)
            self.done(record)
            pause, event_type = (task["heartbeat_ms"] or 30_000) / 3000, "action_heartbeat"

    def done(self, record):
        with self.lock:
            offsets = self.outstanding.get(record.partition, {})
            if record.offset in offsets:
                offsets[record.offset] = True

    def commit(self, consumer):
        """Commits the first offset that is not done, per partition."""
        ready = {}
        with self.lock:
            for partition, offsets in self.outstanding.items():
                while offsets and next(iter(offsets.values())):
                    last = next(iter(offsets))
                    del offsets[last]
                    ready[TopicPartition(self.topic, partition)] = OffsetAndMetadata(last + 1, "")
        if ready:
            consumer.commit(ready)

    def follow_control(self):
        consumer = KafkaConsumer(bootstrap_servers=self.options.bootstrap, enable_auto_commit=False)
        consumer.assign([TopicPartition(f"{self.options.prefix}.task-control", 0)])
        consumer.seek_to_beginning()
        while not self.stopping.is_set():
            for record in sum(consumer.poll(timeout_ms=200).values(), []):
                control = json.loads(record.value)
                with self.lock:
                    self.controlled[control["task_id"]] = control["action"]
                    if len(self.controlled) > REMEMBERED:
                        self.controlled.popitem(last=False)
                    for (task_id, _), stopped in self.running.items():
                        if task_id == control["task_id"]:
                            stopped.set()

    def main(self):
        self.topic = f"{self.options.prefix}.tasks.{self.options.type}"
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        threading.Thread(target=self.follow_control, daemon=True).start()
        consumer = KafkaConsumer(
            bootstrap_servers=self.options.bootstrap, group_id=f"{self.options.prefix}-worker-{self.options.type}",
            enable_auto_commit=False, auto_offset_reset="earliest")
        consumer.subscribe([self.topic], listener=Rebalance(self, consumer))
        committed = time.monotonic()
        while not self.stopping.is_set():
            for record in sum(consumer.poll(timeout_ms=100).values(), []):
                with self.lock:
                    self.outstanding.setdefault(record.partition, {})[record.offset] = False
                try:
                    task = self.decode(record.value)
                except Exception as problem:
                    self.dead_letter(record, problem)
                else:
                    self.pool.submit(self.process, record, task)
            if time.monotonic() - committed > 0.5:
                self.commit(consumer)
                committed = time.monotonic()
        self.pool.shutdown(wait=True)  # drain: everything begun is answered
        self.commit(consumer)
        consumer.close()

    def dead_letter(self, record, problem):
        place = f"{record.topic}-{record.partition}@{record.offset}"
        headers = {"dlq_topic": record.topic, "dlq_partition": record.partition, "dlq_offset": record.offset,
                   "dlq_code": "undecodable", "dlq_reason": problem}
        self.producer.send(f"{self.options.prefix}.dlq", record.value, place.encode(),
                           [(name, str(value).encode()) for name, value in headers.items()]).get(timeout=300)
        self.done(record)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", default=os.environ.get("KAFKAFLOW_BOOTSTRAP", "127.0.0.1:9092"))
    parser.add_argument("--prefix", default=os.environ.get("KAFKAFLOW_PREFIX", "kafkaflow"))
    parser.add_argument("--type", default="greet", help="node type to serve")
    parser.add_argument("--concurrency", type=int, default=16)
    Worker(parser.parse_args()).main()
