"""The child's side of the template process. ``process`` starts it; it has no access to the repository.

A request is a line of JSON: ``do`` (check, make, trace or parse), the ``name`` of the template, ``template`` the first
time, and ``data``, or ``values`` and ``unit``, to trace with ``source``. The answer is ``faults``, ``files``,
``traced``, or a ``fault`` with a ``hint`` and the ``source`` and ``line`` of the template at which it failed, or the
place ``where`` in its schema, if known.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from .. import assets, object_fields, render, trace
from ..errors import Invalid
from ..render import Unrenderable
from ..schema_words import name_of
from ..template import Template
from . import own_schema
from .limits import MEMORY_EXIT, hold, refill


def serve(_package: str) -> None:
    """Answer requests from standard input until it ends."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    _load()
    hold()
    _send(answers, {"ready": True})
    templates: dict[str, Template] = {}
    for line in sys.stdin.buffer:
        refill()
        try:
            answer = _answer(json.loads(line), templates)
        except MemoryError:
            os._exit(MEMORY_EXIT)
        _send(answers, answer)


def _send(answers: Any, answer: Mapping[str, Any]) -> None:
    waiting = memoryview(json.dumps(answer).encode() + b"\n")
    while waiting:
        waiting = waiting[answers.write(waiting) :]


def _load() -> None:
    """Import what every template and schema needs. Other modules are imported later, within the limits; their folders
    stay readable.
    """
    assets.pins()
    for name in assets.shared_names():
        assets.shared_text(name)
    for path in assets.template_paths():
        assets.piece_text(path)
    assets.template_names()
    assets.schema_text(object_fields.NAME)
    empty = Template("empty", 1, {}, {"a": "{{ 1 }}"}, {}, "{}", b"", "", is_own=True)
    render.render_files(empty, {}, ".")
    own_schema.value_faults({"b": "b"}, '{"properties": {"b": {"pattern": "b"}}}')


def _answer(request: Mapping[str, Any], templates: dict[str, Template]) -> dict[str, Any]:
    name = request["name"]
    if "template" in request:
        templates[name] = Template(**{**request["template"], "digest": b""})
    template = templates[name]
    try:
        if request["do"] == "check":
            return {"faults": _faults(template, request["data"])}
        if request["do"] == "parse":
            return {"faults": render.syntax_faults(template)}
        values = request["values"]
        if "files" in values:
            values["files"] = [tuple(one) for one in values["files"]]
        if request["do"] == "trace":
            traced = trace.trace_file(template, values, request["unit"], request["source"], again=request["again"])
            return {"traced": traced and [traced.target, traced.text, [one[:3] for one in traced.origins]]}
        files = render.render_files(template, values, request["unit"])
        return {"files": [[one.target, one.text, one.source, one.item] for one in files]}
    except Unrenderable as error:
        return {
            "fault": str(error),
            "hint": error.hint,
            "source": error.source,
            "line": error.line,
            "where": [*error.where],
        }
    except Invalid as error:
        return {"fault": error.problems[0].message, "hint": error.problems[0].hint}


def _faults(template: Template, data: Any) -> list[list[Any]]:
    try:
        found = own_schema.value_faults(data, template.schema)
    except MemoryError:
        raise
    except Exception as error:
        reason = str(getattr(error, "message", error) or type(error).__name__)[:300]
        where = list(getattr(error, "instance_path", ()))
        if where:
            reason = f"{name_of(where)}: {reason}"
        hint = "fix schema.json: JSON Schema 2020-12, without references to other files"
        message = f"the schema.json of the template {template.name} cannot be used: {reason}"
        raise Unrenderable(message, hint, where=where) from None
    return [[list(one.where), one.message, str(one.hint), one.at_key] for one in found]
