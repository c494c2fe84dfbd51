"""Runs everything over a file once, and hands each rule its part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ...alertmanager.check import check
from ...alertmanager.fault import Fault
from ...alertmanager.source import Source, sources
from ..rule import File, Finding, Scope
from . import receivers, routing, surroundings, texts
from .context import Context

_CHECKS: tuple[Callable[[Context], Iterator[Fault]], ...] = (
    receivers.unquoted_null,
    routing.watchdog,
    texts.annotated,
    receivers.undefined,
    texts.syntax,
    texts.mistakes,
    texts.files,
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
    """Return the configurations of a file, with the versions that the repository's config names."""

    def versions(name: str) -> str:
        found = scope.config.data.get(name)
        return found if isinstance(found, str) else ""

    document = next((one for one in file.documents if one.shape == "map"), None)
    return sources(document, file.text, values=file.family == "values", versions=versions)


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
        known = scope.memo[key] = {}
        for source in configurations(file, scope):
            for one in _all(source, file):
                same = known.setdefault(one.rule, [])
                if one not in same:
                    same.append(one)
    return known


def _all(source: Source, file: File) -> Iterator[Fault]:
    yield from source.faults
    if source.own is None and source.chart is not None:
        return  # all of it is the chart's
    yield from check(source.config, source.target)
    context = Context(source, file.text, file.path)
    for one in _CHECKS:
        yield from one(context)
