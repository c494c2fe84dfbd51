"""Read a file of expectations for ``scaffold route --expect-file``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import assets, schema
from .alertmanager.expectation import NOBODY, Expectation, labels_text
from .errors import Invalid, Problem, invalid
from .route_question import read_time
from .yaml import Node, parse_one, plain

MAX_BYTES = 1 << 20


def read_expectations(text: str, path: str) -> tuple[Expectation, ...]:
    """Return the expectations of a YAML or JSON file. Raises Invalid with every problem at its place."""
    if len(text) > MAX_BYTES:
        raise invalid(path, f"is larger than {MAX_BYTES >> 20} MiB", "split the file")
    node = parse_one(text, path, json=path.endswith(".json"))
    data = plain(node, path)
    if problems := schema.oversized(node, path) or schema.schema_problems(
        node, data, assets.schema_text("expectations"), path
    ):
        raise Invalid(problems)
    found: list[Expectation] = []
    wrong: list[Problem] = []
    for number, (one, where) in enumerate(zip(data, node.items, strict=True)):
        if faults := [*_faults(one, node, number, path)]:
            wrong += faults
            continue
        try:
            found.append(_expectation(one, where))
        except Invalid as error:
            line, column = schema.position(node, [number, "at"])
            wrong += [Problem(path, line, column, each.message, each.hint) for each in error.problems]
    if wrong:
        raise Invalid(wrong)
    return tuple(found)


def _faults(one: Mapping[str, Any], node: Node, number: int, path: str) -> Iterator[Problem]:
    """Yield the problems of keys that need each other."""

    def at(key: str, message: str, hint: str) -> Problem:
        line, column = schema.position(node, [number, key] if key else [number], key=bool(key))
        return Problem(path, line, column, message, hint)

    if not {"receivers", "muted", "inhibited"} & set(one):
        yield at("", "expects nothing", "add receivers, muted or inhibited")
    if "muted" in one and "at" not in one:
        yield at("muted", "muted needs at", "add the time, such as at: 2026-11-30T03:00:00Z")
    if "inhibited" in one and "firing" not in one:
        yield at("inhibited", "inhibited needs firing", "add the other alerts, such as firing: [{alertname: Down}]")
    others = [each for each in one.get("receivers", ()) if each not in {None, NOBODY}]
    if others and len(others) < len(one["receivers"]):
        yield at("receivers", "'null' means that nobody is notified", "remove null, or the other receivers")
    if one.get("inhibited") and others:
        yield at("receivers", "an alert that is inhibited notifies nobody", 'remove receivers, or write ["null"]')


def _expectation(one: Mapping[str, Any], where: Node) -> Expectation:
    receivers = one.get("receivers")
    return Expectation(
        one.get("name") or labels_text(one["labels"]),
        where.line,
        where.column,
        one["labels"],
        None if receivers is None else tuple(NOBODY if each is None else each for each in receivers),
        read_time(one["at"], "at") if "at" in one else None,
        tuple(one["firing"]) if "firing" in one else None,
        tuple(one["muted"]) if "muted" in one else None,
        one.get("inhibited"),
    )
