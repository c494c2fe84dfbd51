"""Runs everything over a file once, and hands each rule its part."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator

from ...alertmanager.config_check import check
from ...alertmanager.embedded import in_object
from ...alertmanager.fault import Fault
from ...alertmanager.model import Context
from ...alertmanager.source import Source, sources
from ...errors import Invalid
from ...tree import SPEC_NAME
from ...yaml import parse_one
from ..rule import File, Finding, Scope
from . import am_messages as messages
from . import am_receivers as receivers
from . import am_routing as routing
from . import am_surroundings as surroundings
from . import am_texts as texts

_CHECKS: tuple[Callable[[Context], Iterator[Fault]], ...] = (
    receivers.unquoted_null,
    routing.watchdog,
    messages.annotated,
    receivers.undefined,
    texts.syntax,
    texts.escapes,
    texts.mistakes,
    texts.files,
    messages.failing,
    routing.unreachable,
    receivers.unresolved,
    receivers.nobody,
    receivers.duplicates,
    routing.timings,
    surroundings.secrets,
    routing.times,
    surroundings.inhibition,
    routing.plain_words,
    surroundings.retyped,
    receivers.empty,
    receivers.together,
    routing.roots,
)


def configurations(file: File, scope: Scope) -> tuple[Source, ...]:
    """Return the configurations of a file, for the versions that the spec beside it or the config names."""
    spec = _spec(posixpath.dirname(file.path), scope)

    def versions(name: str) -> str:
        found = spec.get(name) or scope.config.data.get(name)
        return found if isinstance(found, str) else ""

    if file.family == "kubernetes":
        return tuple(one for document in file.documents for one in in_object(document, file.text, versions))
    document = next((one for one in file.documents if one.shape == "map"), None)
    return sources(document, file.text, values=file.family == "values", versions=versions)


def _spec(folder: str, scope: Scope) -> dict[str, str]:
    """Return the texts on top of the spec in a folder, nothing where there is none."""
    text = scope.read(posixpath.join(folder, SPEC_NAME))
    try:
        node = parse_one(text, SPEC_NAME) if text else None
    except Invalid:
        return {}
    pairs = node.pairs if node is not None else ()
    return {key.text: one.text for key, one in pairs if key.shape == one.shape == "scalar"}


def findings(rule: str) -> Callable[[File, Scope], Iterable[Finding]]:
    """Return the function that finds the mistakes of one rule."""

    def found(file: File, scope: Scope) -> Iterable[Finding]:
        faults = _faults(file, scope).get(rule, ())
        return [Finding(one.line, one.column, one.message, one.hint, one.severity) for one in faults]

    return found


def _faults(file: File, scope: Scope) -> dict[str, list[Fault]]:
    key = f"alertmanager:{file.path}"
    known: dict[str, list[Fault]] | None = scope.memo.get(key)
    if known is None:
        every = dict.fromkeys(one for source in configurations(file, scope) for one in _all(source, file, scope))
        known = scope.memo[key] = {}
        for one in every:
            known.setdefault(one.rule, []).append(one)
    return known


def _all(source: Source, file: File, scope: Scope) -> Iterator[Fault]:
    yield from source.faults
    if source.own is None and source.chart is not None:
        return  # all of it is the chart's
    if not source.readable:
        return
    yield from check(source.config, source.target)
    folder = posixpath.dirname(file.path)

    def beside(name: str) -> str | None:
        return scope.read(posixpath.normpath(posixpath.join(folder, name)))

    context = Context(source, file.text, file.path, beside if scope.exists(file.path) else None)
    for one in _CHECKS:
        yield from one(context)
