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
# Template and key: the types whose spec it is, and the fields that it does not have: the spec has keys for them.
FRAGMENTS: dict[tuple[str, str], tuple[tuple[tuple[str, str], ...], frozenset[str]]] = {
    ("helm-release", "release"): (
        (HELM_RELEASE,),
        frozenset(
            (
                *(f"chart.spec.{one}" for one in ("chart", "sourceRef", "version")),
                *("chartRef", "dependsOn", "install.skipCRDs", "interval", "releaseName", "serviceAccountName"),
                *("targetNamespace", "timeout", "values", "valuesFrom"),
            )
        ),
    ),
    ("helm-release", "source"): (SOURCES, frozenset({"accessFrom", "ignore", "interval", "ref", "type", "url"})),
    ("application", "application"): (
        (APPLICATION,),
        frozenset(
            (
                *("destination", "ignoreDifferences", "project", "sourceHydrator", "sources"),
                *(f"source.helm.{one}" for one in ("releaseName", "valueFiles", "values", "valuesObject", "version")),
                *(f"source.{one}" for one in ("chart", "path", "ref", "repoURL", "targetRevision")),
                *(f"source.{one}" for one in ("directory", "kustomize", "plugin")),
            )
        ),
    ),
}
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
    crd: dict[str, Any], now: dict[str, Any], path: str, without: frozenset[str], *, null: bool
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
