"""A folder for a benchmark's servers, gone with their data at the end."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingestor_dev.embedded.postgres_cluster import remove_cluster


@contextmanager
def passing_folder(prefix: str) -> Iterator[Path]:
    """An empty folder. A Postgres in it has its home in `postgres`, and has to be stopped before the end."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    # A Postgres started by root runs as another account, which has to reach its data in here.
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        remove_cluster(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)
