"""The folder that other accounts can read programs and data from."""

import os
from pathlib import Path

import pytest

from ingestor_dev.embedded import shared_folder as module
from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.shared_folder import shared_folder


@pytest.fixture(autouse=True)
def _parent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_PARENT", tmp_path)


def test_everybody_can_enter_it_and_only_this_user_can_write() -> None:
    assert shared_folder().stat().st_mode & 0o777 == 0o755


def test_everybody_can_enter_it_whatever_umask_it_is_made_under() -> None:
    umask = os.umask(0o077)
    try:
        assert shared_folder().stat().st_mode & 0o777 == 0o755
    finally:
        os.umask(umask)


def test_it_is_the_same_every_time() -> None:
    assert shared_folder() == shared_folder()


def test_a_folder_that_others_can_write_to_is_refused() -> None:
    shared_folder().chmod(0o777)

    with pytest.raises(EmbeddedServerError, match="not a folder that only this user can write to; remove it"):
        shared_folder()


def test_a_link_planted_in_its_place_is_refused(tmp_path: Path) -> None:
    folder = shared_folder()
    folder.rmdir()
    folder.symlink_to(tmp_path)

    with pytest.raises(EmbeddedServerError, match="remove it"):
        shared_folder()
