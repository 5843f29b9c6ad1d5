"""The files of an image, layer by layer, as `docker save` writes them."""

import hashlib
import json
import tarfile
from pathlib import Path
from typing import IO, NamedTuple

from e2e.commands import run


class Entry(NamedTuple):
    """One path of a layer, with all that a container can see of it."""

    path: str
    kind: str
    mode: int
    owner: tuple[int, int]
    modified: float
    link: str
    content: str
    attributes: tuple[tuple[str, str], ...]


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    # Of two names of one file, which is called the link is a matter of order too: both are that file.
    plain = member.isfile() or member.islnk()
    return Entry(
        path=member.name.rstrip("/"),
        kind="file" if plain else repr(member.type),
        mode=member.mode,
        owner=(member.uid, member.gid),
        modified=member.mtime,
        link="" if plain else member.linkname,
        content=hashlib.sha256(_file(archive, member).read()).hexdigest() if plain else "",
        attributes=tuple(sorted(member.pax_headers.items())),
    )


def layers(reference: str, saved: Path) -> list[set[Entry]]:
    """Every layer of the image as the set of its entries; the image is saved as the file `saved`.

    A set, for the order in a layer's archive is the engine's own: with its older image stores one and the same tree
    comes in either of two orders, depending on which of two equal parents the engine happened to build upon.
    """
    run("docker", "save", "--output", str(saved), reference, seconds=120)
    found = []
    with tarfile.open(saved) as whole:
        for path in json.load(_file(whole, "manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=_file(whole, path)) as archive:
                found.append({_entry(archive, member) for member in archive})
    return found


def _file(archive: tarfile.TarFile, member: str | tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(member)
    assert file is not None, f"{member} is no file"
    return file
