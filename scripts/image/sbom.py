"""What an image holds, as a CycloneDX 1.6 document on standard output. Runs in the image itself, which has no pip:

docker run --rm -i IMAGE python - NAME VERSION <scripts/image/sbom.py

Packages of Python are those that the image's Python finds, those of Debian what dpkg's own list has. Libraries inside
of wheels (librdkafka in confluent-kafka) are part of the wheel's component.
https://cyclonedx.org/docs/1.6/json/
"""

import json
import platform
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from urllib.parse import quote

DPKG_STATUS = Path("/var/lib/dpkg/status")
OS_RELEASE = Path("/etc/os-release")
_LONGEST_LICENSE_NAME = 100
"""Some packages give the whole text of theirs for a name."""

Component = dict[str, Any]


def document(name: str, version: str, components: Iterable[Component]) -> dict[str, Any]:
    """The same for the same content: no time, no serial number, and in order."""
    image = {"type": "container", "bom-ref": f"{name}@{version}", "name": name, "version": version}
    unique = {component["bom-ref"]: component for component in components}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": image},
        "components": [unique[reference] for reference in sorted(unique)],
    }


def python_packages(found: Iterable[Distribution]) -> Iterator[Component]:
    """Installed distributions."""
    for distribution in found:
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        yield _component("library", name, distribution.version, "pypi", name) | _licenses(distribution)


def python_itself() -> Component:
    """The interpreter, which the image has from neither."""
    return _component("application", "python", platform.python_version(), "generic", "python")


def debian_packages(status: str, os_release: str) -> Iterator[Component]:
    """Packages of dpkg's list that are installed."""
    system = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', os_release, re.M))
    distribution = f"{system.get('ID', 'debian')}-{system.get('VERSION_ID', '')}".rstrip("-")
    for stanza in status.split("\n\n"):
        fields = dict(re.findall(r"^([\w-]+): (.*)$", stanza, re.M))
        if fields.get("Status") == "install ok installed":
            name, version = fields["Package"], fields["Version"]
            qualifiers = f"?arch={fields['Architecture']}&distro={distribution}"
            yield _component("library", name, version, f"deb/{system.get('ID', 'debian')}", name, qualifiers)


def _component(kind: str, name: str, version: str, namespace: str, package: str, qualifiers: str = "") -> Component:
    purl = f"pkg:{namespace}/{quote(package, safe='')}@{quote(version, safe='')}{qualifiers}"
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _licenses(distribution: Distribution) -> Component:
    metadata = distribution.metadata
    if expressions := metadata.get_all("License-Expression"):
        return {"licenses": [{"expression": expressions[0]}]}
    names = [
        classifier.rsplit(" :: ", 1)[1]
        for classifier in metadata.get_all("Classifier") or []
        if classifier.startswith("License :: ") and classifier.count(" :: ") > 1
    ]
    said = (metadata.get_all("License") or [""])[0].strip()
    if not names and said and len(said) <= _LONGEST_LICENSE_NAME and "\n" not in said:
        names = [said]
    return {"licenses": [{"license": {"name": name}} for name in names]} if names else {}


def main() -> None:
    """Print the document of this file system."""
    name, version = sys.argv[1:]
    components = [*python_packages(distributions()), python_itself()]
    if DPKG_STATUS.exists():
        components += debian_packages(DPKG_STATUS.read_text(), OS_RELEASE.read_text())
    json.dump(document(name, version, components), sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
