"""Makefiles to variables and targets, as far as rules need them. Nothing is run.

The format is that of the GNU make manual (4.4), "Writing Makefiles". Conditionals are read as if every branch were
taken; what a branch sets is marked. A reference that cannot be resolved stays in the text between two private
characters, so that the same reference always gives the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .expansion import Expansion

MAX_LINES = 20_000
MAX_INCLUDES = 20
_ASSIGNMENT = re.compile(
    r"\s*((?:(?:override|export|private)\s+)*)([^\s:#=?+!][^\s:#=?+!]*)\s*(\?=|\+=|!=|:{0,3}=)\s*(.*)\Z", re.S
)
_DEFINE = re.compile(r"\s*((?:(?:override|export|private)\s+)*)define\s+([^\s=:?+!]+)\s*(\?=|\+=|!=|:{0,3}=)?\s*\Z")
_EXPORT = re.compile(r"\s*export(?:\s+([^=:]*))?\Z")
_INCLUDE = re.compile(r"\s*(-include|sinclude|include)\s+(.*)\Z")
_CONDITION = re.compile(r"\s*(ifeq|ifneq|ifdef|ifndef)\b\s*(.*)")
_COMMENT = re.compile(r"(?<!\\)#.*\Z", re.S)
_REFERENCE = re.compile(r"\$\([^()]*(?:\([^()]*\)[^()]*)*\)|\$\{[^{}]*\}|::?(?!=)|:{1,3}=")


@dataclass(frozen=True)
class Variable:
    """An assignment. ``flavour`` is its operator; ``conditions`` are the conditionals that it stands in."""

    name: str
    flavour: str
    value: str
    line: int
    column: int
    override: bool = False
    exported: bool = False
    target: str = ""
    conditions: tuple[str, ...] = ()
    path: str = ""


@dataclass(frozen=True)
class Recipe:
    """One line of a recipe as make hands it to the shell, continued lines joined; ``prefix`` is any of ``@-+``.

    ``flat`` says that the text has other lines than the file, those of a canned recipe: all of it stands at ``line``.
    """

    text: str
    prefix: str
    line: int
    flat: bool = False


@dataclass(frozen=True)
class Target:
    """A rule for one target. ``path`` is the file that it is written in."""

    name: str
    prerequisites: tuple[str, ...]
    recipe: tuple[Recipe, ...]
    line: int
    path: str
    pattern: bool = False


@dataclass
class _Parsed:
    """What has been read so far, of a file and those it includes."""

    variables: list[Variable] = field(default_factory=list)
    rules: list[tuple[str, str, list[Recipe], int, str]] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    include_line: int = 1


class Makefile:
    """A Makefile with what it includes; ``complete`` is false where an included file could not be read."""

    def __init__(self, path: str, parsed: _Parsed) -> None:
        self.path = path
        self.variables = tuple(parsed.variables)
        self.unread = tuple(parsed.unread)
        self.absent = tuple(parsed.absent)  # what it would include if it were there
        self.include_line = parsed.include_line
        self.includes = tuple(parsed.includes)
        self._rules = parsed.rules
        self._exports = parsed.exports
        self.expansion = Expansion([(one.name, one.flavour, one.value) for one in self.variables if not one.target])

    @property
    def complete(self) -> bool:
        """Whether everything it includes was read."""
        return not self.unread

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Every target that has a rule, special ones such as ``.PHONY`` too."""
        found = []
        for names, needs, recipe, line, path in self._rules:
            _pattern, colon, rest = needs.partition(":")
            wanted = tuple(self.expansion.text((rest if colon else needs).replace("|", " ")).split())
            for name in self.expansion.text(names).split():
                found.append(Target(name, wanted, tuple(recipe), line, path, "%" in name))
        return tuple(found)

    @cached_property
    def phony(self) -> frozenset[str]:
        """The targets that are no files."""
        return frozenset(need for one in self.targets if one.name == ".PHONY" for need in one.prerequisites)

    @cached_property
    def exported(self) -> frozenset[str]:
        """The names that are exported; ``*`` is among them where all are."""
        names = {one.name for one in self.variables if one.exported}
        names |= {part for text in self._exports for part in self.expansion.text(text).split()}
        if any(one.name == ".EXPORT_ALL_VARIABLES" for one in self.targets):
            names.add("*")
        return frozenset(names)

    @cached_property
    def one_shell(self) -> bool:
        """Whether a recipe is one script."""
        return any(one.name == ".ONESHELL" for one in self.targets)

    @cached_property
    def shell(self) -> str:
        """The shell of recipes with its options."""
        shell = self.last("SHELL")
        flags = self.last(".SHELLFLAGS")
        return (self.value(shell) if shell else "/bin/sh") + " " + (self.value(flags) if flags else "-c")

    def last(self, name: str) -> Variable | None:
        """Return the last assignment of a variable, target-specific ones left out."""
        return next((one for one in reversed(self.variables) if one.name == name and not one.target), None)

    def value(self, variable: Variable) -> str:
        """Return the value of an assignment, references resolved; of the last one what the variable has in the end."""
        return self.expansion.text(f"$({variable.name})" if self.last(variable.name) is variable else variable.value)

    def chunks(self, target: Target) -> tuple[tuple[Recipe, ...], ...]:
        """Return what make hands to shells for a target, references resolved: scripts, each by the lines it is of."""
        automatic = {"@": target.name, "<": (target.prerequisites or ("",))[0], "^": " ".join(target.prerequisites)}
        automatic |= {"@D": target.name.rpartition("/")[0] or ".", "@F": target.name.rpartition("/")[2]}
        own = automatic | self._of_targets.get(target.name, {})
        found: list[Recipe] = []
        for line in target.recipe:
            text = self.expansion.text(line.text, own, for_shell=True)
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

    def scripts(self, target: Target) -> Iterator[Recipe]:
        """Yield the scripts of a target, each as one text; see :meth:`chunks`."""
        for chunks in self.chunks(target):
            yield joined(chunks)

    @cached_property
    def _of_targets(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for one in self.variables:
            if one.target:
                found.setdefault(one.target, {})[one.name] = one.value
        return found


def joined(chunks: tuple[Recipe, ...]) -> Recipe:
    """Return the lines of one script with the empty lines between them, so that places can be told."""
    first = chunks[0]
    if len(chunks) == 1:
        return first
    parts, at = [], first.line
    for one in chunks:
        parts.append("\n" * max(0, one.line - at) + one.text)
        at = max(at, one.line) + one.text.count("\n") + 1
    return Recipe("\n".join(parts), first.prefix, first.line, any(one.flat for one in chunks))


def load(
    path: str,
    text: str,
    read: Callable[[str], str | None],
    find: Callable[[str], list[str]] = lambda _glob: [],
) -> Makefile:
    """Return the Makefile at ``path`` with what it includes.

    ``read`` takes paths below the root; ``find`` returns the known paths that match a glob.
    """
    parsed = _Parsed()
    _Reader(path, text, parsed).run()
    folder = path.rpartition("/")[0]
    seen = {path}
    while parsed.includes and len(seen) <= MAX_INCLUDES:
        wanted = parsed.includes.pop(0)
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
                _Reader(*found, parsed).run()
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
    """Return a path without ``.`` and ``..``, or ``""`` where it leaves the root or is none."""
    if path.startswith(("/", "~")) or "$" in path or "\ue000" in path:
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


class _Reader:
    """Reads the lines of one file."""

    def __init__(self, path: str, text: str, parsed: _Parsed) -> None:
        self.path, self.parsed = path, parsed
        self.lines = text.replace("\r\n", "\n").split("\n")[:MAX_LINES]
        self.at = 0
        self.prefix = "\t"
        self.conditions: list[str] = []
        self.recipe: list[Recipe] | None = None

    def run(self) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.startswith(self.prefix) and self.recipe is not None:
                self._recipe_line(line[len(self.prefix) :])
            else:
                self._line()

    def _recipe_line(self, line: str) -> None:
        start = self.at
        parts = [line]
        self.at += 1
        while _continues(parts[-1]) and self.at < len(self.lines):
            parts.append(self.lines[self.at].removeprefix(self.prefix))
            self.at += 1
        self._add_recipe("\n".join(parts), start + 1)

    def _add_recipe(self, text: str, line: int) -> None:
        stripped = text.lstrip(" \t@+-")
        prefix = text[: len(text) - len(stripped)].strip()
        if stripped.strip() and self.recipe is not None:
            self.recipe.append(Recipe(stripped, prefix, line))

    def _line(self) -> None:
        start = self.at
        parts = [self.lines[self.at]]
        self.at += 1
        while _continues(parts[-1]) and self.at < len(self.lines):
            parts[-1] = parts[-1].rstrip()[:-1].rstrip()
            parts.append(self.lines[self.at].lstrip())
            self.at += 1
        whole = " ".join(parts)
        line = _COMMENT.sub("", whole).rstrip()
        if line.strip() and not self._condition(line):
            self._statement(line, whole, start + 1)

    def _condition(self, line: str) -> bool:
        opened = _CONDITION.match(line)
        word = line.split(maxsplit=1)[0]
        if opened:
            self.conditions.append(f"{opened.group(1)} {opened.group(2).strip()}")
        elif word == "endif":
            if self.conditions:
                self.conditions.pop()
        elif word == "else":
            if self.conditions:
                self.conditions[-1] = f"else {self.conditions[-1]}"
        else:
            return False
        return True

    def _statement(self, line: str, whole: str, number: int) -> None:
        defined = _DEFINE.match(line)
        if defined:
            body = self._define()
            self._variable(defined.group(1), defined.group(2), "=", body, number, line)
            self.recipe = None
        elif include := _INCLUDE.match(line):
            self.parsed.includes.append(("" if include.group(1) == "include" else "-") + include.group(2))
            if self.parsed.include_line == 1:
                self.parsed.include_line = number
            self.recipe = None
        elif assigned := _ASSIGNMENT.match(line):
            self._assigned(assigned, line, whole, number)
        elif exported := _EXPORT.match(line):
            self.parsed.exports.append(exported.group(1) or "*")
            self.recipe = None
        else:
            self._rule(line, whole, number)

    def _assigned(self, match: re.Match[str], line: str, whole: str, number: int) -> None:
        value = match.group(4)
        if match.group(2) == ".RECIPEPREFIX":
            self.prefix = value.strip()[:1] or "\t"
        self._variable(match.group(1), match.group(2), match.group(3), value, number, line)
        self.recipe = None

    def _variable(self, words: str, name: str, flavour: str, value: str, number: int, line: str) -> None:
        self.parsed.variables.append(
            Variable(
                name,
                flavour,
                value,
                number,
                line.find(name) + 1,
                "override" in words.split(),
                "export" in words.split(),
                conditions=tuple(self.conditions),
                path=self.path,
            )
        )

    def _define(self) -> str:
        depth, body = 1, []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            word = line.split()[:1]
            if _DEFINE.match(line):
                depth += 1
            elif word == ["endef"]:
                depth -= 1
                if not depth:
                    break
            body.append(line.removeprefix(self.prefix))
        return "\n".join(body)

    def _rule(self, line: str, whole: str, number: int) -> None:
        colon = next((one for one in _REFERENCE.finditer(line) if one.group() in {":", "::"}), None)
        self.recipe = None
        if colon is None:
            return
        names, rest = line[: colon.start()], line[colon.end() :]
        own = _ASSIGNMENT.match(rest)
        if own:
            value = Variable(own.group(2), own.group(3), own.group(4), number, 1, path=self.path)
            override, export = "override" in own.group(1).split(), "export" in own.group(1).split()
            for name in names.split():
                self.parsed.variables.append(
                    Variable(value.name, value.flavour, value.value, number, 1, override, export, name, path=self.path)
                )
            return
        needs, semicolon, inline = rest.partition(";")
        self.recipe = []
        if semicolon:
            inline = whole[colon.end() :].split(";", 1)[1]
            self._add_recipe(inline, number)
        self.parsed.rules.append((names, needs, self.recipe, number, self.path))


def _continues(line: str) -> bool:
    bare = line.rstrip("\\")
    return bool((len(line) - len(bare)) % 2)
