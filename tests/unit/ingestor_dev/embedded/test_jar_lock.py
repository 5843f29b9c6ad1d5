"""The lock file of Kafka's jars."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ingestor_dev.embedded.jar_lock import LOCK_FILE, LockedJar, digest, parse_lock, render_lock
from ingestor_dev.embedded.lock_jars import KAFKA_VERSION, LOG4J_VERSION

_PART = st.text("abcdefghijklmnopqrstuvwxyz0123456789._-", min_size=1)
_JARS = st.lists(
    st.builds(
        LockedJar,
        coordinate=st.tuples(_PART, _PART, _PART).map(":".join),
        sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    ),
    max_size=5,
)


@given(_JARS)
def test_what_is_written_is_read_back(jars: list[LockedJar]) -> None:
    assert parse_lock(render_lock(jars)) == sorted(jars)


@given(_JARS, st.randoms())
def test_the_digest_does_not_depend_on_the_order(jars: list[LockedJar], random: Random) -> None:
    shuffled = random.sample(jars, k=len(jars))

    assert digest(shuffled) == digest(jars)


def test_the_digest_changes_with_any_jar() -> None:
    jar = LockedJar("group:artifact:1", "00")

    assert len({digest([]), digest([jar]), digest([LockedJar("group:artifact:1", "01")])}) == 3


def test_the_lock_file_has_the_broker_the_tools_and_a_logger_at_the_chosen_versions() -> None:
    locked = {jar.coordinate for jar in parse_lock(LOCK_FILE.read_text())}

    assert {
        f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
        f"org.apache.kafka:kafka-tools:{KAFKA_VERSION}",
        f"org.apache.logging.log4j:log4j-slf4j-impl:{LOG4J_VERSION}",
    } <= locked


def test_the_lock_file_leaves_kafka_connect_out() -> None:
    assert not [jar for jar in parse_lock(LOCK_FILE.read_text()) if "connect" in jar.coordinate]
