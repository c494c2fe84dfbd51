"""Write ``schemas/custom-resources.schema.json``: the structure of the current CRDs, with descriptions of our own.

``python -m tests.project.custom_schemas`` after a change of ``tests/oracles/crds/go.mod`` and ``make oracles``. Names,
types and bounds follow the CRDs; a description is kept where the field has one, so that it can be improved by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..support.customresources import definitions

PATH = Path(__file__).resolve().parents[2] / "schemas" / "custom-resources.schema.json"
BOUNDS = (
    *("enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties"),
    *("maxProperties", "oneOf", "anyOf"),
)
# Parts for Istio only, which nobody here generates: checked for their type, no deeper.
OPEN = frozenset(
    f"flagger.app/v1beta1/Canary.spec.service.{one}"
    for one in ("match", "rewrite", "mirror", "headers", "corsPolicy", "trafficPolicy")
)
# Stricter than the CRD: what the controller, or the API server in the objects that the controller makes, refuses.
STRICTER: dict[str, dict[str, Any]] = {
    "image.toolkit.fluxcd.io/v1/ImageRepository.spec.image": {"minLength": 1},
    "flagger.app/v1beta1/Canary.spec.service.port": {"type": "integer", "minimum": 1, "maximum": 65535},
}
# More values than the CRD has: those that Flux Operator adds to it, for its own resources.
WIDER: dict[str, tuple[str, ...]] = {
    "notification.toolkit.fluxcd.io/v1beta3/Alert.spec.eventSources[].kind": ("FluxInstance", "ResourceSet"),
}
WORDS = {
    "string": "A text.",
    "boolean": "true or false.",
    "integer": "A whole number.",
    "number": "A number.",
    "array": "A list.",
    "object": "A map.",
    "": "A number or a text.",
}


def schemas() -> dict[str, Any]:
    """Return the content of the file as it follows from the CRDs and from the descriptions in it."""
    now = json.loads(PATH.read_text("utf-8"))
    kinds = [*now["$defs"], *(one for one in ("flagger.app/v1beta1/MetricTemplate",) if one not in now["$defs"])]
    return {**now, "$defs": {one: _kind(one, now["$defs"].get(one, {})) for one in kinds}}


def _kind(name: str, now: dict[str, Any]) -> dict[str, Any]:
    api, _, sort = name.rpartition("/")
    crd = definitions()[api, sort]
    fields = now.get("properties", {})
    return {
        "description": sort,
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": api},
            "kind": {"const": sort},
            "metadata": {"description": "Name, namespace, labels and annotations.", "type": "object"},
            "spec": _schema(crd["properties"]["spec"], fields.get("spec", {}), f"{name}.spec"),
            "status": {"description": "Written by the controller.", "type": "object"},
        },
    }


def _schema(crd: dict[str, Any], now: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the JSON Schema of a part of a CRD."""
    sort = crd.get("type", "")
    made: dict[str, Any] = {"description": now.get("description", WORDS[sort])}
    if sort:
        made["type"] = sort
    elif crd.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    if path in OPEN:
        return made
    made |= {key: crd[key] for key in BOUNDS if key in crd}
    made |= STRICTER.get(path, {})
    if path in WIDER:
        made["enum"] = [*made["enum"], *WIDER[path]]
    if "items" in crd:
        made["items"] = _schema(crd["items"], now.get("items", {}), f"{path}[]")
    if fields := crd.get("properties"):
        known = now.get("properties", {})
        made["properties"] = {
            name: _schema(fields[name], known.get(name, {}), f"{path}.{name}") for name in _ordered(fields, known)
        }
        made["additionalProperties"] = False
    elif isinstance(values := crd.get("additionalProperties"), dict):
        made["additionalProperties"] = _schema(values, now.get("additionalProperties") or {}, f"{path}.*")
    # A default is set before what is missing is looked for.
    if required := [one for one in crd.get("required", ()) if "default" not in fields.get(one, {})]:
        made["required"] = required
    return made


def _ordered(fields: dict[str, Any], known: dict[str, Any]) -> list[str]:
    """Return the names of fields, in the order of the file first."""
    return [*(one for one in known if one in fields), *(one for one in fields if one not in known)]


if __name__ == "__main__":
    PATH.write_text(json.dumps(schemas(), indent=2, ensure_ascii=False) + "\n", "utf-8")
