"""Execute a template on data: text, numbers, booleans, None, lists, Maps and Structs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .budget import Budget, Meter, Unknown, bounded, size_of
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
from .printing import Map, Struct, printed, true

MAX_OUTPUT = 100_000
MAX_CALLS = 50


class _Jumped(Exception):  # noqa: N818 - not an error: break and continue
    pass


def run_template(
    parts: Sequence[Part],
    data: Any,
    templates: Mapping[str, Sequence[Part]],
    functions: Mapping[str, Callable[..., Any]],
    opaque: Callable[[str], str | None] = lambda _name: None,
    budget: Budget | None = None,
) -> str:
    """Return the output of a template for ``data``.

    ``templates`` are those that it can call, ``opaque`` returns the output of those whose text is not available,
    ``budget`` is shared by several runs. Raises TemplateError if Go fails, and Unknown if the result is not known.
    """
    budget = budget or Budget()
    runner = _Runner(templates, functions, opaque, Meter(budget))
    try:
        runner.meter.make(0)
        runner.walk(parts, data, [("$", data)])
    except (Unknown, RecursionError):
        budget.fail()
        raise
    return "".join(runner.out)


class _Runner:
    def __init__(
        self,
        templates: Mapping[str, Sequence[Part]],
        functions: Mapping[str, Callable[..., Any]],
        opaque: Callable[[str], str | None],
        meter: Meter,
    ) -> None:
        self.templates, self.functions, self.opaque, self.meter = templates, functions, opaque, meter
        self.out: list[str] = []
        self.size = self.calls = 0

    def write(self, text: str) -> None:
        self.meter.make(len(text))
        self.size += len(text)
        if self.size > MAX_OUTPUT:
            raise Unknown("its output is too long")
        self.out.append(text)

    def walk(self, parts: Sequence[Part], dot: Any, names: list[tuple[str, Any]]) -> None:
        for part in parts:
            self.meter.step()
            match part:
                case Text():
                    self.write(part.text)
                case Action():
                    value = self.pipe(part.pipe, dot, names)
                    if not part.pipe.variables:
                        self.write(printed(value))
                case Branch():
                    self.branch(part, dot, names)
                case TemplateCall():
                    self.call(part, dot, names)
                case Jump():
                    raise _Jumped(part.word)

    def branch(self, part: Branch, dot: Any, names: list[tuple[str, Any]]) -> None:
        kept = len(names)
        value = self.pipe(part.pipe, dot, names)
        self.meter.make(size_of(value) if part.word == "range" else 0)
        if part.word == "range":
            self.loop(part, value, dot, names)
        elif true(value):
            self.walk(part.body, value if part.word == "with" else dot, names)
        else:
            self.walk(part.otherwise, dot, names)
        del names[kept:]

    def loop(self, part: Branch, value: Any, dot: Any, names: list[tuple[str, Any]]) -> None:
        pairs: list[tuple[Any, Any]]
        if isinstance(value, Map):
            pairs = sorted(value.items())
        elif isinstance(value, list):
            pairs = list(enumerate(value))
        elif value is None:
            pairs = []
        else:
            raise TemplateError(f"range can't iterate over {printed(value)[:40]!r}", part.at)
        several, kept = len(part.pipe.variables) > 1, len(names)
        for key, item in pairs:
            self.meter.step()
            given = (key, item) if several else (item,)
            names += zip(part.pipe.variables, given, strict=False)
            try:
                self.walk(part.body, item, names)
            except _Jumped as jump:
                if str(jump) == "break":
                    break
            finally:
                del names[kept:]
        if not pairs:
            self.walk(part.otherwise, dot, names)

    def call(self, part: TemplateCall, dot: Any, names: list[tuple[str, Any]]) -> None:
        given = self.pipe(part.pipe, dot, names) if part.pipe else None
        parts = self.templates.get(part.name)
        if parts is None:
            text = self.opaque(part.name)
            if text is None:
                raise TemplateError(f"template {part.name!r} not defined", part.at)
            self.write(text)
            return
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise Unknown("its templates call each other too often")
        self.walk(parts, given, [("$", given)])
        self.calls -= 1

    def pipe(self, pipe: Pipe, dot: Any, names: list[tuple[str, Any]]) -> Any:
        value: Any = None
        for number, command in enumerate(pipe.commands):
            value = self.command(command, dot, names, [value] if number else [])
        for name in pipe.variables:
            self.meter.step(1 + len(names) // 50)
            if pipe.assigns:
                place = max(number for number, (one, _) in enumerate(names) if one == name)
                names[place] = (name, value)
            elif len(pipe.variables) == 1:
                names.append((name, value))
        return value

    def command(self, command: PipeCommand, dot: Any, names: list[tuple[str, Any]], last: list[Any]) -> Any:
        first, *rest = command.arguments
        self.meter.step(len(command.arguments))
        if isinstance(first, Function):
            if first.name in {"and", "or"}:
                return self.choice(first, rest, dot, names, last)
            function = self.functions.get(first.name)
            if function is None:
                raise Unknown(f"function {first.name}")
            given = [self.argument(one, dot, names) for one in rest] + last
            self.meter.make(sum(map(size_of, given)))
            try:
                return self.made(function(*given))
            except (TemplateError, Unknown, RecursionError, MemoryError):
                raise
            except Exception as error:  # any error of a function makes the template fail
                raise TemplateError(f"error calling {first.name}: {error}", first.at) from None
        if isinstance(first, Field):
            given = [self.argument(one, dot, names) for one in rest] + last
            return self.field(first, dot, names, given)
        if rest or last:
            raise TemplateError("can't give arguments to something that is not a function", first.at)
        return self.argument(first, dot, names)

    def made(self, value: Any) -> Any:
        """Charge the result of a function or method to the budget, and return it."""
        size = size_of(value)
        bounded(size)
        self.meter.make(size)
        return value

    def choice(
        self, first: Function, rest: Sequence[Argument], dot: Any, names: list[tuple[str, Any]], last: list[Any]
    ) -> Any:
        value: Any = None
        for one in rest:
            value = self.argument(one, dot, names)
            if true(value) == (first.name == "or"):
                return value
        if not rest and not last:
            raise TemplateError(f"wrong number of args for {first.name}", first.at)
        return last[0] if last else value

    def argument(self, one: Argument, dot: Any, names: list[tuple[str, Any]]) -> Any:
        match one:
            case Literal():
                return one.value
            case Dot():
                return dot
            case TemplateVariable():
                self.meter.step(1 + len(names) // 50)
                return next((value for name, value in reversed(names) if name == one.name), None)
            case Pipe():
                return self.pipe(one, dot, names)
            case Function():
                return self.command(PipeCommand((one,), one.at), dot, names, [])
            case Field():
                return self.field(one, dot, names, [])

    def field(self, one: Field, dot: Any, names: list[tuple[str, Any]], given: list[Any]) -> Any:
        value = dot if one.base is None else self.argument(one.base, dot, names)
        for number, name in enumerate(one.names):
            self.meter.step()
            last = given if number == len(one.names) - 1 else []
            self.meter.make(sum(map(size_of, last)))
            value = self.made(member(value, name, last, one.at))
        return value


def member(value: Any, name: str, given: Sequence[Any], at: int) -> Any:
    """Return a field, method result or map entry of a value. Raises TemplateError if there is none."""
    method = getattr(value, "methods", {}).get(name)
    if method is not None:
        try:
            return method(*given)
        except TypeError:
            raise TemplateError(f"wrong number of args for {name}", at) from None
    if given:
        raise TemplateError(f"{name} has arguments but is not a method", at)
    if isinstance(value, Map):
        return value.get(name, "")
    if isinstance(value, Struct) and name in value.fields:
        return value.fields[name]
    if value is None:
        raise TemplateError(f"nil has no field {name}", at)
    raise TemplateError(f"can't evaluate field {name}", at)
