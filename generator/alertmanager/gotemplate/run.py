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
from .printing import AnyMap, Map, Struct, printed, true

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
        value = self.pipe(part.pipe, dot, names, ranges=part.word == "range")
        self.meter.make(size_of(value) if part.word == "range" else 0)
        if part.word == "range":
            self.loop(part, value, dot, names)
        elif true(value):
            self.walk(part.body, value if part.word == "with" else dot, names)
        else:
            self.walk(part.otherwise, dot, names)
        del names[kept:]

    def loop(self, part: Branch, value: Any, dot: Any, names: list[tuple[str, Any]]) -> None:
        pairs = self.pairs(part, value)
        several, kept = len(part.pipe.variables) > 1, len(names)
        for key, item in pairs:
            self.meter.step()
            given = list(zip(part.pipe.variables, (key, item) if several else (item,), strict=False))
            if part.pipe.assigns:
                for name, one in given:
                    self.assign(names, name, one, part.at)
            else:
                names += given
            try:
                self.walk(part.body, item, names)
            except _Jumped as jump:
                if str(jump) == "break":
                    break
            finally:
                del names[kept:]
        if not pairs:
            self.walk(part.otherwise, dot, names)
            del names[kept:]

    def pairs(self, part: Branch, value: Any) -> Sequence[tuple[Any, Any]]:
        """Return what ``range`` iterates over: keys or numbers, and items."""
        if isinstance(value, Map):
            return sorted(value.items())
        if isinstance(value, list):
            return list(enumerate(value))
        if value is None:
            return ()
        if isinstance(value, int) and not isinstance(value, bool):
            return self.counted(part, value)
        raise TemplateError(f"range can't iterate over {printed(value)[:40]!r}", part.at)

    def counted(self, part: Branch, value: int) -> list[tuple[Any, Any]]:
        """Return the iterations over an integer, as from Go 1.24 on."""
        if len(part.pipe.variables) > 1:
            raise TemplateError("range over a number has only one variable", part.at)
        self.meter.make(max(value, 0))
        bounded(value)
        return [(None, type(value)(one)) for one in range(value)]

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

    def pipe(self, pipe: Pipe, dot: Any, names: list[tuple[str, Any]], *, ranges: bool = False) -> Any:
        value: Any = None
        for number, command in enumerate(pipe.commands):
            value = self.command(command, dot, names, [value] if number else [])
        for name in () if ranges and not pipe.assigns else pipe.variables:
            self.meter.step(1 + len(names) // 50)
            if pipe.assigns:
                self.assign(names, name, value, pipe.at)
            else:
                names.append((name, value))
        return value

    def assign(self, names: list[tuple[str, Any]], name: str, value: Any, at: int) -> None:
        place = _place(names, name)
        if place < 0:
            raise TemplateError(f"undefined variable {name}", at)
        names[place] = (name, value)

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
        if isinstance(first, Literal) and first.value is None:
            raise TemplateError("nil is not a command", first.at)
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
                if isinstance(one.value, int) and one.value >= 2**63:
                    raise TemplateError(f"{one.value} overflows int", one.at)
                return one.value
            case Dot():
                return dot
            case TemplateVariable():
                self.meter.step(1 + len(names) // 50)
                place = _place(names, one.name)
                if place < 0:
                    raise TemplateError(f"undefined variable {one.name}", one.at)
                return names[place][1]
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
            found = self.made(member(value, name, last, one.at))
            if found is None and isinstance(value, AnyMap) and number < len(one.names) - 1:
                raise TemplateError(f"nil has no field {one.names[number + 1]}", one.at)
            value = found
        return value


def _place(names: Sequence[tuple[str, Any]], name: str) -> int:
    """Return the place of the innermost variable with a name."""
    return max((number for number, (one, _) in enumerate(names) if one == name), default=-1)


def member(value: Any, name: str, given: Sequence[Any], at: int) -> Any:
    """Return a field, method result or map entry of a value. Raises TemplateError if there is none."""
    if value is None:
        return None  # the option missingkey=zero
    method = getattr(value, "methods", {}).get(name)
    if method is not None:
        try:
            return method(*given)
        except TypeError:
            raise TemplateError(f"wrong arguments for {name}", at) from None
    if given:
        raise TemplateError(f"{name} has arguments but is not a method", at)
    if isinstance(value, Map):
        return value.get(name, value.missing)
    if isinstance(value, Struct) and name in value.fields:
        return value.fields[name]
    raise TemplateError(f"can't evaluate field {name}", at)
