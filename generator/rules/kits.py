"""What a Makefile does with clusters: its calls of tools, target by target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property

from ..errors import Invalid
from ..yaml import Node, parse
from . import shell
from .expansion import unknown
from .makefile import Makefile, Recipe, Target, Variable, load, normal
from .nodes import text_at
from .rule import File, Scope
from .tools import Call, call

_NAMES = ("Makefile", "GNUmakefile", "makefile")
DEFAULT = "kind"  # the name of a cluster that nobody named


@dataclass(frozen=True)
class Step:
    """A call in a target's recipe: ``part`` numbers the target's scripts, ``line`` is the line of the file."""

    target: Target
    recipe: Recipe
    part: int
    pipeline: shell.Pipeline
    call: Call
    line: int


@dataclass(frozen=True)
class Script:
    """A recipe line as the shell gets it."""

    target: Target
    recipe: Recipe
    pipelines: tuple[shell.Pipeline, ...]


class Kit:
    """A Makefile and the calls in it. ``context`` tells whether its surroundings are known."""

    def __init__(self, makefile: Makefile, scope: Scope, *, context: bool) -> None:
        self.makefile, self.scope = makefile, scope
        self.complete = context and makefile.complete
        self.folder = makefile.path.rpartition("/")[0]

    @cached_property
    def scripts(self) -> tuple[Script, ...]:
        """Every script of every target; a rule for several targets counts once."""
        found, seen = [], set()
        for target in self.makefile.targets:
            place = (target.path, target.line)
            if not target.recipe or place in seen:
                continue
            seen.add(place)
            found += [Script(target, one, shell.read(one.text)) for one in self.makefile.scripts(target)]
        return tuple(found)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every call of a tool, in the order of the file."""
        found = []
        for part, script in enumerate(self.scripts):
            exported: dict[str, str] = {}
            for pipeline in script.pipelines:
                for command in pipeline.commands:
                    made = call(command)
                    if made.tool == "export" or (not made.tool and made.env):
                        exported |= made.env
                        exported |= dict(one.split("=", 1) for one in made.args if "=" in one)
                        continue
                    if made.tool:
                        made = Call(made.tool, made.args, {**exported, **made.env}, made.line)
                        line = script.recipe.line + made.line
                        found.append(Step(script.target, script.recipe, part, pipeline, made, line))
        return tuple(found)

    @cached_property
    def kind(self) -> tuple[Step, ...]:
        """The calls of kind."""
        return tuple(one for one in self.steps if one.call.tool == "kind")

    @cached_property
    def _recipes(self) -> dict[int, list[Step]]:
        found: dict[int, list[Step]] = {}
        for one in self.steps:
            found.setdefault(id(one.target), []).append(one)
        return found

    def recipe(self, target: Target) -> list[Step]:
        """Return the calls in a target's recipe."""
        return self._recipes.get(id(target), [])

    def needing(self, targets: set[str]) -> set[str]:
        """Return the names of the targets that need one of these, at once or by others."""
        found: set[str] = set()
        todo = list(targets)
        while todo:
            new = self._dependents.get(todo.pop(), set()) - found
            found |= new
            todo += new
        return found

    @cached_property
    def _dependents(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for one in self.makefile.targets:
            for need in one.prerequisites:
                found.setdefault(need, set()).add(one.name)
        return found

    def creates(self) -> Iterator[Step]:
        """Yield the calls that create a cluster."""
        return (one for one in self.kind if one.call.verb("create", "cluster"))

    def name(self, step: Step) -> str | None:
        """Return the cluster's name in a call of kind, as it is written; None where it cannot be known."""
        one = step.call
        given = one.option("--name", "-n")
        if given:
            return given
        own = one.env.get("KIND_CLUSTER_NAME")
        if own:
            return own
        variable = self.makefile.last("KIND_CLUSTER_NAME")
        if variable and {"KIND_CLUSTER_NAME", "*"} & self.makefile.exported:
            return self.makefile.value(variable)
        if one.opaque or not self.complete or variable:
            return None
        file = one.option("--config")
        return (self._config_name(file) if file else DEFAULT) if one.verb("create") else DEFAULT

    def _config_name(self, file: str) -> str | None:
        for document in self.documents(file):
            return text_at(document, "name") or DEFAULT
        return None

    def documents(self, file: str) -> tuple[Node, ...]:
        """Return the YAML documents of a file that a recipe names; none where it cannot be read."""
        if unknown(file):
            return ()
        path = normal(f"{self.folder}/{file.removeprefix('/CURDIR/')}".lstrip("/"))
        known = self.scope.by_path.get(path)
        if known:
            return known.documents
        text = self.scope.read(path) if path else None
        try:
            return parse(text, path) if text is not None else ()
        except Invalid:
            return ()


def kit(file: File, scope: Scope) -> Kit:
    """Return what the Makefile does, in the context of the one that includes it."""
    memo = scope.memo.setdefault("kits", {})
    if file.path not in memo:
        memo[file.path] = _make(file, scope)
    found: Kit = memo[file.path]
    return found


def _make(file: File, scope: Scope) -> Kit:
    named = file.path.rpartition("/")[2] in _NAMES
    if not named:
        for path in _above(file.path):
            text = scope.by_path[path].text if path in scope.by_path else scope.read(path)
            if text and "include" in text:
                whole = _load(path, text, scope)
                if file.path in whole.includes:
                    return Kit(whole, scope, context=True)
    return Kit(_load(file.path, file.text, scope), scope, context=named and not _called_from_above(file.path, scope))


def _load(path: str, text: str, scope: Scope) -> Makefile:
    loaded: dict[str, Makefile] = scope.memo.setdefault("kits.makefiles", {})
    if path not in loaded:
        loaded[path] = load(
            path, text, scope.read, lambda glob: [one for one in scope.by_path if fnmatchcase(one, glob)]
        )
    return loaded[path]


def _above(path: str) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    for _ in range(5):
        yield from (f"{folder}/{name}" if folder else name for name in _NAMES)
        if not folder:
            return
        folder = folder.rpartition("/")[0]


def _called_from_above(path: str, scope: Scope) -> bool:
    """Tell whether a Makefile above calls make in this folder with a kubeconfig that it exports."""
    folder = path.rpartition("/")[0]
    if not folder:
        return False
    for above in list(_above(folder))[: 4 * len(_NAMES)]:
        text = scope.read(above) if above != path else None
        if text and "KUBECONFIG" in text and re.search(r"-C\b|--directory|\bcd\s", text):
            return True
    return False


def of_file(file: File, scope: Scope) -> tuple[Kit, list[Step]]:
    """Return the kit and those of its calls that this file answers for, with the places where it tells of them."""
    one = kit(file, scope)
    mine = []
    for step in one.steps:
        if step.target.path == file.path:
            mine.append(step)
        elif owns(file, one, step.target.path):
            mine.append(replace(step, line=one.makefile.include_line))
    return one, mine


def owns(file: File, one: Kit, path: str) -> bool:
    """Tell whether a file answers for what is written at ``path``: itself, or what only it includes."""
    return path == file.path or (file.path == one.makefile.path and path not in one.scope.by_path)


def place(file: File, one: Kit, variable: Variable) -> tuple[int, int]:
    """Return where a file tells of an assignment."""
    if variable.path == file.path:
        return variable.line, variable.column
    return one.makefile.include_line, 1
