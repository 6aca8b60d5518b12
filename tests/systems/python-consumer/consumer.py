"""Reads every topic that an AsyncAPI document names to its end, checks each message, and prints what it saw."""

import json
import sys
from pathlib import Path

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from jsonschema_rs import Draft202012Validator

document, broker, prefix = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
asyncapi = json.loads(document.read_text())
messages = asyncapi["components"]["messages"]


def validator(schema):
    if "$ref" in schema:  # payloads lie beside the document, headers within
        schema = json.loads((document.parent / schema["$ref"]).read_text())
    return Draft202012Validator(schema, validate_formats=True)


validators = {name: (validator(m["headers"]), validator(m["payload"])) for name, m in messages.items()}
channels = {c["address"].replace("{prefix}", prefix): c for c in asyncapi["channels"].values()}
consumer = Consumer({"bootstrap.servers": broker, "group.id": "python", "enable.partition.eof": True})
cluster = consumer.list_topics(timeout=20).topics
known = [name for name in channels if "{" not in name]  # some have parameters of their own
partitions = {name: len(cluster[name].partitions) if name in cluster else 0 for name in known}
open_ends = {(name, part) for name, count in partitions.items() for part in range(count)}
consumer.assign([TopicPartition(name, part, OFFSET_BEGINNING) for name, part in open_ends])
seen, problems = [], []
while open_ends:
    message = consumer.poll(20)
    if message is None:
        sys.exit(f"The broker is silent, {len(open_ends)} partitions are not read to their end.")
    if message.error():
        if message.error().code() != KafkaError._PARTITION_EOF:
            sys.exit(str(message.error()))
        open_ends.discard((message.topic(), message.partition()))
        continue
    topic, headers = message.topic(), dict(message.headers())
    event = from_binary(KafkaMessage(headers, message.key() or None, message.value() or b"null"), JSONFormat())
    kind, data = event.get_type(), event.get_data()
    if kind not in channels[topic]["messages"]:
        problems.append(f"{topic}: {kind} is not among its messages")
        continue
    text = {name: value.decode() for name, value in headers.items()}
    checks = zip(validators[kind], (text, data) if message.value() is not None else (text,))
    problems += [f"{topic} {event.get_id()}: {e.instance_path} {e.message}" for v, d in checks for e in v.iter_errors(d)]
    key = message.key().decode() if message.key() else None
    op = data.get("op") if isinstance(data, dict) else None
    seen.append([topic, message.partition(), key, kind, event.get_extension("sequence"), op])
print(json.dumps({"partitions": partitions, "seen": seen, "problems": problems[:20]}))
