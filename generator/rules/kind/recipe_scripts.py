"""Recipes of Makefiles as scripts: pipelines with their lines, calls of tools, and traps.

What a text has is cached by the text alone, because generated Makefiles repeat the parts of their recipes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ..readers import shell
from ..readers.makefile import joined_recipe
from ..readers.makelines import MakeTarget, Recipe
from ..readers.tools import ToolCall, call

Trap = tuple[int, tuple[str, ...]]  # the number of a pipeline, and its words
_CACHED = 4096
_FEW = 20  # variables that are part of a key of the cache
# Commands that concern neither clusters nor files, and do not fail because of them.
_SILENT = frozenset(
    (
        "echo",
        "printf",
        "true",
        "false",
        ":",
        "[",
        "[[",
        "test",
        "local",
        "return",
        "exit",
        "set",
        "trap",
        "shift",
        "read",
    )
) | frozenset(("{", "(", "if", "for", "while", "until", "case", "say", "sleep", "need"))


@dataclass(frozen=True)
class Script:
    """The part of a recipe that one shell runs.

    ``texts`` are those that it was read from, ``places`` has for each pipeline the line of its text, and whether that
    is flat; ``traps`` are the calls of trap, as the numbers of their pipelines and their words; ``notable`` see below.
    """

    target: MakeTarget
    recipe: Recipe
    texts: tuple[str, ...]
    pipelines: tuple[shell.ShellPipeline, ...]
    places: tuple[tuple[int, bool], ...]
    traps: tuple[Trap, ...]
    notable: tuple[int, ...]

    def line(self, number: int, within: int) -> int:
        """Return the line in the file for line ``within`` of pipeline ``number``."""
        line, flat = self.places[number]
        return line if flat else line + within


NumberedCalls = tuple[tuple[int, ToolCall], ...]  # with the numbers of their pipelines


@dataclass(frozen=True)
class RecipePart:
    """What the text of a part of a script has; ``closed`` says whether it is complete.

    ``calls`` lack those that are not relevant; ``exported`` are the variables that a call after the part gets from it.
    """

    pipelines: tuple[shell.ShellPipeline, ...]
    closed: bool
    traps: tuple[Trap, ...]
    notable: tuple[int, ...]
    calls: NumberedCalls
    exported: Mapping[str, str]


@lru_cache(maxsize=_CACHED)
def read_recipe_part(text: str) -> RecipePart:
    """Read a part of a script."""
    pipelines, closed = shell.read_part(text)
    calls: list[tuple[int, ToolCall]] = []
    exported: dict[str, str] = {}
    for number, pipeline in enumerate(pipelines):
        for made in map(call, pipeline.commands):
            if made.tool in {"", "export"}:
                exported |= made.env
                exported |= dict(one.split("=", 1) for one in made.args if "=" in one)
            elif made.tool not in _SILENT:
                calls.append((number, replace(made, env={**exported, **made.env}) if exported else made))
    return RecipePart(pipelines, closed, traps_in(pipelines), notable_in(pipelines), tuple(calls), exported)


def calls_after(text: str, exported: Mapping[str, str]) -> NumberedCalls:
    """Return the calls in a part of a script, with the variables that the parts before it export."""
    calls = read_recipe_part(text).calls
    if not calls or not exported:
        return calls
    if len(exported) > _FEW:
        return _with_variables(calls, exported)
    return _known_calls(text, tuple(exported.items()))


@lru_cache(maxsize=_CACHED)
def _known_calls(text: str, exported: tuple[tuple[str, str], ...]) -> NumberedCalls:
    return _with_variables(read_recipe_part(text).calls, dict(exported))


def _with_variables(calls: NumberedCalls, exported: Mapping[str, str]) -> NumberedCalls:
    return tuple((number, replace(one, env={**exported, **one.env})) for number, one in calls)


def script_of(target: MakeTarget, chunks: tuple[Recipe, ...]) -> Script:
    """Return the script of the lines of a recipe that one shell runs."""
    whole = joined_recipe(chunks)
    read = [read_recipe_part(one.text) for one in chunks]
    if not all(one.closed for one in read):
        chunks, read = (whole,), [read_recipe_part(whole.text)]
    pipelines: list[shell.ShellPipeline] = []
    places: list[tuple[int, bool]] = []
    traps: list[Trap] = []
    notable: list[int] = []
    for chunk, one in zip(chunks, read, strict=True):
        traps += [(len(pipelines) + number, words) for number, words in one.traps]
        notable += [len(pipelines) + number for number in one.notable]
        pipelines += one.pipelines
        places += [(chunk.line, chunk.flat)] * len(one.pipelines)
    texts = tuple([one.text for one in chunks])
    return Script(target, whole, texts, tuple(pipelines), tuple(places), tuple(traps), tuple(notable))


def notable_in(pipelines: Sequence[shell.ShellPipeline]) -> tuple[int, ...]:
    """Return the numbers of the pipelines that have a pipe or change whether one fails: few of the many of a recipe."""
    return tuple(
        number
        for number, one in enumerate(pipelines)
        if len(one.commands) > 1 or (one.commands[0].words[:1] == ("set",) and "pipefail" in one.commands[0].words)
    )


def traps_in(pipelines: Sequence[shell.ShellPipeline]) -> tuple[Trap, ...]:
    """Return the calls of trap that set an action, as the numbers of their pipelines and their words."""
    found = ((number, one.commands[0].words) for number, one in enumerate(pipelines))
    return tuple((number, words) for number, words in found if len(words) > 2 and words[0] == "trap")
