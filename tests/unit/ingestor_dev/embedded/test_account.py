"""Which folders another account can enter."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestor_dev.embedded.account import Account, can_enter

_STRANGER = Account(uid=54_321, gid=54_321)
_OWNER = Account(uid=os.geteuid(), gid=54_321)
_GROUP = Account(uid=54_321, gid=os.getegid())


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize(
    ("mode", "account", "enters"),
    [
        (0o700, _OWNER, True),
        (0o700, _GROUP, False),
        (0o700, _STRANGER, False),
        (0o710, _GROUP, True),
        (0o710, _STRANGER, False),
        (0o711, _STRANGER, True),
        # The owner's own bits count for the owner, even where others are allowed more.
        (0o077, _OWNER, False),
    ],
)
def test_entering_is_decided_by_the_bits_that_apply(
    open_folder: Path, mode: int, account: Account, enters: bool
) -> None:
    folder = open_folder / "folder"
    folder.mkdir()
    folder.chmod(mode)
    try:
        assert can_enter(folder, account) is enters
    finally:
        folder.chmod(0o700)


def test_a_closed_parent_keeps_out_of_an_open_folder(open_folder: Path) -> None:
    folder = open_folder / "closed" / "open"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    folder.parent.chmod(0o700)

    assert not can_enter(folder, _STRANGER)
