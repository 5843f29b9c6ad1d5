"""What the coordinator of a group says of its members, read so that no member's bytes end the process.

librdkafka is not asked: see docs/adr/0071-groups-are-described-without-librdkafka.md.
"""
