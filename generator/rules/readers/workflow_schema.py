"""Corrections of the schemas that check-jsonschema ships for GitHub's workflows and actions.

Where those differ from what GitHub's own parser takes, the parser is right:
https://github.com/actions/languageservices/blob/main/workflow-parser/src/workflow-v1.0.json and, for actions,
https://github.com/actions/runner/blob/main/src/Runner.Worker/action_yaml.json.
"""

from __future__ import annotations

from typing import Any

# Activities that the schema does not know yet (``allowed-values`` of GitHub's schema).
_NEWER = {
    "issues": ("field_added", "field_removed", "typed", "untyped"),
    "pull_request": ("stacked",),
    "pull_request_target": ("stacked",),
}
_EXPRESSION = r"\$\{\{"


def correct_workflows(schema: Any) -> None:
    """Change the schema of workflows to what GitHub takes, and let it check more of what GitHub refuses."""
    _events(schema)
    definitions = schema["definitions"]
    job = definitions["normalJob"]["properties"]
    job["outputs"].pop("minProperties", None)
    definitions["defaults"].pop("minProperties", None)
    definitions["defaults"]["properties"]["run"].pop("minProperties", None)
    needs = definitions["jobNeeds"]
    for one in (needs, *needs.get("oneOf", ()), *needs.get("anyOf", ())):
        one.pop("minItems", None)
    for pattern in definitions["matrix"]["oneOf"][0]["patternProperties"].values():
        pattern["oneOf"][-1].pop("minItems", None)  # of include and exclude
    for one in job["runs-on"]["anyOf"]:
        if one.get("type") == "object":
            one["additionalProperties"] = False
    for name in ("fail-fast", "max-parallel"):
        job["strategy"]["properties"][name]["anyOf"][-1]["pattern"] = _EXPRESSION
    for name in ("jobContainer", "serviceContainer"):
        credentials = definitions[name]["properties"].get("credentials")
        if credentials and "properties" in credentials:
            credentials["additionalProperties"] = False


def _events(schema: Any) -> None:
    """Let the schema check ``workflow_dispatch``, unknown keys of ``workflow_call``, and the activities of events.

    ``workflow_dispatch``, and the ``types`` of all events, have a ``$ref`` beside their keywords, which draft 7 ignores
    then. The inputs of ``workflow_dispatch`` need no ``type``.
    """
    events = schema["properties"]["on"]["oneOf"][-1]["properties"]
    events["workflow_dispatch"].pop("$ref", None)
    events["workflow_call"]["oneOf"][-1]["additionalProperties"] = False
    one = schema["definitions"]["workflowDispatchInput"]
    is_choice = {"properties": {"type": {"const": "choice"}}, "required": ["type"]}
    del one["oneOf"]
    one["properties"] |= {"description": {"type": "string"}, "default": {"type": ["string", "boolean", "number"]}}
    one["properties"]["options"].pop("minItems", None)
    one |= {"if": is_choice, "then": {"required": ["options"]}}
    for name, event in events.items():
        for types in _types_of(event):
            types.pop("$ref", None)
            types.get("items", {}).get("enum", []).extend(_NEWER.get(name, ()))
        if len(event.get("oneOf", ())) == 2 and name not in {"workflow_call", "workflow_dispatch"}:
            event.pop("$ref", None)
    events["image_version"] = {"type": ["object", "null"]}
    schema["definitions"]["event"]["enum"].append("image_version")


def _types_of(event: Any) -> list[Any]:
    """Return the schemas of an event's ``types``."""
    found = []
    stack = [event]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict):
            if isinstance(types := node.get("properties", {}).get("types"), dict) and "items" in types:
                found.append(types)
            stack += [node[key] for key in ("oneOf", "anyOf", "allOf") if key in node]
    return found
