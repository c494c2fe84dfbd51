"""The values of a new spec that a command takes from a file, without those that the template refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import schema, spec
from .assignments import put_value
from .command_template import CommandTemplate
from .creation import Given, TakenValue, Where
from .errors import Invalid, Problem
from .option_problems import option_places
from .pipeline import Pipeline
from .schema_words import name_of
from .template import Template
from .tree import SPEC_NAME, join


def accepted_values(
    pipeline: Pipeline,
    folder: str,
    chosen: CommandTemplate,
    given: Sequence[Given],
    taken: Sequence[TakenValue],
    shown: str,
) -> tuple[list[Given], list[str]]:
    """Return the values of a new spec in the order of the schema: those of options, and those of the file ``shown``
    that no option replaces and the template does not refuse; with a note for each that it refuses.
    """
    path = join(folder, SPEC_NAME)
    loaded = chosen.loaded(pipeline, path)
    kept = [one for one in taken if not any(_overlap(one.where, each.where) for each in given)]
    notes: list[str] = []
    while refused := _refused(pipeline, path, loaded, given, kept):
        for number, problem in sorted(refused.items()):
            one = kept[number]
            notes.append(f"{shown}:{one.line}: left out: {name_of(one.where)}: {problem.message}")
        kept = [one for number, one in enumerate(kept) if number not in refused]
    every = [*given, *(Given(one.where, one.value, f"{shown}:{one.line}") for one in kept)]
    rank = {key: number for number, key in enumerate(schema.schema_data(loaded.schema).get("properties", {}))}
    return sorted(every, key=lambda each: rank.get(each.where[0], len(rank))), notes


def _overlap(one: Where, other: Where) -> bool:
    return one[: len(other)] == other[: len(one)]


def _refused(
    pipeline: Pipeline, path: str, loaded: Template, given: Sequence[Given], kept: Sequence[TakenValue]
) -> dict[int, Problem]:
    """Return the values of a file that cause problems of the spec, by their numbers, with the first problem of each."""
    if not kept:
        return {}
    data: dict[str, Any] = {"template": loaded.name}
    numbered = [*given, *(Given(one.where, one.value, str(number)) for number, one in enumerate(kept))]
    for one in numbered:
        put_value(data, one.where, one.value, one.option)
    text = spec.spec_text(data, "")
    read = spec.parse_spec(text, path)
    try:
        pipeline.values(read, loaded)
        pipeline.added(path.rpartition("/")[0] or ".", text)
    except Invalid as error:
        places = option_places(read.node, numbered)
        found: dict[int, Problem] = {}
        for problem in error.problems:
            cause = places.get((problem.line, problem.column), "") if problem.path == path else ""
            if cause.isdecimal():
                found.setdefault(int(cause), problem)
        return found
    return {}
