"""What a shipped template may do beyond rendering, and where that is found: ``generator/shipped/NAME``.

A behaviour is data and functions; every part of it has a default that does nothing. Whoever uses one names no template:
it asks ``of`` for the behaviour of the template that a spec names. The module of a template is only loaded there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple

_PACKAGE = Path(__file__).resolve().parent


class SpecFault(NamedTuple):
    """What is wrong with the values of a spec that no schema can say: where in the spec, what, and what to do."""

    where: Sequence[Any]
    message: str
    hint: str


def _nothing(_values: Mapping[str, Any]) -> Sequence[SpecFault]:
    return ()


@dataclass(frozen=True)
class Behaviour:
    """What a template does beyond rendering.

    ``filters`` are its Jinja filters by name; ``faults`` says what its values must be to each other.
    """

    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    faults: Callable[[Mapping[str, Any]], Sequence[SpecFault]] = _nothing


@cache
def names() -> tuple[str, ...]:
    """Return the names of the templates that have a behaviour: those with a module in ``generator/shipped``."""
    return tuple(sorted(one.name.replace("_", "-") for one in iter_modules([str(_PACKAGE / "shipped")])))


@cache
def of(name: str) -> Behaviour:
    """Return the behaviour of the shipped template ``name``; one that does nothing where there is none."""
    if name not in names():
        return Behaviour()
    found: Behaviour = import_module(f"{__package__}.shipped.{name.replace('-', '_')}").BEHAVIOUR
    return found
