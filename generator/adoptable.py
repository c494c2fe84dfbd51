"""What a template infers from manifests that exist: the values of a spec, with the places that they are from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Where = tuple[Any, ...]  # the path of a value in a spec


class Origin(NamedTuple):
    """The place that a value is from: a file, relative to the unit's folder, line and column."""

    path: str
    line: int
    column: int


@dataclass(frozen=True)
class Inferred:
    """A value of a spec, and where it is from, None if it follows from the layout of the files.

    ``needed``: there is no unit without it. Any other value that the spec cannot have is left out, or replaced by
    null if ``nullable``: the file keeps its own, as an edit. ``fixed``: it says what the unit is, such as its name, and
    is not for changes.
    """

    where: Where
    value: Any
    source: Origin | None = None
    needed: bool = False
    nullable: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class HandWritten:
    """The YAML files of a folder by their path in it, the values that a spec inherits, and what the user asks for.

    ``asked`` has the options of the command by name: ``name``, ``container``, ``tag`` and ``namespace``.
    """

    folder: str
    files: Mapping[str, str]
    inherited: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Inference:
    """What a template infers: values, and notes on what stays the user's."""

    values: Sequence[Inferred]
    notes: Sequence[str] = ()


class Workload(NamedTuple):
    """A workload: its type and name as shown, its name, its place, and whether scaffold's label is on it."""

    shown: str
    name: str
    source: Origin
    is_generated: bool


@dataclass(frozen=True)
class ManifestAdoption:
    """How a template adopts manifests. ``infer`` raises Invalid, at paths in the folder, for what cannot be adopted;
    ``workloads`` returns the workloads of a folder that ``infer`` would take.
    """

    infer: Callable[[HandWritten], Inference]
    workloads: Callable[[Mapping[str, str]], Sequence[Workload]]
