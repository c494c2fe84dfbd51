"""Jinja's sandbox without non-deterministic features, and with a bound on the result of one operation.

The operators and filters here can produce a huge result in one step; output produced step by step is bounded by the
time and memory of the process (``foreign``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import BuiltinMethodType
from typing import Any

from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_NUMBER = 100_000
_WIDTH = re.compile(r"[0-9]{6}|\*")
_SIZED = ("batch", "center", "indent", "round", "slice", "tojson", "truncate", "wordwrap")
_RANDOM = ("random", "lipsum")


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for untrusted templates. It has no loader, so templates cannot read other files."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def restrict(self) -> None:
        """Remove random features, and bound the filters that take a size; call it after all filters are registered."""
        for name in _RANDOM:
            self.filters.pop(name, None)
            self.globals.pop(name, None)
        for name in _SIZED:
            self.filters[name] = _bounded(self.filters[name])
        self.filters["format"] = _formatting(self.filters["format"])

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Run an operator whose result can be far larger than its operands."""
        if operator == "*":
            for one, times in ((left, right), (right, left)):
                if isinstance(times, int) and hasattr(one, "__len__") and len(one) * times > MAX_NUMBER:
                    raise SecurityError(f"it repeats something to more than {MAX_NUMBER} parts")
        if operator == "**" and (_is_large(left, 10**9) or _is_large(right, 64)):
            raise SecurityError("it raises a number to a power that is too large")
        if operator == "*" and (_is_large(left, 10**300) or _is_large(right, 10**300)):
            raise SecurityError("it multiplies numbers that are too large")
        if operator == "%" and isinstance(left, str):
            _check_widths(left)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Run a call of a template; methods of built-in types may not take a large number, such as a width."""
        method = getattr(obj, "__wrapped__", obj)  # Jinja wraps str.format
        if isinstance(method, BuiltinMethodType):
            _check_numbers((*args, *kwargs.values()))
            if isinstance(method.__self__, str) and method.__name__ in {"format", "format_map"}:
                _check_widths(method.__self__)
        return super().call(context, obj, *args, **kwargs)


def _is_large(value: Any, most: int) -> bool:
    return isinstance(value, int | float) and not -most <= value <= most


def _check_numbers(given: tuple[Any, ...]) -> None:
    if any(_is_large(one, MAX_NUMBER) for one in given):
        raise SecurityError(f"it passes a number above {MAX_NUMBER}")


def _check_widths(text: str) -> None:
    if _WIDTH.search(text):
        raise SecurityError("it formats with a width that is too large")


def _bounded(made: Callable[..., Any]) -> Callable[..., Any]:
    before = 2 if "jinja_pass_arg" in made.__dict__ else 1  # the environment and the filtered value

    def filtered(*args: Any, **kwargs: Any) -> Any:
        _check_numbers((*args[before:], *kwargs.values()))
        return made(*args, **kwargs)

    return _as(made, filtered)


def _formatting(made: Callable[..., Any]) -> Callable[..., Any]:
    def filtered(value: Any, *args: Any, **kwargs: Any) -> Any:
        _check_widths(str(value))
        return made(value, *args, **kwargs)

    return _as(made, filtered)


def _as(made: Callable[..., Any], filtered: Callable[..., Any]) -> Callable[..., Any]:
    """Return the wrapper with Jinja's marks for the first argument of a filter."""
    filtered.__dict__.update(made.__dict__)
    return filtered
