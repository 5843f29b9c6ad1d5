"""Reading a partition's log from its leader: record sets as the broker stores them, each within bounds of our own.

librdkafka inflates every record set of a response before anybody can say no, and steps over none that it cannot read.
Here a record set is looked at by its header first. See docs/adr/0048-reading-the-log.md.
"""
