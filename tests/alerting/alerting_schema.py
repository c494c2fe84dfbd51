"""What follows from ``schemas/alertmanager-fields.json``: a part of the schema of alerting specs, a table in docs/.

``python -m tests.alerting.alerting_schema`` brings both up to date.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from generator import assets
from generator.alertmanager.config_fields import is_supported, type_parts
from generator.shipped.alerting.spec_receivers import versions_of

DATA = assets.data("alertmanager-fields")

TEXT = {"type": "string", "maxLength": 16384}
SIMPLE: dict[str, dict[str, Any]] = {
    "string": TEXT,
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "int64": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "uint": {"type": "integer", "minimum": 0},
    "float": {"type": "number"},
    "url": {"type": "string", "maxLength": 2048, "pattern": "^https?://[^\\s\\x00-\\x1f\\x7f]+$(?!\\n)"},
    "any_url": {"type": "string", "maxLength": 2048, "pattern": "^[^\\x00-\\x1f\\x7f]+$(?!\\n)"},
    "url_or_template": {"type": "string", "maxLength": 2048, "pattern": "^(?:https?://[^\\s\\x00-\\x1f\\x7f]+|(?:[^{\\n]|\\{(?!\\{))*\\{\\{.*)$(?!\\n)"},
    "filepath": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^\\x00-\\x1f\\x7f]+$(?!\\n)"},
    "host:port": {"type": "string", "maxLength": 255, "pattern": "^[^\\s\\x00-\\x1f\\x7f]*:[A-Za-z0-9-]+$(?!\\n)"},
    "regex": {"type": "string", "maxLength": 4096},
    "matcher": {"type": "string", "minLength": 3, "maxLength": 4096},
    "secret": TEXT,
    "any": {},
}  # fmt: skip
# Keys of a section that this is about elsewhere: the spec's own, or the template's.
LEFT_OUT = {"top", "receiver", "tracing", "event_recorder"}


def description(one: dict[str, Any], key: str) -> str:
    """Return what an editor shows beside a key."""
    about = str(one.get("about") or key.replace("_", " ")).rstrip(".")
    words = [about[0].upper() + about[1:] + "."]
    if one.get("rule"):
        words.append(f"{one['rule'][0].upper()}{one['rule'][1:].rstrip('.')}.")
    if one.get("secret") and one.get("file"):
        words.append(f"A secret: better in a file, as {one['file']}.")
    if one["since"] != "0.15":
        words.append(f"Known since Alertmanager {one['since']}.")
    if "operator" in one and one["operator"] is None:
        words.append("Prometheus Operator refuses it.")
    return " ".join(words)


def of_type(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a type of the data file."""
    held, inner = type_parts(name)
    if held == "list":
        return {"type": "array", "maxItems": 500, "items": of_type(inner)}
    if held == "map":
        return {"type": "object", "maxProperties": 500, "additionalProperties": of_type(inner)}
    if "|" in inner:
        return {"anyOf": [of_type(one) for one in inner.split("|")]}
    if inner in {"duration", "go_duration"}:
        return {"type": "string", "maxLength": 40, "pattern": DATA[inner] + "(?!\\n)"}
    return dict(SIMPLE[inner]) if inner in SIMPLE else {"$ref": f"#/$defs/{inner}"}


def of_field(key: str, one: dict[str, Any]) -> dict[str, Any]:
    out = {"description": description(one, key), **of_type(one["type"])}
    if "enum" in one:
        out["enum"] = one["enum"]
    return out


def of_section(one: dict[str, Any], about: str) -> dict[str, Any]:
    out: dict[str, Any] = {
        "description": about,
        "type": "object",
        "additionalProperties": False,
        "properties": {key: of_field(key, field) for key, field in one["fields"].items()},
    }
    # A receiver's own missing fields are told by the tool, which knows what it adds.
    if required := [key for key, field in one["fields"].items() if field.get("required")]:
        out["required"] = required
    return out


def definitions() -> dict[str, Any]:
    """Return the part ``$defs`` that follows from the data."""
    known = DATA
    out = {
        name: of_section(one, f"{name} of Alertmanager's configuration.")
        for name, one in known["sections"].items()
        if name not in LEFT_OUT
    }
    for name, one in known["receivers"].items():
        whole = of_section(one, f"{one['title']}.")
        whole.pop("required", None)
        out[name] = whole
    return out


def receiver() -> dict[str, Any]:
    """Return the schema of an item of ``receivers``."""
    types = {
        name: {
            "description": f"Integrations with {one['title']}, known since Alertmanager {one['since']}."
            if one["since"] != "0.15"
            else f"Integrations with {one['title']}.",
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {"$ref": f"#/$defs/{name}"},
        }
        for name, one in DATA["receivers"].items()
    }
    labels = of_field("labels", DATA["sections"]["receiver"]["fields"]["labels"])
    return {
        "description": "A receiver in Alertmanager's format; omitted fields get working defaults.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "name": {"$ref": "#/$defs/receiver_name"},
            "text_style": {"$ref": "#/$defs/text_style"},
            "labels": labels,
            **types,
        },
        "required": ["name"],
        "minProperties": 2,
    }


def whole() -> str:
    """Return ``schemas/alerting.schema.json`` with everything that follows from the data brought up to date."""
    schema = json.loads(assets.schema_text("alerting"))
    own = {name: one for name, one in schema["$defs"].items() if name in OWN}
    short = own["slack"]["properties"]
    others = {key: one for key, one in definitions()["slack_configs"]["properties"].items() if key not in SHORT}
    own["slack"]["properties"] = {key: short[key] for key in SHORT} | others
    schema["$defs"] = own | definitions() | {"receiver": receiver()}
    route = schema["$defs"]["route"]
    of_severity = {key: one for key, one in route["properties"].items() if not key.startswith("match")}
    schema["$defs"]["severity_route"]["properties"] = of_severity
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


# What the short form of Slack describes itself.
SHORT = ("receiver", "channel", "api_url_file", "username", "icon_url", "title", "text", "text_style")
OWN = ("receiver_name", "text_style", "to", "slack", "severity_route")


def table() -> str:
    """Return the table of receiver types for docs/user/alerting.md."""
    rows = [
        "| type | service | since | `send_resolved` in Alertmanager | secret | required |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, one in DATA["receivers"].items():
        since = "" if one["since"] == "0.15" else one["since"]
        secret = ", ".join(
            f"`{field['file']}`"
            + ("" if is_supported(versions_of({}), name, field["file"]) else " (not under the operator)")
            for field in one["fields"].values()
            if field.get("secret") and field.get("file")
        )
        asked = [key for key, field in one["fields"].items() if field.get("required")]
        asked += [
            "/".join(need["any"])
            for need in one["needs"]
            if not any(one["fields"][key].get("secret") for key in need["any"])
        ]
        asked += ["/".join(need["any"]) for need in one.get("delivers", ())]
        said, resolved = ", ".join(f"`{key}`" for key in asked), str(one["send_resolved"]).lower()
        row = (f"`{name.removesuffix('_configs')}`", one["title"], since, resolved, secret, said)
        rows.append(f"| {' | '.join(row)} |")
    return "\n".join(rows) + "\n"


TABLE = re.compile(r"^\| type \| service .*?(?=^\n|\Z)", re.MULTILINE | re.DOTALL)


def update(project: Path) -> None:
    """Write what follows from the data into a copy of the project."""
    (project / "schemas/alerting.schema.json").write_text(whole(), "utf-8")
    page = project / "docs/user/alerting.md"
    if page.exists():
        page.write_text(TABLE.sub(lambda _found: table(), page.read_text("utf-8"), count=1), "utf-8")


if __name__ == "__main__":
    update(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
