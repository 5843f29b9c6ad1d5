"""How many records the database is given in one transaction: as many as it takes in a moment. See docs/adr/0065.

Being behind must not be slower than keeping up. Many records at once spare the database nothing but what each
transaction costs it anyway, while their locks, which other consumers wait for, are held until all of them are stored.
"""

from typing import Final

FIRST_RECORDS: Final = 100
"""Of a partition just opened, when nothing is known of the database: one that takes 80 ms for a row stores them before
it runs out of time, and one that is fast is given 2,000 after five transactions."""

MOST_RECORDS: Final = 2_000
"""Beyond it nothing is gained: what a transaction costs anyway is a tenth of its time by then."""

ROWS_SECONDS: Final = 0.1
"""What the records of one transaction may take: several times what it costs anyway where the database is near, and so
little that who waits for its locks hardly waits."""

QUICK_ROW_SECONDS: Final = 0.000_5
QUICK_ROWS_SECONDS: Final = 0.5
"""A database that stores 2,000 rows a second or more is given half a second's: also on a busy machine it is then used
as well as by 2,000 at once, and the locks are still released soon."""

FIXED_TIMES: Final = 4
"""They may take so many times as long as the transaction does without them: then four fifths of the time are theirs."""

LONGEST_ROWS_SECONDS: Final = 3.0
"""But no longer: twice as many stay within their limit, too."""

LEARN_AFTER: Final = 20
"""After so many batches of about one size it is tried once whether twice as many cost hardly more."""

PAIR_SECONDS: Final = 4.0
"""A single record that took no longer is followed by two, which fit into the limit as well: one alone does not show
whether it is the row that takes the time, or all that is around it."""


class BatchSize:
    """The size of one partition's batches, learned from how long they take."""

    def __init__(self) -> None:
        self.records = FIRST_RECORDS
        """The most that may be stored together: at least 1, at most MOST_RECORDS."""
        self._fixed_seconds = 0.0
        """What a transaction takes however few records it has, such as a commit that waits for a standby far away:
        fewer records would not shorten it."""
        self._last = (0, 0.0)
        self._since_learned = LEARN_AFTER

    def note_stored(self, records: int, seconds: float) -> None:
        """So many were stored in so long, without the waiting for locks that others held."""
        if not records:
            return
        self._learn(records, seconds)
        rows_seconds = seconds - self._fixed_seconds
        least = QUICK_ROWS_SECONDS if rows_seconds <= records * QUICK_ROW_SECONDS else ROWS_SECONDS
        may_take = max(least, min(FIXED_TIMES * self._fixed_seconds, LONGEST_ROWS_SECONDS))
        if rows_seconds > may_take:
            self.records = _fewer(records, seconds)
        elif records >= self.records and (rows_seconds < may_take / 2 or self._since_learned >= LEARN_AFTER):
            # Twice as many still fit, so that it does not swing; or they are to show what is fixed.
            self.records = min(MOST_RECORDS, 2 * self.records)

    def note_timeout(self, records: int) -> None:
        """So many were not stored in time. It was many times ROWS_SECONDS, so half of them would not be either."""
        self.records = max(1, records // 10)

    def _learn(self, records: int, seconds: float) -> None:
        """Two sizes far apart show how much of the time is the records'; all transactions take what is fixed."""
        self._fixed_seconds = min(self._fixed_seconds, seconds)
        (few, of_few), (many, of_many) = sorted([self._last, (records, seconds)])
        if few and many >= 2 * few:
            each = max(0.0, (of_many - of_few) / (many - few))
            self._fixed_seconds = max(0.0, min(of_few, of_many) - each * few)
            self._since_learned = 0
        else:
            self._since_learned += 1
        self._last = (records, seconds)


def _fewer(records: int, seconds: float) -> int:
    if records > 1:
        return records // 2
    return 2 if seconds <= PAIR_SECONDS else 1
