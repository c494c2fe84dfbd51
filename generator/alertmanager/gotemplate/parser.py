"""Parse the tokens of a template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from .lexer import KEYWORDS, Token, tokens
from .literals import number_of, string_of
from .nodes import (
    Action,
    Argument,
    Branch,
    Dot,
    Field,
    Function,
    Jump,
    Literal,
    Part,
    Pipe,
    PipeCommand,
    TemplateCall,
    TemplateError,
    TemplateVariable,
    Text,
)

MAX_TEXT = 65_536
MAX_DEPTH = 60
_STARTS = {"string", "char", "number", "field", "variable", "dot", "word"}


@dataclass(frozen=True, slots=True)
class GoTemplate:
    """A parsed template: its parts, and the templates that it defines."""

    parts: tuple[Part, ...]
    defines: Mapping[str, tuple[Part, ...]]


def parse_template(text: str) -> GoTemplate:
    """Parse a template. Raises TemplateError with the first fault that Go reports."""
    if len(text) > MAX_TEXT:
        raise TemplateError(f"the template is longer than {MAX_TEXT} characters", 0)
    if "{{" not in text:
        return GoTemplate((Text(text, 0),) if text else (), {})
    parser = _Parser(tokens(text), len(text))
    parts, _ = parser.parts(top=True)
    return GoTemplate(parts, parser.defines)


class _Parser:
    def __init__(self, found: list[Token], end: int) -> None:
        self.tokens, self.at, self.end = found, 0, end
        self.defines: dict[str, tuple[Part, ...]] = {}
        self.variables = ["$"]
        self.counts = Counter(self.variables)  # variables in scope, by name
        self.loops = self.depth = 0

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else Token("end", "", self.end)

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def skip(self) -> Token:
        while self.peek().sort == "space":
            self.at += 1
        return self.peek()

    def parts(self, *, top: bool = False) -> tuple[tuple[Part, ...], str]:
        """Return the parts up to ``end`` or ``else`` (or the end of the text), and which of them ended it."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TemplateError("it is nested too deep", self.peek().at)
        found: list[Part] = []
        while True:
            token = self.take()
            if token.sort == "end":
                if not top:
                    raise TemplateError("unexpected end: {{ end }} is missing", token.at)
                self.depth -= 1
                return tuple(found), ""
            if token.sort == "text":
                found.append(Text(token.text, token.at))
                continue
            word = self.skip()
            if word.sort == "word" and word.text in {"end", "else"}:
                if top:
                    raise TemplateError(f"unexpected {{{{ {word.text} }}}}", word.at)
                self.take()
                self.depth -= 1
                return tuple(found), word.text
            part = self.part(word, token.at, top)
            if part is not None:
                found.append(part)

    def part(self, word: Token, at: int, top: bool) -> Part | None:
        name = word.text if word.sort == "word" else ""
        if name in {"if", "with", "range"}:
            self.take()
            return self.branch(name, at)
        if name in {"template", "block"} or (name == "define" and top):
            self.take()
            return self.named(name, at)
        if name in {"break", "continue"}:
            self.take()
            if not self.loops:
                raise TemplateError(f"{{{{ {name} }}}} outside {{{{ range }}}}", at)
            self.close(name)
            return Jump(name, at)
        pipe = self.pipe("command")
        self.close("action")
        return Action(pipe, at)

    def close(self, where: str) -> None:
        token = self.skip()
        if token.sort != "close":
            raise TemplateError(f"unexpected {token.text or 'end'!s} in {where}", token.at)
        self.take()

    def branch(self, word: str, at: int) -> Branch:
        known = len(self.variables)
        pipe = self.pipe(word)
        self.close(word)
        self.loops += word == "range"
        body, ended = self.parts()
        self.loops -= word == "range"
        otherwise: tuple[Part, ...] = ()
        if ended == "else":
            follows = self.skip()
            if follows.sort == "word" and follows.text in {"if", "with"} and word == follows.text:
                self.take()
                self.depth += 1
                if self.depth > MAX_DEPTH:
                    raise TemplateError("it is nested too deep", follows.at)
                otherwise = (self.branch(word, follows.at),)
                self.depth -= 1
                self.forget(known)
                return Branch(word, pipe, body, otherwise, at)
            self.close("else")
            otherwise, ended = self.parts()
            if ended == "else":
                raise TemplateError("unexpected second {{ else }}", self.peek().at)
        self.close("end")
        self.forget(known)
        return Branch(word, pipe, body, otherwise, at)

    def named(self, word: str, at: int) -> Part | None:
        token = self.skip()
        if token.sort != "string":
            raise TemplateError(
                f"unexpected {token.text or 'end'} in {word} clause: a name in quotes is missing", token.at
            )
        name = string_of(self.take())
        if word == "define":
            self.close("define clause")
            self.body(name)
            return None
        pipe = None if self.skip().sort == "close" else self.pipe(f"{word} clause")
        if word == "block" and pipe is None:
            raise TemplateError("missing value for block clause", at)
        self.close(f"{word} clause")
        if word == "block":
            self.body(name)
        return TemplateCall(name, pipe, at)

    def body(self, name: str) -> None:
        """Read the definition of a template."""
        kept, counts, loops = self.variables, self.counts, self.loops
        self.variables, self.counts, self.loops = ["$"], Counter(["$"]), 0
        parts, ended = self.parts()
        if ended == "else":
            raise TemplateError("unexpected {{ else }} in a definition", self.peek().at)
        self.close("end")
        self.variables, self.counts, self.loops = kept, counts, loops
        if _is_blank(self.defines.get(name, ())):
            self.defines[name] = parts
        elif not _is_blank(parts):
            raise TemplateError(f"multiple definition of template {name!r}", self.peek().at)

    def pipe(self, where: str) -> Pipe:
        at = self.skip().at
        variables, assigns = self.declaration(where)
        self.variables += variables  # Go declares them before it reads what follows
        self.counts.update(variables)
        commands: list[PipeCommand] = []
        while True:
            commands.append(self.command(where))
            if self.skip().text != "|" or self.peek().sort != "mark":
                break
            self.take()
            if self.skip().sort == "close" or self.peek().text == ")":
                break  # Go accepts a pipe without a command after it
        for later in commands[1:]:
            if isinstance(later.arguments[0], Literal | Dot):
                raise TemplateError("only a function or method can follow |", later.at)
        return Pipe(tuple(commands), at, variables, assigns)

    def declaration(self, where: str) -> tuple[tuple[str, ...], bool]:
        start, names = self.at, []
        while self.skip().sort == "variable":
            names.append(self.take())
            mark = self.skip()
            if mark.sort == "mark" and mark.text in {":=", "="}:
                self.take()
                return tuple(one.text for one in names), mark.text == "="
            if mark.text != "," or where != "range" or len(names) > 1:
                break
            self.take()
        self.at = start
        return (), False

    def forget(self, known: int) -> None:
        """Remove the variables of a branch from the scope: those after the first ``known``."""
        self.counts.subtract(self.variables[known:])
        del self.variables[known:]

    def known(self, token: Token) -> None:
        if not self.counts[token.text]:
            raise TemplateError(f"undefined variable {token.text}", token.at)

    def command(self, where: str) -> PipeCommand:
        at = self.skip().at
        arguments: list[Argument] = []
        while True:
            token = self.skip()
            if not (token.sort in _STARTS or token.text == "(") or token.sort in {"open", "text"}:
                break
            arguments.append(self.operand(where))
            if self.peek().sort in _STARTS or self.peek().text == "(":
                raise TemplateError(f"unexpected {self.peek().text} in operand: a space is missing", self.peek().at)
        if not arguments:
            token = self.peek()
            missing = token.sort in {"close", "end"} or token.text in {"|", ")"}
            what = f"missing value for {where}" if missing else f"unexpected {token.text} in {where}"
            raise TemplateError(what, token.at)
        return PipeCommand(tuple(arguments), at)

    def operand(self, where: str) -> Argument:
        token = self.take()
        made = self.term(token, where)
        names: list[str] = []
        while self.peek().sort == "field":
            names.append(self.take().text[1:])
        if not names:
            return made
        if isinstance(made, Literal | Dot):
            raise TemplateError(f"unexpected .{names[0]} behind {token.text}", token.at)
        if isinstance(made, Field) and made.base is None:
            return Field((*made.names, *names), token.at)
        return Field(tuple(names), token.at, made)

    def term(self, token: Token, where: str) -> Argument:
        match token.sort:
            case "string":
                return Literal(string_of(token), token.at)
            case "number" | "char":
                return Literal(number_of(token), token.at)
            case "field":
                return Field((token.text[1:],), token.at)
            case "dot":
                return Dot(token.at)
            case "variable":
                self.known(token)
                return TemplateVariable(token.text, token.at)
            case "word":
                return self.word(token, where)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TemplateError("it is nested too deep", token.at)
        pipe = self.pipe("parenthesized pipeline")
        closing = self.skip()
        if closing.text != ")":
            raise TemplateError("unclosed left paren", token.at)
        self.take()
        self.depth -= 1
        return pipe

    def word(self, token: Token, where: str) -> Argument:
        if token.text in {"true", "false"}:
            return Literal(token.text == "true", token.at)
        if token.text == "nil":
            return Literal(None, token.at)
        if token.text in KEYWORDS:
            raise TemplateError(f"unexpected <{token.text}> in {where}", token.at)
        return Function(token.text, token.at)


def _is_blank(parts: tuple[Part, ...]) -> bool:
    """Return whether a template is empty for Go, so that another definition replaces it."""
    return all(isinstance(one, Text) and not one.text.strip() for one in parts)
