"""What an image holds is listed in CycloneDX, from what is installed in it."""

import importlib.util
import json
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts/image/sbom.py"
OS = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n'
STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.41-12+deb13u1
Description: GNU C Library
 Status: none, this is a continued line

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: passwd
Status: install ok installed
Architecture: all
Version: 1:4.17.4-2
"""


@pytest.fixture
def sbom() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_installed_packages_of_debian_are_named_by_their_urls(sbom: ModuleType) -> None:
    found = list(sbom.debian_packages(STATUS, OS))
    assert [one["purl"] for one in found] == [
        "pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?arch=amd64&distro=debian-13",
        "pkg:deb/debian/passwd@1%3A4.17.4-2?arch=all&distro=debian-13",
    ]
    assert found[1]["version"] == "1:4.17.4-2"


def test_every_package_that_python_finds_is_listed_once_and_in_order(sbom: ModuleType) -> None:
    def listed() -> dict[str, Any]:
        command = [sys.executable, str(SCRIPT), "analytics-ingestor/api", "9.9"]
        made: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return made

    found = listed()
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert found["metadata"]["component"]["version"] == "9.9"
    references = [one["bom-ref"] for one in found["components"]]
    assert references == sorted(set(references))
    names = {one["name"] for one in found["components"] if one["purl"].startswith("pkg:pypi/")}
    assert names == {one.metadata["Name"].lower().replace("_", "-").replace(".", "-") for one in distributions()}
    assert found == listed(), "the same content makes the same document"


def test_a_license_is_named_where_the_package_names_it(sbom: ModuleType) -> None:
    found = {one["name"]: one.get("licenses") for one in sbom.python_packages(distributions())}
    assert found["pydantic"] == [{"expression": "MIT"}]
    assert found["confluent-kafka"]
