"""Name what causes the problems of a spec that a command makes: its option, the config, or the template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import config, schema
from .config import Config
from .creation import Given
from .errors import Invalid, Problem
from .pipeline import Pipeline
from .spec import Spec
from .template import Template
from .yaml import Node, get, parse_one, walk_nodes

_Position = tuple[int, int]  # line and column


def option_places(node: Node, given: Sequence[Given]) -> Mapping[_Position, str]:
    """Return the option of each position in a spec: of its value and key, of all below, and of the maps around it."""
    found: dict[_Position, str] = {}
    for at in (_exact, _below, _around):  # the closest place decides
        for one in given:
            for position in at(node, list(one.where)):
                found.setdefault(position, one.option)
    return found


def with_causes(problems: Sequence[Problem], pipeline: Pipeline, read: Spec, loaded: Template) -> list[Problem]:
    """Return problems of a spec that is not written yet, at their place in the config, or at the option that chose the
    template.
    """
    causes = _causes(problems, pipeline, read, loaded)
    hint = f"no option sets it: write {read.path} by hand, and run scaffold regenerate"
    chosen = f"--template {loaded.name}"
    return [causes.get(one) or replace(one, path=chosen, line=0, column=0, hint=hint) for one in problems]


def _causes(problems: Sequence[Problem], pipeline: Pipeline, read: Spec, loaded: Template) -> dict[Problem, Problem]:
    """Return the problems that the config causes, at its value: those that the spec does not have without it."""
    text = pipeline.worktree.read(config.PATH) or ""
    node = parse_one(text, config.PATH)
    found: dict[Problem, Problem] = {}
    for where in _inherited(pipeline.config, loaded):
        left = _problems(replace(pipeline, config=_without(pipeline.config, where)), read, loaded)
        for one in problems:
            if one not in left:
                line, column = schema.position(node, list(where))
                found.setdefault(one, replace(one, path=config.PATH, line=line, column=column))
    return found


def _inherited(settings: Config, loaded: Template) -> Iterator[tuple[str, ...]]:
    """Yield the places of the config's values that specs of the template inherit."""
    yield from (("defaults", loaded.name, key) for key in settings.defaults(loaded.name))
    yield from ((key,) for key in settings.conventions(*loaded.schemas))


def _without(settings: Config, where: Sequence[str]) -> Config:
    def removed(data: Any, rest: Sequence[str]) -> Any:
        below = removed(data[rest[0]], rest[1:]) if len(rest) > 1 else None
        return {key: below if key == rest[0] else one for key, one in data.items() if below or key != rest[0]}

    return Config(removed(settings.data, where), settings.node)


def _problems(pipeline: Pipeline, read: Spec, loaded: Template) -> frozenset[Problem]:
    try:
        pipeline.values(read, loaded)
    except Invalid as error:
        return frozenset(error.problems)
    return frozenset()


def _exact(node: Node, where: list[Any]) -> Iterator[_Position]:
    yield schema.position(node, where)
    yield schema.position(node, where, key=True)


def _below(node: Node, where: list[Any]) -> Iterator[_Position]:
    top = get(node, *where)
    yield from ((one.line, one.column) for one in walk_nodes(top)) if top else ()


def _around(node: Node, where: list[Any]) -> Iterator[_Position]:
    for count in range(len(where) - 1, 0, -1):
        yield from _exact(node, where[:count])
