"""The images can be made for arm64 too: whatever they install comes as a wheel, since they hold no compiler."""

import sys
from pathlib import Path

import pytest
from e2e.commands import run

# pip takes a wheel for an older glibc than the image's only where its tag is named.
GLIBC = (17, 26, 27, 28, 31, 34, 35, 36, 38, 39, 40, 41)
PLATFORMS = [f"--platform={tag}_aarch64" for tag in ("manylinux2014", *(f"manylinux_2_{minor}" for minor in GLIBC))]
ARM64 = (*PLATFORMS, "--implementation=cp", "--python-version=3.13")
PINNED = ("--require-hashes", "--only-binary", ":all:", "--no-deps")


@pytest.mark.parametrize("name", ["api", "consumer", "operator"])
def test_every_requirement_has_a_wheel_for_arm64(name: str, tmp_path: Path) -> None:
    downloaded = ("download", "--quiet", "--dest", str(tmp_path), *PINNED, *ARM64)

    run(sys.executable, "-m", "pip", *downloaded, "--requirement", f"requirements/{name}.txt", seconds=300)
