"""Whether the books balance: a pure function of the ledger's accounts and the topic's logs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestor_common.store.ledger import Account


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

    They balance when next - first = persisted + duplicates + dead-lettered + gaps - vanished, and the log does not end
    before next.
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
    return (
        f"there are no books of group {group}: none of its consumers has run, and {waiting} records wait. Start one, "
        "or correct KAFKA_GROUP."
    )


def notes(books: Books) -> list[str]:
    """What a person should know of a partition though its books balance."""
    if books.account is None or not books.account.vanished:
        return []
    return [
        f"partition {books.partition}: brokers have lost {books.account.vanished} records that had been read (an "
        "unclean leader election, a power loss, or a log restored from an older copy). What was read is stored; what "
        "else they had acknowledged and lost, only its senders have."
    ]


def _unaccounted(account: Account) -> list[str]:
    where = f"partition {account.partition}"
    found = []
    if account.lost:
        found.append(
            f"{where}: retention removed {account.lost} records before they were read. Raise the topic's retention or "
            "add consumers; the events are gone from Kafka, their senders may have them."
        )
    unexplained = account.unaccounted - account.lost
    if unexplained:
        found.append(
            f"{where}: {unexplained} of its offsets are not accounted for. Compare with `ingestor-admin replay "
            "--dry-run` over this partition's offsets, and report it as a defect."
        )
    return found


def _ahead(books: Books, account: Account) -> list[str]:
    if books.lag >= 0:
        return []
    return [
        f"partition {account.partition}: the ledger is {-books.lag} offsets ahead of the log's end. Brokers have lost "
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
    return [
        f"partition {account.partition}: retention has removed {missing} records that were not read yet. Start a "
        "consumer at once, raise the topic's retention, and see why the consumers were behind."
    ]
