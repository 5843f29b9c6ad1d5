"""Whether the books balance: a pure function of the ledger's accounts and the topic's logs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestor_common.counted_nouns import counted_noun
from ingestor_common.store.ledger import Account, EarlierBooks


@dataclass(frozen=True, slots=True)
class Books:
    """A partition's account beside its log. `account` is None where no consumer has opened the partition yet.

    `common_end` is where the log that was read and the log that is there divide; None where that is not known.
    """

    partition: int
    account: Account | None
    log_start: int
    log_end: int
    common_end: int | None = None

    @property
    def lag(self) -> int:
        """Records (and gaps) that the log has and the account is not past: log end = next offset + lag."""
        next_offset = self.log_start if self.account is None else self.account.next_offset
        return self.log_end - next_offset


def compare(
    accounts: Mapping[int, Account],
    log_starts: Mapping[int, int],
    log_ends: Mapping[int, int],
    common_ends: Mapping[int, int],
) -> list[Books]:
    """The books of every partition of the topic. The accounts must have been read before the log ends."""
    return [
        Books(partition, accounts.get(partition), log_starts[partition], end, common_ends.get(partition))
        for partition, end in log_ends.items()
    ]


def faults(books: Books) -> list[str]:
    """What is wrong with a partition's books and what to do, a sentence each; empty where they balance.

    They balance when next - first = persisted + duplicates + dead-lettered + gaps + written off - vanished, and the log
    does not end before next.
    """
    account = books.account
    if account is None:
        return []
    return [*_unaccounted(account), *_ahead(books, account), *_divided(books, account), *_overtaken(books, account)]


def unopened(books: Sequence[Books], group: str) -> str | None:
    """A sentence where no consumer of the group has opened any partition, so that there are no books to balance."""
    if any(each.account is not None for each in books):
        return None
    waiting = sum(each.lag for each in books)
    if not waiting:
        return f"there are no books yet: no consumer of group {group} has run, and the topic holds no records"
    waits = counted_noun(waiting, "record waits", "records wait")
    return (
        f"there are no books of group {group}: none of its consumers has run, and {waits}. Start one, "
        "or correct KAFKA_GROUP."
    )


def not_opened(books: Sequence[Books]) -> str | None:
    """A sentence that names the partitions that no consumer has opened, where others are; None for none."""
    closed = [str(each.partition) for each in books if each.account is None]
    if not closed or len(closed) == len(books):
        return None
    which = f"partition {closed[0]}" if len(closed) == 1 else f"partitions {', '.join(closed)}"
    return f"no consumer has opened {which} yet, so there are no books of {'it' if len(closed) == 1 else 'them'}"


def notes(books: Books) -> list[str]:
    """What a person should know of a partition though its books balance."""
    account = books.account
    if account is None:
        return []
    where, found = f"partition {books.partition}", []
    if account.written_off:
        gone = counted_noun(
            account.written_off,
            "record that retention removed before it was read is written off",
            "records that retention removed before they were read are written off",
        )
        found.append(f"{where}: {gone}")
    if account.vanished:
        vanished = counted_noun(account.vanished, "record")
        found.append(
            f"{where}: brokers have lost {vanished} that had been read (an unclean leader election, a "
            "power loss, or a log restored from an older copy). What was read is stored; what else they had "
            "acknowledged and lost, only its senders have."
        )
    return found


def note_earlier(earlier: EarlierBooks) -> str:
    """What these books do not tell: how far the topic was read that had the name before."""
    read = ", ".join(f"{partition}:{offset}" for partition, offset in earlier.next_offsets.items())
    until = f"{earlier.closed_at:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"before this topic there was another of its name ({earlier.topic_id}), read until {until}, up to before the "
        f"offsets {read} (partition:offset). What it held from there on is not stored, unless it was sent again."
    )


def _unaccounted(account: Account) -> list[str]:
    where = f"partition {account.partition}"
    found = []
    lost = account.lost - account.written_off
    if lost:
        removed = counted_noun(lost, "record before it was read", "records before they were read")
        found.append(
            f"{where}: retention removed {removed}. Consumers were behind for longer than "
            "it, or the database was restored from a backup older than it. The events are gone from Kafka; their "
            "senders may have them. Once they were asked: ingestor-admin ledger write-off"
        )
    unexplained = account.unaccounted - lost
    if unexplained:
        unknown = counted_noun(unexplained, "of its offsets is", "of its offsets are")
        found.append(
            f"{where}: {unknown} not accounted for. Compare with `ingestor-admin replay "
            "--dry-run` over this partition's offsets, and report it as a defect."
        )
    return found


def _ahead(books: Books, account: Account) -> list[str]:
    if books.lag >= 0:
        return []
    ahead = counted_noun(-books.lag, "offset")
    return [
        f"partition {account.partition}: the ledger is {ahead} ahead of the log's end. Brokers have lost "
        "records that they had acknowledged (an unclean leader election, or a log restored from an older copy). The "
        "events that were read are stored. A running consumer goes back to where the logs divide by itself."
    ]


def _divided(books: Books, account: Account) -> list[str]:
    if books.common_end is None or books.lag < 0 or max(books.common_end, books.log_start) >= account.next_offset:
        return []
    return [
        f"partition {account.partition}: brokers have lost what was read from offset "
        f"{max(books.common_end, books.log_start)} on, and have written other records there. A running consumer goes "
        "back there by itself; start one."
    ]


def _overtaken(books: Books, account: Account) -> list[str]:
    missing = books.log_start - account.next_offset
    if missing <= 0 or books.lag < 0:
        return []
    removed = counted_noun(missing, "record that was not read yet", "records that were not read yet")
    return [
        f"partition {account.partition}: retention has removed {removed}. Start a "
        "consumer at once, raise the topic's retention, and see why the consumers were behind."
    ]
