"""Whether the watch is alive: a list that knows newer objects than the watch has shown is proof that it is not."""

from collections.abc import Mapping


class WatchLag:
    """Compares resourceVersions of a watch with those of a list. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._shown: dict[str, int] = {}
        self._late: dict[str, tuple[int, float]] = {}

    def shown(self, uid: str, version: str) -> None:
        """The watch has shown this version."""
        self._shown[uid] = max(int(version), self._shown.get(uid, 0))
        late = self._late.get(uid)
        if late and late[0] <= self._shown[uid]:
            del self._late[uid]

    def gone(self, uid: str) -> None:
        """The watch has shown that the object is deleted."""
        self._shown.pop(uid, None)
        self._late.pop(uid, None)

    def listed(self, versions: Mapping[str, str], now: float) -> None:
        """A list has these versions; what the watch has not shown of them is late from now on."""
        for uid, text in versions.items():
            version = int(text)
            if version > self._shown.get(uid, 0) and uid not in self._late:
                self._late[uid] = (version, now)
        for uid in self._late.keys() - versions.keys():
            del self._late[uid]

    def behind(self, now: float) -> float:
        """Seconds for which the watch has owed a version; 0 where it owes none."""
        return max((now - since for _, since in self._late.values()), default=0.0)
