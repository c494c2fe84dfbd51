"""Parse the lines of a Makefile to assignments, rules with recipes, exports and includes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_LINES = 20_000
MAX_CONDITIONS = 20  # kept per assignment
_ASSIGNMENT = re.compile(
    r"\s*((?:(?:override|export|private)\s+)*)([^\s:#=?+!][^\s:#=?+!]*)\s*(\?=|\+=|!=|:{0,3}=)\s*(.*)\Z", re.S
)
_DEFINE = re.compile(r"\s*((?:(?:override|export|private)\s+)*)define\s+([^\s=:?+!]+)\s*(?:(\?=|\+=|!=|:{0,3}=)\s*)?\Z")
_EXPORT = re.compile(r"\s*export(?:\s++([^=:]*))?\Z")
_INCLUDE = re.compile(r"\s*(-include|sinclude|include)\s++(.*)\Z")
_CONDITION = re.compile(r"\s*(ifeq|ifneq|ifdef|ifndef)\b\s*(.*)")
_COMMENT = re.compile(r"(?<!\\)#.*\Z", re.S)
_REFERENCE = re.compile(r"\$\([^()]*(?:\([^()]*\)[^()]*)*\)|\$\{[^{}]*\}|::?(?!=)|:{1,3}=")


@dataclass(frozen=True)
class MakeVariable:
    """An assignment. ``flavour`` is its operator; ``conditions`` are the conditionals around it."""

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
    """A line of a recipe as passed to the shell, continued lines joined; ``prefix`` has any of ``@-+``.

    ``flat`` marks the text of a canned recipe, whose lines are not those of the file: all of it is at ``line``.
    """

    text: str
    prefix: str
    line: int
    flat: bool = False


@dataclass(frozen=True)
class MakeTarget:
    """A rule for one target. ``path`` is the file that defines it."""

    name: str
    prerequisites: tuple[str, ...]
    recipe: tuple[Recipe, ...]
    line: int
    path: str
    pattern: bool = False


@dataclass
class Parsed:
    """The contents read so far of a file and its included files."""

    variables: list[MakeVariable] = field(default_factory=list)
    rules: list[tuple[str, str, list[Recipe], int, str]] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    include_line: int = 1


class MakefileReader:
    """Reads the lines of one file."""

    def __init__(self, path: str, text: str, parsed: Parsed) -> None:
        self.path, self.parsed = path, parsed
        self.lines = text.replace("\r\n", "\n").split("\n")[:MAX_LINES]
        self.at = 0
        self.prefix = "\t"
        self.conditions: list[str] = []
        self.recipe: list[Recipe] | None = None

    def run(self) -> None:
        """Read all lines into ``parsed``."""
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
        line = (_COMMENT.sub("", whole) if "#" in whole else whole).rstrip()
        if line and not self._condition(line):
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
        defined = _DEFINE.match(line) if "define" in line else None
        if defined:
            body = self._define()
            self._variable(defined.group(1), defined.group(2), "=", body, number, line)
            self.recipe = None
        elif "include" in line and (include := _INCLUDE.match(line)):
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
            MakeVariable(
                name,
                flavour,
                value,
                number,
                line.find(name) + 1,
                "override" in words.split(),
                "export" in words.split(),
                conditions=tuple(self.conditions[-MAX_CONDITIONS:]),
                path=self.path,
            )
        )

    def _define(self) -> str:
        depth, body = 1, []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if "def" in line:
                if _DEFINE.match(line):
                    depth += 1
                elif line.split()[:1] == ["endef"]:
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
            value = MakeVariable(own.group(2), own.group(3), own.group(4), number, 1, path=self.path)
            override, export = "override" in own.group(1).split(), "export" in own.group(1).split()
            for name in names.split():
                self.parsed.variables.append(
                    MakeVariable(
                        value.name, value.flavour, value.value, number, 1, override, export, name, path=self.path
                    )
                )
            return
        needs, semicolon, inline = rest.partition(";")
        self.recipe = []
        if semicolon:
            inline = whole[colon.end() :].split(";", 1)[1]
            self._add_recipe(inline, number)
        self.parsed.rules.append((names, needs, self.recipe, number, self.path))


def _continues(line: str) -> bool:
    return line.endswith("\\") and bool((len(line) - len(line.rstrip("\\"))) % 2)
