"""Whether the watch is alive: a list that knows newer objects than the watch has shown is proof that it is not."""

from collections.abc import Mapping
from typing import Final

ERROR_DELAYS: Final = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds for which kopf shows nothing of an object whose handling has failed, the last ones again and again."""


class WatchLag:
    """Compares resourceVersions of a watch with those of a list. Times are monotonic seconds.

    A watch shows all objects in the order of their versions, so that it owes none up to the newest that it has shown.
    kopf holds back what it sees of an object whose handling has failed, which is no sign of a dead watch: what is owed
    of an object that was shown before counts only once kopf has tried again.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._newest = 0
        self._late: dict[str, tuple[int, float]] = {}

    def shown(self, uid: str, version: str) -> None:
        """The watch has shown this version."""
        self._known.add(uid)
        self._newest = max(int(version), self._newest)
        self._late = {uid: late for uid, late in self._late.items() if late[0] > self._newest}

    def gone(self, uid: str) -> None:
        """The watch has shown that the object is deleted."""
        self._known.discard(uid)
        self._late.pop(uid, None)

    def listed(self, versions: Mapping[str, str], now: float) -> None:
        """A list has these versions; what the watch has not shown of them is late from now on."""
        for uid, text in versions.items():
            if int(text) > self._newest and uid not in self._late:
                self._late[uid] = (int(text), now + (ERROR_DELAYS[-1] if uid in self._known else 0))
        for uid in self._late.keys() - versions.keys():
            del self._late[uid]

    def behind(self, now: float) -> float:
        """Seconds for which the watch has owed a version; 0 where it owes none."""
        return max((now - since for _, since in self._late.values() if since < now), default=0.0)
