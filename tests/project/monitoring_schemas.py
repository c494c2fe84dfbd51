"""Write ``schemas/monitoring/*.schema.json``: the structure of the CRDs of Prometheus Operator, a file for each kind.

``python -m tests.project.monitoring_schemas`` after a change of ``tests/oracles/crds/go.mod`` and ``make oracles``.
Parts that occur more than once are written once, below ``$defs``: most of them are authentication and parts of pods.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..support.customresources import definitions
from .custom_schemas import BOUNDS

FOLDER = Path(__file__).resolve().parents[2] / "schemas" / "monitoring"
GROUP = "monitoring.coreos.com"
DURATION = "A duration: whole numbers with units from large to small, such as 1h30m or 30s."
SHORTEST = 60  # characters of a part that is worth a definition


def monitoring_schemas() -> dict[str, str]:
    """Return the text of every file by its name."""
    return {
        f"{sort}-{api.rpartition('/')[2]}.schema.json": _text(api, sort, crd)
        for (api, sort), crd in sorted(definitions().items())
        if api.startswith(f"{GROUP}/")
    }


def _text(api: str, sort: str, crd: dict[str, Any]) -> str:
    spec = _schema(crd["properties"]["spec"])
    below: dict[str, Any] = {}
    if sort == "AlertmanagerConfig":
        # The CRD leaves routes below the first open, because a structural schema cannot refer to itself.
        route = spec["properties"]["route"]
        below = _unbounded(route)
        below["properties"]["routes"]["items"] = {"$ref": "#/$defs/route"}
        route["properties"]["routes"]["items"] = {"$ref": "#/$defs/route"}
    shared = _Shared(spec)
    if below:
        shared.definitions["route"] = below
    whole = {
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": api},
            "kind": {"const": sort},
            "metadata": {"type": "object"},
            "spec": shared.replaced(spec, top=True),
            "status": {"type": "object"},
        },
        "$defs": shared.definitions,
    }
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False) + "\n"


def _schema(crd: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of a part of a CRD."""
    made: dict[str, Any] = {}
    if "type" in crd:
        made["type"] = crd["type"]
    elif crd.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    made |= {key: crd[key] for key in BOUNDS if key in crd and not (key == "anyOf" and "type" in made)}
    if crd.get("nullable"):
        made["type"] = [made["type"], "null"]
    if crd.get("x-kubernetes-list-type") == "set":
        made["uniqueItems"] = True
    if "[0-9]+)ms" in made.get("pattern", ""):
        made["description"] = DURATION
    fields = crd.get("properties", {})
    if "items" in crd:
        made["items"] = _schema(crd["items"])
    if fields:
        made["properties"] = {name: _schema(one) for name, one in fields.items()}
        made["additionalProperties"] = False
    elif isinstance(values := crd.get("additionalProperties"), dict):
        made["additionalProperties"] = _schema(values)
    # A default is set before what is missing is looked for.
    if required := [one for one in crd.get("required", ()) if "default" not in fields.get(one, {})]:
        made["required"] = required
    return made


def _unbounded(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with what decoding to Go types needs, and formats of durations: not what only the CRD checks."""
    made = {key: schema[key] for key in ("type", "pattern", "description", "additionalProperties") if key in schema}
    if "pattern" in made:
        made["pattern"] = f"{made['pattern']}|^$"
    if "items" in schema:
        made["items"] = _unbounded(schema["items"])
    if "properties" in schema:
        made["properties"] = {key: _unbounded(one) for key, one in schema["properties"].items()}
    return made


class _Shared:
    """The parts of a schema that occur more than once."""

    def __init__(self, schema: dict[str, Any]) -> None:
        counts = Counter(json.dumps(one, sort_keys=True) for one in _parts(schema))
        often = sorted(one for one, count in counts.items() if count > 1 and len(one) >= SHORTEST)
        self._names = {one: f"p{number}" for number, one in enumerate(often)}
        self.definitions: dict[str, Any] = {}
        for one, name in self._names.items():
            self.definitions[name] = self.replaced(json.loads(one), top=True)

    def replaced(self, schema: dict[str, Any], *, top: bool = False) -> dict[str, Any]:
        """Return a schema with references to the definitions."""
        name = "" if top else self._names.get(json.dumps(schema, sort_keys=True), "")
        if name:
            return {"$ref": f"#/$defs/{name}"}
        made = dict(schema)
        for key in ("items", "additionalProperties"):
            if isinstance(made.get(key), dict):
                made[key] = self.replaced(made[key])
        if "properties" in made:
            made["properties"] = {key: self.replaced(one) for key, one in made["properties"].items()}
        return made


def _parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all schemas below a schema."""
    inner = [schema[key] for key in ("items", "additionalProperties") if isinstance(schema.get(key), dict)]
    for one in (*inner, *schema.get("properties", {}).values()):
        yield one
        yield from _parts(one)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in monitoring_schemas().items():
        (FOLDER / file).write_text(text, "utf-8")
