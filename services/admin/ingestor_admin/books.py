"""Whether the books balance: a pure function of the ledger's accounts and the topic's logs."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingestor_common.store.ledger import Account


@dataclass(frozen=True, slots=True)
class Books:
    """A partition's account beside its log. `account` is None where no consumer has opened the partition yet."""

    partition: int
    account: Account | None
    log_start: int
    log_end: int

    @property
    def lag(self) -> int:
        """Records (and gaps) that the log has and the account is not past: log end = next offset + lag."""
        next_offset = self.log_start if self.account is None else self.account.next_offset
        return self.log_end - next_offset


def compare(accounts: Mapping[int, Account], log_starts: Mapping[int, int], log_ends: Mapping[int, int]) -> list[Books]:
    """The books of every partition of the topic. The accounts must have been read before the log ends."""
    return [
        Books(partition, accounts.get(partition), log_starts[partition], log_ends[partition]) for partition in log_ends
    ]


def faults(books: Books) -> list[str]:
    """What is wrong with a partition's books and what to do, a sentence each; empty where they balance.

    They balance when next - first = persisted + duplicates + dead-lettered + gaps, and the log does not end before
    next.
    """
    account = books.account
    if account is None:
        return []
    return [*_unaccounted(account), *_ahead(books, account), *_overtaken(books, account)]


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
        "events that were read are stored. Delete this partition's row of the table ledger, and restart the consumers: "
        "the partition is then read again from the log's start."
    ]


def _overtaken(books: Books, account: Account) -> list[str]:
    missing = books.log_start - account.next_offset
    if missing <= 0 or books.lag < 0:
        return []
    return [
        f"partition {account.partition}: retention has removed {missing} records that were not read yet. Start a "
        "consumer at once, raise the topic's retention, and see why the consumers were behind."
    ]
