"""One version: packages, charts, and the images that compose.yaml and the charts name."""

import re
import tomllib

import yaml
from unit.charts.helm import CHARTS, REPOSITORY

PACKAGES = ("operator", "dev", "services/admin", "services/api", "services/common", "services/consumer")


def test_everything_has_the_version_of_the_operators_package() -> None:
    versions = {
        folder: tomllib.loads((REPOSITORY / folder / "pyproject.toml").read_text())["project"]["version"]
        for folder in PACKAGES
    }
    for chart in ("ingestor", "ingestor-operator"):
        meta = yaml.safe_load((CHARTS / chart / "Chart.yaml").read_text())
        versions |= {f"{chart} chart": meta["version"], f"{chart} application": str(meta["appVersion"])}
    base = yaml.safe_load((REPOSITORY / "k8s/operator/kustomization.yaml").read_text())
    versions |= {"the Kustomize base": base["images"][0]["newTag"]}
    tags = re.findall(r"\$\{TAG:-(.*?)\}", (REPOSITORY / "compose.yaml").read_text())
    versions |= {f"compose.yaml, image {number}": tag for number, tag in enumerate(tags)}

    assert len(tags) >= 2
    assert set(versions.values()) == {versions["operator"]}, versions
