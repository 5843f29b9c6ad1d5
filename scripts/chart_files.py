"""Writes copies: CRD and roles, alerts and dashboard, the schema of `spec`, and the READMEs of the charts.

python scripts/chart_files.py          write
python scripts/chart_files.py --check  end with 1 where a file is not what would be written
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
OPERATOR, INSTALLATION = ROOT / "charts/ingestor-operator", ROOT / "charts/ingestor"
COPIES = {
    OPERATOR / "files/crd.yaml": ROOT / "k8s/crd/ingestordeployments.yaml",
    OPERATOR / "files/cluster-role.yaml": ROOT / "k8s/rbac/cluster-role.yaml",
    OPERATOR / "files/role.yaml": ROOT / "k8s/rbac/role.yaml",
    OPERATOR / "files/leader-role.yaml": ROOT / "k8s/rbac/leader-role.yaml",
    ROOT / "k8s/operator/crd.yaml": ROOT / "k8s/crd/ingestordeployments.yaml",
    ROOT / "k8s/operator/cluster-role.yaml": ROOT / "k8s/rbac/cluster-role.yaml",
    INSTALLATION / "files/dashboards/ingestor.json": ROOT / "k8s/monitoring/dashboards/ingestor.json",
}


def wanted() -> Iterator[tuple[Path, str]]:
    """Each file with what it should hold."""
    for copy, source in COPIES.items():
        yield copy, source.read_text()
    yield INSTALLATION / "files/rules.yaml", _rules()
    yield ROOT / "k8s/dev/rules.yml", _rules()
    yield INSTALLATION / "values.schema.json", _schema_with_spec()
    for chart in (OPERATOR, INSTALLATION):
        yield chart / "README.md", _readme(chart)


def _rules() -> str:
    """The rules alone, as Prometheus itself reads them."""
    return dedent((ROOT / "k8s/monitoring/prometheus-rule.yaml").read_text().partition("\nspec:\n")[2])


def _schema_with_spec() -> str:
    schema: dict[str, Any] = json.loads((INSTALLATION / "values.schema.json").read_text())
    crd = yaml.safe_load((ROOT / "k8s/crd/ingestordeployments.yaml").read_text())
    spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    # The chart fills database and auth in, where the values hold or name the Secrets.
    plain = _plain(spec) | {"required": ["kafka"]}
    for part in ("database", "auth"):
        plain["properties"][part].pop("required", None)
    # Templates read them, and a null there is an error of Go's.
    for part in ("api", "consumer", "migration"):
        plain["properties"][part]["properties"]["podTemplate"]["properties"] = {
            name: {"type": "object"} for name in ("metadata", "spec")
        }
    schema["properties"]["spec"] = plain
    return json.dumps(schema, indent=2) + "\n"


def _plain(schema: Any) -> Any:
    """Kubernetes' structural schema as JSON Schema: without its extensions, and closed where it lists properties."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(value) for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    if plain.get("type") == "object" and isinstance(plain.get("properties"), dict):
        plain["additionalProperties"] = False
    return plain


def _readme(chart: Path) -> str:
    meta = yaml.safe_load((chart / "Chart.yaml").read_text())
    values = yaml.safe_load((chart / "values.yaml").read_text())
    rows = [f"| `{path}` | {text} | {_default(values, path)} |" for path, text in _documented(chart / "values.yaml")]
    shapes = [
        f"- `{file.relative_to(chart)}`: {file.read_text().splitlines()[0].lstrip('# ')}"
        for file in sorted(chart.glob("ci/*-values.yaml"))
    ]
    lines = [
        f"# {meta['name']}",
        "",
        f"{meta['description']}.",
        "",
        "Generated from values.yaml by `python scripts/chart_files.py`. How to install, upgrade and remove:",
        "[docs/operations/install.md](../../docs/operations/install.md).",
        "",
        "## Values",
        "",
        "| value | what it does | default |",
        "| --- | --- | --- |",
        *rows,
        "",
        "## Supported shapes",
        "",
        *shapes,
    ]
    return "\n".join(lines) + "\n"


def _documented(values: Path) -> Iterator[tuple[str, str]]:
    """Path and comment of every value that a `# --` comment stands above."""
    path: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in values.read_text().splitlines():
        if found := re.match(r"\s*# -- (.*)", line):
            comment = [found[1]]
        elif comment and (more := re.match(r"\s*# (.*)", line)):
            comment.append(more[1])
        elif key := re.match(r"( *)([A-Za-z][\w.-]*):", line):
            path = [*(step for step in path if step[0] < len(key[1])), (len(key[1]), key[2])]
            if comment:
                yield ".".join(name for _, name in path), " ".join(comment)
            comment = []


def _default(values: Any, path: str) -> str:
    for step in path.split("."):
        values = values[step]
    return "" if isinstance(values, dict) and values else f"`{json.dumps(values)}`"


def main() -> None:
    """Write or check."""
    stale = [path for path, text in wanted() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        sys.exit(f"write them anew with python scripts/chart_files.py: {', '.join(map(str, stale))}" if stale else 0)
    for path, text in list(wanted()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
