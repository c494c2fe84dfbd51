"""Write the fragments of the specs of charts: the structure of the CRDs' specs, without what has a key of its own.

``python -m tests.project.fragment_schemas`` after a change of ``tests/oracles/crds/go.mod`` and ``make oracles``. As in
``custom_schemas``, a description is kept where the field has one, so that it can be improved by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..support.customresources import definitions
from .custom_schemas import BOUNDS, WORDS

FOLDER = Path(__file__).resolve().parents[2] / "schemas"
HELM_RELEASE = ("helm.toolkit.fluxcd.io/v2", "HelmRelease")
SOURCES = tuple(("source.toolkit.fluxcd.io/v1", one) for one in ("HelmRepository", "OCIRepository"))
APPLICATION = ("argoproj.io/v1alpha1", "Application")
# Template and key: the types whose spec it is, and the fields that it does not have, with the key of the spec that sets
# each: '' for what the template decides, None for what no unit of the template can have.
FRAGMENTS: dict[tuple[str, str], tuple[tuple[tuple[str, str], ...], dict[str, str | None]]] = {
    ("helm-release", "release"): (
        (HELM_RELEASE,),
        {
            "chart.spec.chart": "chart.name", "chart.spec.sourceRef": "chart.repository",
            "chart.spec.version": "chart.version", "chartRef": "chart", "dependsOn": "depends_on",
            "install.skipCRDs": "crds", "interval": "interval", "releaseName": "release_name",
            "serviceAccountName": "service_account", "targetNamespace": "namespace.name", "timeout": "timeout",
            "values": "values", "valuesFrom": "values_from",
        },
    ),
    ("helm-release", "source"): (
        SOURCES,
        {
            "accessFrom": None, "ignore": None, "interval": "interval", "ref": "chart", "type": "",
            "url": "chart.repository",
        },
    ),
    ("application", "application"): (
        (APPLICATION,),
        {
            "destination": "destination", "ignoreDifferences": "ignore_differences", "project": "project",
            "sourceHydrator": None, "sources": None,
            "source.chart": "chart.name", "source.directory": None, "source.helm.releaseName": "release_name",
            "source.helm.valueFiles": "value_files", "source.helm.values": "values",
            "source.helm.valuesObject": "values", "source.helm.version": "", "source.kustomize": None,
            "source.path": "chart.path", "source.plugin": None, "source.ref": "", "source.repoURL": "chart.repository",
            "source.targetRevision": "chart.version or chart.revision",
        },
    ),
}  # fmt: skip
# Objects that are merged into generated ones, which have what the CRD requires.
COMPLETED = frozenset({"", "chart", "chart.spec", "source"})
# The patterns of the CRDs, as our schemas write them: bounded, linear, and up to the very end of the text.
PATTERNS = {
    r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$": r"^(?:[0-9]{1,5}(?:\.[0-9]{1,3})?(?:ms|s|m|h))+$(?!\n)",
    r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$": r"^(?:[0-9]{1,5}(?:\.[0-9]{1,3})?(?:ms|s|m))+$(?!\n)",
}
LARGEST = 2**31 - 1


def fragment(template: str, key: str, now: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a fragment as it follows from the CRDs, and from the descriptions in the present one."""
    types, without = FRAGMENTS[template, key]
    specs = [definitions()[one]["properties"]["spec"]["properties"] for one in types]
    fields = {name: one for each in reversed(specs) for name, one in each.items()}
    return _schema({"type": "object", "properties": fields}, now, "", without, null=True)


def _schema(
    crd: dict[str, Any], now: dict[str, Any], path: str, without: dict[str, str | None], *, null: bool
) -> dict[str, Any]:
    """Return the schema of a part; ``null``: it may be null, which removes the field."""
    sort = crd.get("type", "")
    sorts = [*([sort] if sort else ["integer", "string"]), *(["null"] if null else [])]
    made: dict[str, Any] = {"description": now.get("description", WORDS[sort])}
    made["type"] = sorts[0] if len(sorts) == 1 else sorts
    made |= {key: crd[key] for key in BOUNDS if key in crd and key not in {"oneOf", "anyOf"}}
    if "pattern" in made:
        made |= {"pattern": PATTERNS[made["pattern"]], "maxLength": 60}
    if sort == "integer":
        made |= {"minimum": -LARGEST, "maximum": LARGEST}
    if "enum" in made:
        del made["type"]
        made["enum"] = [*made["enum"], *([None] if null else [])]
    may_lack = "[]" not in path  # an item of a list is taken as it is
    if "items" in crd:
        made["items"] = _schema(crd["items"], now.get("items", {}), f"{path}[]", without, null=False)
    if fields := crd.get("properties"):
        known, above = now.get("properties", {}), f"{path}." if path else ""
        required = [one for one in crd.get("required", ()) if "default" not in fields[one]]
        made["properties"] = {
            name: _schema(
                one,
                known.get(name, {}),
                f"{above}{name}",
                without,
                null=may_lack and name not in required and f"{above}{name}" not in COMPLETED,
            )
            for name, one in sorted(fields.items())
            if f"{above}{name}" not in without
        }
        made["additionalProperties"] = False
        elsewhere = {name: without.get(f"{above}{name}") for name in sorted(fields)}
        if told := {name: key for name, key in elsewhere.items() if key is not None}:
            made["x-elsewhere"] = told
        if required and path not in COMPLETED:
            made["required"] = required
    elif isinstance(values := crd.get("additionalProperties"), dict):
        below = now.get("additionalProperties") or {}
        made["additionalProperties"] = _schema(values, below, f"{path}.*", without, null=may_lack)
    return made


def schema(template: str) -> dict[str, Any]:
    """Return the schema of a template with its fragments as they follow from the CRDs."""
    found: dict[str, Any] = json.loads((FOLDER / f"{template}.schema.json").read_text("utf-8"))
    for name, key in FRAGMENTS:
        if name == template:
            found["properties"][key] = fragment(name, key, found["properties"][key])
    return found


if __name__ == "__main__":
    for one in sorted({name for name, _ in FRAGMENTS}):
        text = json.dumps(schema(one), indent=2, ensure_ascii=False) + "\n"
        (FOLDER / f"{one}.schema.json").write_text(text, "utf-8")
