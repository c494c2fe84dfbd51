"""Parse Makefiles to variables and targets, as far as rules need them. Nothing is run.

The format is that of the GNU make manual (4.4), "Writing Makefiles". Conditionals are read as if every branch were
taken; assignments in a branch are marked. A reference that cannot be resolved stays in the text between two
private-use characters, so that equal references give equal texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from .expansion import MAX_TOTAL, OPEN, Expansion
from .makelines import MakefileReader, MakeTarget, MakeVariable, Parsed, Recipe

MAX_INCLUDES = 20


class Makefile:
    """A Makefile with its included files; ``complete`` is false if an included file could not be read."""

    def __init__(self, path: str, parsed: Parsed) -> None:
        self.path = path
        self.variables = tuple(parsed.variables)
        self.unread = tuple(parsed.unread)
        self.absent = tuple(parsed.absent)  # included files that do not exist
        self.include_line = parsed.include_line
        self.includes = tuple(parsed.includes)
        self._rules = parsed.rules
        self._exports = parsed.exports
        self._values: dict[int, str] = {}
        self.expansion = Expansion([(one.name, one.flavour, one.value) for one in self.variables if not one.target])

    @property
    def complete(self) -> bool:
        """Whether all included files were read."""
        return not self.unread

    @cached_property
    def targets(self) -> tuple[MakeTarget, ...]:
        """Every target that has a rule, including special ones such as ``.PHONY``."""
        found = []
        left = MAX_TOTAL
        for names, needs, recipe, line, path in self._rules:
            size = len(needs) + sum(len(one.text) for one in recipe)
            _pattern, colon, rest = needs.partition(":")
            wanted = tuple(self.expansion.text((rest if colon else needs).replace("|", " ")).split())
            for number, name in enumerate(self.expansion.text(names).split()):
                left -= size
                if number and left < 0:
                    break  # a rule for very many targets, which all share one long recipe
                found.append(MakeTarget(name, wanted, tuple(recipe), line, path, "%" in name))
        return tuple(found)

    @cached_property
    def phony(self) -> frozenset[str]:
        """The targets that are not files."""
        return frozenset(need for one in self.targets if one.name == ".PHONY" for need in one.prerequisites)

    @cached_property
    def exported(self) -> frozenset[str]:
        """The names of exported variables; includes ``*`` if all are exported."""
        names = {one.name for one in self.variables if one.exported}
        names |= {part for text in self._exports for part in self.expansion.text(text).split()}
        if any(one.name == ".EXPORT_ALL_VARIABLES" for one in self.targets):
            names.add("*")
        return frozenset(names)

    @cached_property
    def one_shell(self) -> bool:
        """Whether one shell runs all lines of a recipe (``.ONESHELL``)."""
        return any(one.name == ".ONESHELL" for one in self.targets)

    @cached_property
    def shell(self) -> str:
        """The shell of recipes with its options."""
        shell = self.last("SHELL")
        flags = self.last(".SHELLFLAGS")
        return (self.value(shell) if shell else "/bin/sh") + " " + (self.value(flags) if flags else "-c")

    def last(self, name: str) -> MakeVariable | None:
        """Return the last assignment of a variable that is not target-specific."""
        return self._last.get(name)

    @cached_property
    def _last(self) -> dict[str, MakeVariable]:
        return {one.name: one for one in self.variables if not one.target}

    def value(self, variable: MakeVariable) -> str:
        """Return the value of an assignment with references resolved; for the last one, the variable's final value."""
        known = self._values.get(id(variable))  # of a tuple that is never changed
        if known is None:
            is_last = self.last(variable.name) is variable
            known = self._values[id(variable)] = (
                self.expansion.variable(variable.name) if is_last else self.expansion.text(variable.value)
            )
        return known

    def chunks(self, target: MakeTarget) -> tuple[tuple[Recipe, ...], ...]:
        """Return the scripts that make passes to shells for a target, as lines with references resolved."""
        automatic = {"@": target.name, "<": (target.prerequisites or ("",))[0], "^": " ".join(target.prerequisites)}
        automatic |= {"@D": target.name.rpartition("/")[0] or ".", "@F": target.name.rpartition("/")[2]}
        own = automatic | self._of_targets.get(target.name, {})
        found: list[Recipe] = []
        for line in target.recipe:
            text = self.expansion.text(line.text, own, for_shell=True)
            if text is line.text and (self.one_shell or "\n" not in text):
                found.append(line)
                continue
            flat = text.count("\n") != line.text.count("\n")
            parts = [text] if self.one_shell else re.split(r"(?<!\\)\n", text)
            for part in parts:
                stripped = part.lstrip(" \t@+-")
                prefix = line.prefix + part[: len(part) - len(stripped)].strip()
                if stripped.strip():
                    found.append(Recipe(stripped, prefix, line.line, flat))
        if self.one_shell:
            return (tuple(found),) if found else ()
        return tuple((one,) for one in found)

    def scripts(self, target: MakeTarget) -> Iterator[Recipe]:
        """Yield the scripts of a target as one text each; see :meth:`chunks`."""
        for chunks in self.chunks(target):
            yield joined_recipe(chunks)

    @cached_property
    def _of_targets(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for one in self.variables:
            if one.target:
                found.setdefault(one.target, {})[one.name] = one.value
        return found


def joined_recipe(chunks: tuple[Recipe, ...]) -> Recipe:
    """Join the lines of a script, with empty lines in between so that line numbers are kept."""
    first = chunks[0]
    if len(chunks) == 1:
        return first
    parts, at = [], first.line
    for one in chunks:
        parts.append("\n" * max(0, one.line - at) + one.text)
        at = max(at, one.line) + one.text.count("\n") + 1
    return Recipe("\n".join(parts), first.prefix, first.line, any(one.flat for one in chunks))


def load_makefile(
    path: str,
    text: str,
    read: Callable[[str], str | None],
    find: Callable[[str], list[str]] = lambda _glob: [],
) -> Makefile:
    """Return the Makefile at ``path`` with its included files.

    ``read`` takes paths below the root; ``find`` returns the known paths that match a glob.
    """
    parsed = Parsed()
    MakefileReader(path, text, parsed).run()
    if not parsed.includes:
        return Makefile(path, parsed)
    folder = path.rpartition("/")[0]
    seen = {path}
    todo: Iterator[str] = iter(())
    known, expansion = -1, Expansion(())
    while len(seen) <= MAX_INCLUDES:
        wanted = next(todo, None)
        if wanted is None:
            if not parsed.includes:
                break
            todo, parsed.includes = iter(parsed.includes), []
            continue
        if known != len(parsed.variables):  # the included file assigns variables
            known = len(parsed.variables)
            expansion = Expansion([(one.name, one.flavour, one.value) for one in parsed.variables])
        for part in expansion.text(wanted.lstrip("-")).split():
            if "*" in part:
                globbed = sorted(find(f"{folder}/{part}" if folder else part))
                parsed.includes += [f"-{one.removeprefix(f'{folder}/')}" for one in globbed if one not in seen]
                parsed.unread += [] if wanted.startswith("-") else [part]
                continue
            found = _included(part, folder, read)
            if found is None:
                (parsed.absent if wanted.startswith("-") else parsed.unread).append(part)
            elif found[0] not in seen:
                seen.add(found[0])
                MakefileReader(*found, parsed).run()
    parsed.includes = sorted(seen - {path})
    return Makefile(path, parsed)


def _included(name: str, folder: str, read: Callable[[str], str | None]) -> tuple[str, str] | None:
    name = name.removeprefix("/CURDIR/")
    for base in dict.fromkeys((folder, "")):
        path = normal(f"{base}/{name}" if base else name)
        text = read(path) if path else None
        if path and text is not None:
            return path, text
    return None


def normal(path: str) -> str:
    """Return a path without ``.`` and ``..``, or ``""`` if it is outside the root or empty."""
    if path.startswith(("/", "~")) or "$" in path or OPEN in path:
        return ""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts) or "."
