"""Parse shell text to pipelines of commands: quotes, comments, here-documents, compound commands.

The grammar is that of POSIX.1-2017, Shell Command Language, 2.3 and 2.9, with bash's additions. Nothing is expanded.
Text that is not valid is read as far as possible, in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .shellwords import ShellWords

MAX_NESTING = 5  # nested substitutions
MAX_DEPTH = 50  # nested compound commands
MAX_TEXT = 100_000
_OPERATOR = re.compile(r"&&|\|\||;;&?|;&|\|&|&>>?|<<<|<<-?|>>|[<>]&|>\||<>|[|&;()<>\n]")
_BLANK = re.compile(r"(?:[^\S\n]|\\\r?\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_REDIRECT = {"<", ">", ">>", "<&", ">&", "&>", "&>>", ">|", "<>", "<<<", "<<", "<<-"}
_OPENERS = {"if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "case": "esac", "{": "}"}
_CLOSERS = frozenset(_OPENERS.values())
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")


@dataclass(frozen=True)
class ShellCommand:
    """A simple command, or a compound one with its commands. ``line`` counts from 0 in the text."""

    words: tuple[str, ...]
    line: int
    redirects: tuple[tuple[str, str], ...] = ()
    group: tuple[ShellCommand, ...] = ()


@dataclass(frozen=True)
class ShellPipeline:
    """Commands joined by ``|``, and the operators around them. ``nested`` is true in a command substitution."""

    commands: tuple[ShellCommand, ...]
    line: int
    before: str = ""
    after: str = ""
    condition: bool = False
    negated: bool = False
    nested: bool = False


@dataclass
class _Frame:
    """An open compound command, and the pipeline that it is part of."""

    opener: str
    line: int
    stages: list[ShellCommand]
    before: str
    condition: bool
    negated: bool
    inner: list[ShellCommand] = field(default_factory=list)
    head: bool = False  # in the words of for, select or case


def parse_shell(text: str, nesting: int = 0) -> tuple[ShellPipeline, ...]:
    """Return the pipelines of shell text, ordered by their ends; substitutions come before the enclosing pipeline."""
    return tuple(_ShellReader(text[:MAX_TEXT], nesting).run())


def read_part(text: str) -> tuple[tuple[ShellPipeline, ...], bool]:
    """Return the pipelines of a part of a script, and whether the part is complete."""
    reader = _ShellReader(text[:MAX_TEXT], 0)
    found = tuple(reader.run())
    return found, not (reader.torn or reader.frames or reader.documents or text.rstrip(" \t").endswith("\\"))


class _ShellReader(ShellWords):
    def __init__(self, text: str, nesting: int) -> None:
        super().__init__(text)
        self.nesting = nesting
        self.found: list[ShellPipeline] = []
        self.frames: list[_Frame] = []
        self.stages: list[ShellCommand] = []
        self.words: list[str] = []
        self.redirects: list[tuple[str, str]] = []
        self.documents: list[tuple[str, bool]] = []
        self.command_line = 0
        self.before = ""
        self.condition = self.negated = False
        self.closed: list[ShellCommand] = []
        self.piped = False

    def run(self) -> Iterator[ShellPipeline]:
        text, size = self.text, len(self.text)
        while self.at < size:
            blank = _BLANK.match(text, self.at)
            if blank:
                self._pass(blank.end())
                continue
            if text[self.at] == "#":
                self._pass(_COMMENT.match(text, self.at).end())  # type: ignore[union-attr]
                continue
            operator = _OPERATOR.match(text, self.at)
            if operator:
                self._pass(operator.end())
                self._operator(operator.group())
                continue
            start = self.at
            if not self.words:
                self.command_line = self.line
            self._word_seen(self._word())
            self.at = max(self.at, start + 1)  # always advance
        self.torn = self.torn or (self.piped and not self.words)
        self._end_pipeline("")
        self.torn = self.torn or self.before in {"&&", "||"}
        return iter(self.found)

    def _nest(self, inner: str) -> None:
        if self.nesting >= MAX_NESTING:
            return
        for one in parse_shell(inner, self.nesting + 1):
            moved = tuple(ShellCommand(c.words, c.line + self.line, c.redirects, c.group) for c in one.commands)
            self.found.append(
                ShellPipeline(moved, one.line + self.line, one.before, one.after, one.condition, one.negated, True)
            )

    # Commands.

    def _word_seen(self, word: str) -> None:
        if self.redirects and self.redirects[-1][1] == "\0":
            operator = self.redirects[-1][0]
            self.redirects[-1] = (operator, word)
            if operator in {"<<", "<<-"}:
                self.documents.append((word, operator == "<<-"))
            return
        if not self.words and self._reserved(word):
            return
        self.words.append(word)

    def _reserved(self, word: str) -> bool:
        """Handle a reserved word at the start of a command."""
        frame = self.frames[-1] if self.frames else None
        if word == "!":
            self.negated = True
        elif word in _OPENERS and len(self.frames) < MAX_DEPTH:
            self._open(word)
        elif word in _CLOSERS and frame and _OPENERS.get(frame.opener) == word:
            self._close()
        elif word == "elif":
            self.condition = True
        elif word in {"then", "else", "do"} and frame:
            self.condition, frame.head = frame.condition and False, False
        else:
            return False
        return True

    def _open(self, opener: str) -> None:
        frame = _Frame(opener, self.line, self.stages, self.before, self.condition, self.negated)
        frame.head = opener in {"for", "select", "case"}
        self.frames.append(frame)
        self.stages, self.words, self.redirects = [], [], []
        self.before = ""
        self.negated = False
        if opener not in {"{", "("}:
            self.condition = opener in {"if", "while", "until"}

    def _close(self) -> None:
        self._end_pipeline("")
        frame = self.frames.pop()
        self.stages, self.before = frame.stages, frame.before
        self.condition, self.negated = frame.condition, frame.negated
        self.words = [frame.opener]
        self.command_line = frame.line
        self.closed = frame.inner

    def _end_command(self) -> None:
        frame = self.frames[-1] if self.frames else None
        if self.words:
            self.piped = False
        if (self.words or self.redirects) and not (frame and frame.head):
            group, self.closed = tuple(self.closed), []
            redirects = tuple(one for one in self.redirects if one[1] != "\0")
            command = ShellCommand(tuple(self.words), self.command_line, redirects, group)
            self.stages.append(command)
            for one in self.frames:
                if len(one.inner) < 1000:
                    one.inner.append(command)
        self.words, self.redirects = [], []

    def _end_pipeline(self, operator: str) -> None:
        self._end_command()
        if self.stages:
            first = self.stages[0].line
            self.found.append(
                ShellPipeline(
                    tuple(self.stages), first, self.before, operator, self.condition, self.negated, self.nesting > 0
                )
            )
            self.before = operator
        self.stages, self.negated, self.piped = [], False, False

    def _operator(self, operator: str) -> None:
        frame = self.frames[-1] if self.frames else None
        if operator == "\n":
            if self.words or not self.piped:  # after | the pipeline continues on the next line
                self._end_pipeline(operator)
            self._here_documents()
        elif operator in _REDIRECT:
            if self.words and self.words[-1].isdigit() and self.text[self.at - len(operator) - 1].isdigit():
                self.words.pop()
            self.redirects.append((operator, "\0"))
        elif operator in {"|", "|&"}:
            self._end_command()
            self.piped = True
        elif operator == "(":
            self._parenthesis()
        elif operator == ")":
            if frame and frame.opener == "case":  # the end of a pattern
                self.words, self.stages, frame.head = [], [], False
            elif frame and frame.opener == "(":
                self._close()
            else:
                self._end_pipeline(";")
        elif frame and frame.opener == "case" and operator.startswith(";;"):
            self._end_pipeline(";")
            frame.head = True
        else:
            self._end_pipeline(operator)

    def _parenthesis(self) -> None:
        if self.redirects and self.redirects[-1][1] == "\0":  # <( … ) and >( … )
            end = self._closing(self.at)
            self._nest(self.text[self.at : end])
            self.redirects.pop()
            self.words.append("\0")
            self._pass(min(end + 1, len(self.text)))
        elif self.words:  # name() is a function, name=(…) a list
            end = self._closing(self.at)
            if _ASSIGNMENT.fullmatch(self.words[-1]):
                self.words[-1] += "()"
            else:
                self.words = []
            self._pass(min(end + 1, len(self.text)))
        elif len(self.frames) < MAX_DEPTH and not (
            self.frames and self.frames[-1].opener == "case" and self.frames[-1].head
        ):
            self._open("(")

    def _here_documents(self) -> None:
        """Skip the bodies of here-documents, which start on the line after their command."""
        for word, tabs in self.documents:
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self._pass(min(end + 1, len(self.text)))
                if (line.lstrip("\t") if tabs else line).rstrip("\r") == word:
                    break
        self.documents = []
