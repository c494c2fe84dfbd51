"""Tool calls in the recipes of a Makefile, by target."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile

from ... import globs
from ...errors import Invalid
from ...yaml import Node, parse, text_at
from ..readers import shell
from ..readers.expansion import CURDIR, unknown
from ..readers.makefile import Makefile, load_makefile, normal
from ..readers.makelines import MakeTarget, MakeVariable, Recipe
from ..readers.tools import ToolCall
from ..rule import File, Scope
from .recipe_scripts import Script, calls_after, read_recipe_part, script_of

_NAMES = ("Makefile", "GNUmakefile", "makefile")
DEFAULT = "kind"  # kind's default cluster name


@dataclass(slots=True, eq=False)
class RecipeCall:
    """A call in a target's recipe: ``part`` is the number of the script, ``line`` the line in the file.

    Not changed after creation, and not frozen only because that triples the time of creating the many of a Makefile.
    """

    number: int
    target: MakeTarget
    recipe: Recipe
    part: int
    pipeline: shell.ShellPipeline
    call: ToolCall
    line: int


class Kit:
    """A Makefile and the calls in it. ``context`` tells whether the Makefiles around it are known."""

    def __init__(self, makefile: Makefile, scope: Scope, context: Callable[[], bool]) -> None:
        self.makefile, self.scope, self._context = makefile, scope, context
        self.folder = makefile.path.rpartition("/")[0]
        self._of_files: dict[str, list[RecipeCall]] = {}

    @cached_property
    def complete(self) -> bool:
        """Whether all Makefiles are known that this one is made of or run by. Slow: files around it are looked for."""
        return self.makefile.complete and self._context()

    @cached_property
    def scripts(self) -> tuple[Script, ...]:
        """The scripts of all targets; a rule for several targets counts once."""
        found, seen = [], set()
        for target in self.makefile.targets:
            place = (target.path, target.line)
            if target.recipe and place not in seen:
                seen.add(place)
                found += [script_of(target, one) for one in self.makefile.chunks(target)]
        return tuple(found)

    @cached_property
    def steps(self) -> tuple[RecipeCall, ...]:
        """The calls of tools, in the order of the file."""
        found: list[RecipeCall] = []
        for part, script in enumerate(self.scripts):
            target, recipe, pipelines, places = script.target, script.recipe, script.pipelines, script.places
            exported: dict[str, str] = {}
            before = 0
            for text in script.texts:
                for number, made in calls_after(text, exported):
                    line, flat = places[before + number]
                    line += 0 if flat else made.line
                    found.append(RecipeCall(len(found), target, recipe, part, pipelines[before + number], made, line))
                part_read = read_recipe_part(text)
                before += len(part_read.pipelines)
                exported |= part_read.exported
        return tuple(found)

    @cached_property
    def kind(self) -> tuple[RecipeCall, ...]:
        """The calls of kind."""
        return tuple(one for one in self.steps if one.call.tool == "kind")

    @cached_property
    def _recipes(self) -> dict[int, list[RecipeCall]]:
        found: dict[int, list[RecipeCall]] = {}
        for one in self.steps:
            found.setdefault(id(one.target), []).append(one)
        return found

    def recipe(self, target: MakeTarget) -> list[RecipeCall]:
        """Return the calls in a target's recipe."""
        return self._recipes.get(id(target), [])

    def needing(self, targets: set[str]) -> set[str]:
        """Return the names of the targets that depend on one of these, directly or indirectly."""
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

    @cached_property
    def creates(self) -> tuple[RecipeCall, ...]:
        """The calls that create a cluster."""
        return tuple(one for one in self.kind if one.call.verb("create", "cluster"))

    def of_file(self, file: File) -> list[RecipeCall]:
        """Return the calls that are reported in a file, with their places in it."""
        path = file.path
        if path not in self._of_files and {one.target.path for one in self.scripts} <= {path}:
            self._of_files[path] = list(self.steps)
        elif path not in self._of_files:
            mine = self._of_files[path] = []
            for step in self.steps:
                if step.target.path == path:
                    mine.append(step)
                elif owns(file, self, step.target.path):
                    mine.append(replace(step, line=self.makefile.include_line))
        return self._of_files[path]

    def name(self, step: RecipeCall) -> str | None:
        """Return the cluster's name in a call of kind, as written; None if it cannot be resolved."""
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
        if one.opaque or variable or not self.complete:
            return None
        file = one.option("--config")
        return (self._config_name(file) if file else DEFAULT) if one.verb("create") else DEFAULT

    def _config_name(self, file: str) -> str | None:
        for document in self.documents(file):
            return text_at(document, "name") or DEFAULT
        return None

    def path_of(self, file: str) -> str:
        """Return the path below the root of a file that a recipe names, ``""`` if it is outside the root."""
        return normal(f"{self.folder}/{file.removeprefix(f'{CURDIR}/')}".lstrip("/"))

    def documents(self, file: str) -> tuple[Node, ...]:
        """Return the YAML documents of a file that a recipe names; empty if it cannot be read."""
        if unknown(file):
            return ()
        path = self.path_of(file)
        known = self.scope.by_path.get(path)
        if known:
            return known.documents
        memo: dict[str, tuple[Node, ...]] = self.scope.memo.setdefault("kits.documents", {})
        if path not in memo:  # recipes name the same file many times
            text = self.scope.read(path) if path else None
            try:
                memo[path] = parse(text, path) if text is not None else ()
            except Invalid:
                memo[path] = ()
        return memo[path]


def kit(file: File, scope: Scope) -> Kit:
    """Return the kit of a Makefile, in the context of the one that includes it."""
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
                    return Kit(whole, scope, lambda: True)
    makefile = _load(file.path, file.text, scope)
    return Kit(makefile, scope, lambda: named and not _called_from_above(makefile.path, scope))


def is_whole(file: File) -> bool:
    """Return whether a Makefile is surely neither a part of another one nor has parts in other files."""
    return file.path.rpartition("/")[2] in _NAMES and "include" not in file.text


def _load(path: str, text: str, scope: Scope) -> Makefile:
    loaded: dict[str, Makefile] = scope.memo.setdefault("kits.makefiles", {})
    if path not in loaded:
        loaded[path] = load_makefile(path, text, scope.read, lambda glob: _matching(glob, scope))
    return loaded[path]


def makefile_in(folder: str, scope: Scope) -> Makefile | None:
    """Return the Makefile that make reads in a folder, None if it cannot be read or is empty."""
    for name in ("GNUmakefile", "makefile", "Makefile"):  # in make's order
        path = normal(f"{folder}/{name}")
        text = scope.by_path[path].text if path in scope.by_path else scope.read(path) if path else None
        if text and text.strip():
            return _load(path, text, scope)
    return None


def _matching(glob: str, scope: Scope) -> list[str]:
    """Return the paths of the run that match a glob, which are sought among those that begin like it."""
    if "kits.paths" not in scope.memo:
        scope.memo["kits.paths"] = sorted(scope.by_path)
    paths: list[str] = scope.memo["kits.paths"]
    start = re.split(r"[*?\[]", glob, maxsplit=1)[0]
    alike = takewhile(
        lambda one: one.startswith(start), (paths[at] for at in range(bisect_left(paths, start), len(paths)))
    )
    return [one for one in alike if globs.matches(one, glob)]


def _above(path: str) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    for _ in range(5):
        yield from (f"{folder}/{name}" if folder else name for name in _NAMES)
        if not folder:
            return
        folder = folder.rpartition("/")[0]


def _called_from_above(path: str, scope: Scope) -> bool:
    """Return whether a Makefile in a parent folder calls make here with a kubeconfig that it exports."""
    folder = path.rpartition("/")[0]
    if not folder:
        return False
    return any(_calls_below(above, scope) for above in list(_above(folder))[: 4 * len(_NAMES)] if above != path)


def _calls_below(path: str, scope: Scope) -> bool:
    """Return whether a Makefile exports a kubeconfig and calls make elsewhere; read once, for many below it."""
    known: dict[str, bool] = scope.memo.setdefault("kits.callers", {})
    if path not in known:
        text = scope.read(path)
        known[path] = bool(text and "KUBECONFIG" in text and re.search(r"-C\b|--directory|\bcd\s", text))
    return known[path]


def of_file(file: File, scope: Scope) -> tuple[Kit, list[RecipeCall]]:
    """Return the kit and those of its calls that are reported in this file, with their places in it."""
    one = kit(file, scope)
    return one, one.of_file(file)


def owns(file: File, one: Kit, path: str) -> bool:
    """Return whether findings in ``path`` are reported in a file: its own, or those of a file that only it includes."""
    return path == file.path or (file.path == one.makefile.path and path not in one.scope.by_path)


def variable_place(file: File, one: Kit, variable: MakeVariable) -> tuple[int, int]:
    """Return line and column at which a file reports an assignment."""
    if variable.path == file.path:
        return variable.line, variable.column
    return one.makefile.include_line, 1
