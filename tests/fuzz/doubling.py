"""Hostile input that doubles, and what each reading of it costs: the cost may double, and no more.

The input is grown from the cases of the rules (each key, value, list, map and line of them that a rule looks at), and
from tables below for merges, specs, locks and configs. ``python -m tests.fuzz.doubling --minutes 10`` tries more of it than
the tests do, at random.
"""

# ruff: noqa: E501, S311 - tables of text; chance is for tests

from __future__ import annotations

import argparse
import copy
import gc
import itertools
import json
import random
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from generator import assets, config, lock, merge, rules, spec
from generator.alertmanager import answer, draw
from generator.errors import Invalid
from generator.rules.alertmanager.configured import configurations

from ..project.pumps import Pump, mined, simple
from ..support import corpus

CASES = Path(__file__).parents[1] / "cases" / "rules"
SIZES = (80_000, 160_000, 320_000, 640_000)
FLOOR = 0.35  # seconds below which a ratio is noise
RATIO = 2.6
SLOWEST = 20.0  # seconds for the largest

Input = tuple[str, ...]


@dataclass(frozen=True)
class Attack:
    """One kind of input: how it is made for a size, and what reads it."""

    name: str
    make: Callable[[int], Input]
    run: Callable[..., object]
    in_child: bool = False  # ``run`` returns the processor time of a process of its own


class TooSlowError(Exception):
    """A reading that was stopped."""


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Stop what takes more processor time than this; Python's ``re`` looks for signals while it backtracks."""

    def stop(*_given: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def cost(attack: Attack, size: int, most: float) -> float:
    """Return the processor time of one reading in seconds, ``inf`` where it took more than ``most``."""
    given = attack.make(size)
    gc.collect()
    gc.disable()
    start = time.process_time()
    try:
        with limit(most):
            took = attack.run(*given)
    except Invalid:
        pass
    except TooSlowError:
        return float("inf")
    else:
        if attack.in_child and isinstance(took, float):
            return took
    finally:
        gc.enable()
    return time.process_time() - start


def verdict(attack: Attack, sizes: tuple[int, ...] = SIZES) -> tuple[str, dict[int, float]]:
    """Return what is wrong with the growth of the cost, ``""`` if nothing, and the costs by size.

    The second size first: what costs next to nothing there is not measured further.
    """
    costs = {sizes[1]: cost(attack, sizes[1], SLOWEST)}
    if costs[sizes[1]] < FLOOR:
        return "", costs
    for size in sizes:
        costs[size] = cost(attack, size, SLOWEST)
        if costs[size] == float("inf"):
            return f"{size} characters take more than {SLOWEST} s", costs
    for small, large in itertools.pairwise(sizes):
        if costs[large] > FLOOR and costs[large] > RATIO * max(costs[small], 0.05):
            again = [cost(attack, one, SLOWEST * 2) for one in (small, large)]  # the machine may have been busy
            if again[1] > RATIO * max(again[0], 0.05):
                return f"from {small} to {large} characters it costs {again[1] / again[0]:.1f} times as much", costs
    return "", costs


# What reads the input.


def validate(path: str, text: str, *others: str) -> None:
    """Check one file by all rules and settle the findings; read Alertmanager's configuration as route does."""
    beside = dict(zip(others[::2], others[1::2], strict=True))
    folders = {parent.as_posix() for one in (path, *beside) for parent in Path(one).parents}

    def exists(name: str) -> bool:
        return name == path or name in beside or name.rstrip("/") in folders

    read = [rules.recognise(name, one, exists, named=True) for name, one in ((path, text), *beside.items())]
    files = tuple(one.file for one in read if one.file)
    if not files or files[0].path != path:
        return
    settings = config.Config({})
    scope = rules.Scope(files, settings, exists, {path: text, **beside}.get)
    found = rules.check(files[:1], scope)
    rules.settle(files[:1], found, settings, {one.id: one.across for one in rules.all_rules()}, whole=True)
    if files[0].family in {"alertmanager", "values"}:
        for source in configurations(files[0], scope)[:1]:
            context = answer.Context(source, text, path)
            if context.root is not None:
                for labels in ({"alertname": "Watchdog", "severity": "none"}, {"a": "b"}):
                    found_here = answer.route_alert(context, labels)
                    answer.answer_rows(found_here, context)
                    list(draw.answer_lines(found_here, context))
                list(draw.tree_lines(context, None))


def merge_yaml(base: str, ours: str, theirs: str) -> None:
    """Merge three YAML texts."""
    merge.merge(base, ours, theirs, "x.yaml")


def merge_lines(base: str, ours: str, theirs: str) -> None:
    """Merge three texts by line, with markers."""
    merge.merge(base, ours, theirs, "Makefile")
    merge.markers(base, ours, theirs, ("base", "ours", "theirs"))


def read_spec(text: str) -> None:
    """Read and check a spec by its template's schema."""
    read = spec.parse_spec(text, "scaffold.yaml")
    schema = (assets.folder("schemas") / f"{read.template}.schema.json").read_text("utf-8")
    spec.values(read, config.Config({}), schema)


def read_lock(text: str) -> None:
    """Read a lock."""
    lock.parse_lock(text, "a/scaffold.lock", "a")


# Rules' cases, grown.


@dataclass(frozen=True)
class Case:
    """A file that rules find something in, or nearly do, with those beside it."""

    name: str
    path: str
    text: str
    beside: Input


@cache
def cases() -> tuple[Case, ...]:
    """Return every file of every case."""
    found = []
    for case in sorted(CASES.glob("*/*")):
        paths = sorted(one for one in case.rglob("*") if one.is_file()) if case.is_dir() else [case]
        base = case if case.is_dir() else case.parent
        texts = {one.relative_to(base).as_posix(): one.read_bytes().decode("utf-8", "replace") for one in paths}
        for path, text in texts.items():
            if rules.recognise(path, text, named=True).file:
                beside = tuple(part for name, one in texts.items() if name != path for part in (name, one))
                found.append(Case(f"{case.parent.name}/{case.name}:{path}", path, text, beside))
    return tuple(found)


class _Dumper(yaml.CSafeDumper):
    pass


def _represented(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text and not text.startswith((" ", "\n")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represented)
_Dumper.ignore_aliases = lambda *_given: True  # type: ignore[method-assign]


def dump(documents: list[Any]) -> str:
    """Return block YAML with lines as long as they come."""
    return yaml.dump_all(documents, Dumper=_Dumper, width=2**30, allow_unicode=True, sort_keys=False)


def places(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value."""
    yield where
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(one, (*where, key))


def _at(value: Any, where: tuple[Any, ...]) -> Any:
    for part in where:
        value = value[part]
    return value


def _with(documents: list[Any], where: tuple[Any, ...], new: Any) -> list[Any]:
    out = copy.deepcopy(documents)
    _at(out, where[:-1])[where[-1]] = new
    return out


def _numbered(value: Any, number: int) -> Any:
    """Return a copy whose names are its own."""
    if isinstance(value, dict):
        return {
            key: f"{one}{number}"
            if key in {"name", "id", "namespace"} and isinstance(one, str)
            else _numbered(one, number)
            for key, one in value.items()
        }
    return [_numbered(one, number) for one in value] if isinstance(value, list) else value


def documents_of(case: Case) -> list[Any] | None:
    """Return the data of a case, None for what is no YAML or YAML that a program did not write."""
    try:
        found = list(yaml.load_all(case.text, Loader=yaml.CBaseLoader))
    except yaml.YAMLError:
        return None
    return found or None


def in_value(case: Case, documents: list[Any], where: tuple[Any, ...], pump: Pump, sort: str) -> Attack:
    """Put a pump into, before or behind a scalar."""
    old = str(_at(documents, where))

    def make(size: int) -> Input:
        text = pump.text(size)
        new = {"in": text, "behind": f"{old}{text}", "before": f"{text}{old}", "line": f"{old}\n{text}\n"}[sort]
        return (case.path, dump(_with(documents, where, new)), *case.beside)

    return Attack(f"{case.name} {where} {sort} {pump}", make, validate)


def grown(case: Case, documents: list[Any], where: tuple[Any, ...], *, own: bool) -> Attack:
    """Repeat the items of a list, the pairs of a map, or the documents."""

    def make(size: int) -> Input:
        old = _at(documents, where) if where else documents
        count = max(2, size // max(10, len(dump([old]))))
        if isinstance(old, dict):
            new: Any = {}
            for at in range(count):
                for key, one in old.items():
                    new[f"{key}{at}" if at else key] = _numbered(one, at) if own else one
        else:
            new = [_numbered(one, at) if own and at else one for at in range(count) for one in old]
        changed = new if not where else _with(documents, where, new)
        return (case.path, dump(changed), *case.beside)

    return Attack(f"{case.name} {where} grown{' with names' if own else ''}", make, validate)


def _repeated(old: Any, count: int, own: bool) -> Any:
    if isinstance(old, dict):
        rows = ((at, key, one) for at in range(count) for key, one in old.items())
        return {f"{key}{at}" if at else key: _numbered(one, at) if own else one for at, key, one in rows}
    return [_numbered(one, at) if own and at else one for at in range(count) for one in old]


def both_grown(case: Case, documents: list[Any], places: tuple[tuple[Any, ...], ...], *, own: bool) -> Attack:
    """Repeat two lists or maps of a file at once, each to half of the size: what compares the one with the other."""

    def make(size: int) -> Input:
        changed = documents
        for where in sorted(places, key=len, reverse=True):  # the inner one first
            old = _at(changed, where) if where else changed
            count = max(2, size // 2 // max(10, len(dump([_at(documents, where) if where else documents]))))
            new = _repeated(old, count if not _within(places, where) else 2, own)
            changed = new if not where else _with(changed, where, new)
        return (case.path, dump(changed), *case.beside)

    return Attack(f"{case.name} {places} grown{' with names' if own else ''}", make, validate)


def _within(places: tuple[tuple[Any, ...], ...], where: tuple[Any, ...]) -> bool:
    """Tell whether one of the places lies in another: both many times would be the square of the size."""
    return any(one != where and one[: len(where)] == where for one in places)


def two_lines(lines: tuple[str, str], short: tuple[str, str]) -> Attack:
    """Two sorts of lines in a Makefile, each as often as fits into half of the size."""

    def make(size: int) -> Input:
        parts = (
            "".join(
                line.format(one.replace("{n}", str(at))) + "\n" for at in range(size // 2 // (len(line) + len(one)))
            )
            for line, one in zip(lines, short, strict=True)
        )
        return ("Makefile", _MAKE_HEAD + "".join(parts))

    return Attack(f"make: many {lines[0]!r} of {short[0]!r} and {lines[1]!r} of {short[1]!r}", make, validate)


def in_text(case: Case, line: int, pump: Pump, sort: str) -> Attack:
    """Put a pump into the text of a file: as lines of its own, or at the end of a line, as a comment or not."""
    lines = case.text.split("\n")
    at = min(line, len(lines) - 1)

    def make(size: int) -> Input:
        text = pump.text(size)
        head, tail = lines[:at], lines[at + 1 :]
        new = {
            "lines": [lines[at], text],
            "behind": [lines[at] + text],
            "before": [text + lines[at]],
            "comment": [f"{lines[at]} # {text}"],
            "indented": [lines[at], "\t" + text.replace("\n", "\n\t")],
        }[sort]
        return (case.path, "\n".join([*head, *new, *tail]), *case.beside)

    return Attack(f"{case.name} line {at + 1} {sort} {pump}", make, validate)


def pumped(case: Case, whole: bool = True) -> Attack:
    """Repeat a file's whole text."""
    return Attack(
        f"{case.name} repeated",
        lambda size: (case.path, case.text * max(2, size // len(case.text)), *case.beside),
        validate,
    )


def repeated(case: Case, line: int, count: int) -> Attack:
    """Repeat some lines of a file where they stand, names and numbers in them counted."""
    lines = case.text.split("\n")
    piece = "\n".join(lines[line : line + count])

    def make(size: int) -> Input:
        number = itertools.count()
        many = max(2, size // (len(piece) + 1))
        again = (
            re.sub(r"(?<=name: )[\w-]+|(?<=\w)\b(?=\s*[:=])", lambda x: f"{x.group()}{next(number)}", piece)
            for _ in range(many)
        )
        return (case.path, "\n".join([*lines[:line], *again, *lines[line + count :]]), *case.beside)

    return Attack(f"{case.name} lines {line + 1} and {count - 1} more repeated", make, validate)


@cache
def corpus_cases() -> tuple[Case, ...]:
    """Return other people's files that rules read, where there are any (tests/support/corpus.py), none of them large."""
    root = corpus.folder()
    if root is None:
        return ()
    found = []
    for path in sorted(one for one in root.rglob("*") if one.is_file() and one.stat().st_size < 40_000):
        name = path.relative_to(root).as_posix().partition("/")[2]
        if name and rules.is_candidate(name):
            text = path.read_bytes().decode("utf-8", "replace")
            if rules.recognise(name, text, named=True).file:
                found.append(Case(f"corpus {path.relative_to(root)}", name, text, ()))
    return tuple(found)


def of_corpus(chance: random.Random) -> Iterator[Attack]:
    """Yield other people's files without end, a part of each repeated."""
    every = corpus_cases()
    while every:
        case = chance.choice(every)
        documents = documents_of(case)
        if documents is None or chance.random() < 0.3:
            yield repeated(case, chance.randrange(case.text.count("\n") + 1), chance.randrange(1, 8))
            continue
        wheres = [one for one in places(documents) if isinstance(_at(documents, one), dict | list)]
        yield grown(case, documents, chance.choice(wheres), own=chance.random() < 0.5)


# Tables.


def _table() -> Iterator[Attack]:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    rows: dict[str, Callable[[int], str]] = {
        "flow list of ints": lambda n: f"a: [{', '.join(['1'] * (n // 3))}]\n",
        "list of ints": lambda n: "a:\n" + "- 1\n" * (n // 4),
        "map of keys": lambda n: "".join(f"key{i}: {i}\n" for i in range(n // 14)),
        "anchors": lambda n: "".join(f"key{i}: &a{i} {i}\n" for i in range(n // 18)),
        "aliases": lambda n: "a: &a {b: c}\nc:\n" + "- *a\n" * (n // 5),
        "merge keys": lambda n: "a: &a {b: c}\nc:\n" + "".join(f"  k{i}: {{<<: *a, d: {i}}}\n" for i in range(n // 26)),
        "merge key of many": lambda n: "a: &a {b: c}\nc:\n  <<: [" + "*a, " * (n // 4) + "*a]\n",
        "chain of merge keys": lambda n: "a0: &a0 {b: c}\n" + "".join(
            f"a{i}: &a{i} {{<<: *a{i - 1}, k{i}: 1}}\n" for i in range(1, min(n // 34, 800))
        ),
        "documents": lambda n: "---\na: 1\n" * (n // 9),
        "objects": lambda n: "".join(
            f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: a{i}}}\nspec: {{selector: {{app: a{i}}}, ports: [{{port: 1}}]}}\n"
            for i in range(n // 100)
        ),
        "equal objects": lambda n: (
            "---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {app: a}, ports: [{port: 1}]}\n"
            * (n // 100)
        ),
        "flow list of maps": lambda n: "a: [\n" + "".join(f"  {{b: {i}, c: x{i}}},\n" for i in range(n // 20)) + "]\n",
        "items without a name": lambda n: "a:\n" + "".join(f"- b: {i}\n  c: x{i}\n" for i in range(n // 20)),
        "numbered ints": lambda n: "a:\n" + "".join(f"- {i}\n" for i in range(n // 8)),
        "numbered comments": lambda n: "".join(f"# comment k{i}\n" for i in range(n // 16)) + "a: 1\n",
        "numbered lines": lambda n: "k: |\n" + "".join(f"  line k{i}\n" for i in range(n // 14)),
        "few ints": lambda n: "a:\n" + "".join(f"- {i * i % 97 % 3 or f'k{i}'}\n" for i in range(n // 5)),
        "ladder": lambda n: "a:\n- k\n" + "".join(f"- {i}\n- {i + 2}\n" for i in range(n // 16)),
        "comments": lambda n: "# comment\n" * (n // 10) + "a: 1\n",
        "comments behind": lambda n: "".join(f"k{i}: 1 # comment\n" for i in range(n // 20)),
        "blank lines": lambda n: "a: 1\n" + "\n" * n + "b: 1\n",
        "lines of spaces": lambda n: "a: 1\n" + "    \n" * (n // 5) + "b: 1\n",
        "duplicate keys": lambda n: "a: 1\n" * (n // 5),
        "deep flow": lambda n: ("[" * 90 + "]" * 90 + ",\n") * 0 + "a:\n" + ("- " + "[" * 90 + "]" * 90 + "\n") * (n // 184),
        "deep blocks": lambda n: "".join("  " * i + f"a{i}:\n" for i in range(90)) + ("  " * 90 + "- a\n") * (n // 184),
        "block scalars": lambda n: "".join(f"k{i}: |\n  a\n\n" for i in range(n // 14)),
        "a block scalar": lambda n: "k: |\n" + "  line\n" * (n // 7),
        "blank block scalar": lambda n: "k: |+\n  a\n" + "\n" * n + "b: 1\n",
        "folded": lambda n: "k: >\n" + "  word\n\n" * (n // 8),
        "plain over lines": lambda n: "k: a\n" + "  word\n" * (n // 7),
        "quoted over lines": lambda n: 'k: "a\n' + "  word\n" * (n // 7) + '  "\n',
        "tags": lambda n: "k: " + "!a " * 1 + "x\n" + "".join(f"k{i}: !!str 1\n" for i in range(n // 16)),
        "a tag": lambda n: "k: !" + "a" * n + " x\nb: |\n  x\n",
        "suppressions": lambda n: "# scaffold: ignore[FX001] a\na: 1\n" * 1
        + "".join(f"# scaffold: ignore[FX001] a\nk{i}: 1\n" for i in range(n // 40)),
    }  # fmt: skip
    for name, make in rows.items():
        objects = "objects" in name
        yield Attack(
            f"validate: {name}", lambda n, make=make, o=objects: ("a.yaml", ("" if o else head) + make(n)), validate
        )
        yield Attack(
            f"validate: {name} of a ConfigMap",
            lambda n, make=make: ("a.yaml", head + "data:\n  x: |\n" + _indented(make(n))),
            validate,
        )
        for sort, edit in EDITS.items():
            yield Attack(f"merge: {name}, {sort}", lambda n, make=make, edit=edit: _sides(make(n), edit), merge_yaml)
            yield Attack(
                f"merge by line: {name}, {sort}", lambda n, make=make, edit=edit: _sides(make(n), edit), merge_lines
            )
    yield from _of_specs()


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.split("\n"))


def _sides(text: str, edit: Callable[[list[str]], tuple[list[str], list[str]]]) -> Input:
    ours, theirs = edit(text.split("\n"))
    return text, "\n".join(ours), "\n".join(theirs)


def _shuffled(lines: list[str], seed: int) -> list[str]:
    out = lines[1:-1]
    random.Random(seed).shuffle(out)
    return [lines[0], *out, lines[-1]]


def _every(lines: list[str], step: int, text: str) -> list[str]:
    return [
        line.replace("1", text).replace("line", f"l{text}") if n % step == 1 else line for n, line in enumerate(lines)
    ]


# Lines of a base to those of ours and theirs.
EDITS: dict[str, Callable[[list[str]], tuple[list[str], list[str]]]] = {
    "edited here and there": lambda a: (_every(a, 7, "5"), _every(a, 5, "9")),
    "one line each": lambda a: ([*a[:-1], "yours: 1", ""], ["theirs: 1", *a]),
    "shuffled": lambda a: (_shuffled(a, 1), _shuffled(a, 2)),
    "reversed": lambda a: ([a[0], *a[-2:0:-1], a[-1]], _every(a, 2, "8")),
    "half removed": lambda a: ([a[0], *a[1:-1:2], a[-1]], [a[0], *a[1:-1:3], a[-1]]),
    "doubled": lambda a: ([a[0], *(one for line in a[1:-1] for one in (line, line)), a[-1]], _every(a, 3, "7")),
    "replaced": lambda a: (_every(a, 1, "6"), _every(a, 1, "4")),
    "numbered anew": lambda a: ([f"{line}{n}" for n, line in enumerate(a)], _every(a, 2, "8")),
    "same in another order": lambda a: (
        [a[0], *(f"{one}5" for one in a[-2:0:-1]), a[-1]],
        [a[0], *(f"{one}5" for one in a[1:-1]), a[-1]],
    ),
    "among others": lambda a: ([one for n, line in enumerate(a) for one in (line, f"# {n}x")], _every(a, 3, "7")),
    "with comments": lambda a: ([f"{line} # x" if line else line for line in a], _every(a, 2, "3")),
    "renamed": lambda a: ([line.replace("k", "q") for line in a], _every(a, 2, "2")),
}


def _of_specs() -> Iterator[Attack]:
    service = {"template": "service", "name": "payments", "image": "ghcr.io/example/payments", "tag": "master-1a2b3c4"}
    alerting = {"template": "alerting", "name": "alerting", "slack": {"channel": "#a"}}
    more: dict[str, Any] = {"tags": "glob:x", "env": {"A": "b"}, "labels": {"a": "b"}, "namespace": {"name": "a"}}
    for base in (service, {**service, **more}, alerting):
        for key in base:
            for pump in simple():
                for sort in ("in", "behind"):
                    yield Attack(
                        f"spec: {key} {sort} {pump}",
                        lambda n, base=base, key=key, pump=pump, sort=sort: (
                            dump([{**base, key: (str(base[key]) if sort == "behind" else "") + pump.text(n)}]),
                        ),
                        read_spec,
                    )
    for pump in simple():
        yield Attack(f"config: {pump}", lambda n, pump=pump: (pump.text(n),), config.parse_config)
        yield Attack(f"lock: {pump}", lambda n, pump=pump: (pump.text(n),), read_lock)
        yield Attack(f"lock: string {pump}", lambda n, pump=pump: (json.dumps({"format": pump.text(n)}),), read_lock)
        rows = ("rules:\n  FX004:\n    {}: info\n", "kubernetes: {}\n", "scaffold: {}\n", "sync_paths: [{}]\n")
        for row in rows:
            yield Attack(
                f"config: {row!r} {pump}",
                lambda n, row=row, pump=pump: (row.format(json.dumps(pump.text(n))),),
                config.parse_config,
            )


# Lines of Makefiles, with a pump in them.
MAKE_LINES = (
    "X = {}", "{} = x", "{}: x", "x: {}", "x:\n\t{}", "x:\n\t@kind create cluster {}", "include {}", "ifeq ({},x)\nendif",
    "define {}\nendef", "define x\n{}\nendef", "export {}", "X = $({})", "X = $(shell {})", "x: ; {}", "# {}", "X += {}",
    "x: A = {}", "{}", "X := ${{{}}}", "$(eval {})", "X = $(or {})", "X = $(call X,{})", "override {}", "{}:", "x: | {}",
    "export KUBECONFIG = {}", "KIND = {}\nx:\n\t$(KIND) create cluster", "x:\n\tkubectl {}", "x:\n\tkind load docker-image {}",
    "x:\n\tfoo | {}", "x:\n\ttrap '{}' EXIT; kind create cluster", "x:\n\tfor i in {}; do kind delete cluster; done",
    "x:\n\tkind create cluster --config - <<EOF\n\t{}\n\tEOF", "x:\n\t\"{}\"", "x:\n\t$$({})", "x:\n\t'{}'", "include $({})",
)  # fmt: skip
SHORT = ("x", "x{n}", "x{n}: x{n}", "$(X{n})", "a=b", "kind delete cluster", "x \\\n")
_MAKE_HEAD = (
    "X = x\nexport KUBECONFIG = $(CURDIR)/kubeconfig\ntest:\n\tkind create cluster --name e2e\n\tkubectl get pods\n"
)


def of_makefiles() -> Iterator[Attack]:
    """Yield a Makefile for every line above and every pump, and the line with a short pump many times."""
    for line in MAKE_LINES:
        for pump in (*simple(), *mined()):
            yield Attack(
                f"make: {line!r} {pump}",
                lambda n, line=line, pump=pump: ("Makefile", _MAKE_HEAD + line.format(pump.text(n)) + "\n"),
                validate,
            )
        for short in SHORT:
            yield Attack(
                f"make: many {line!r} of {short!r}",
                lambda n, line=line, short=short: (
                    "Makefile",
                    _MAKE_HEAD
                    + "".join(
                        line.format(short.replace("{n}", str(at))) + "\n" for at in range(n // (len(line) + len(short)))
                    ),
                ),
                validate,
            )


@cache
def tables() -> tuple[Attack, ...]:
    """Return the attacks of the tables."""
    return tuple(_table())


@cache
def structures() -> tuple[Attack, ...]:
    """Return every list and map of every case, grown; one for each place of a family and rule."""
    found: dict[tuple[Any, ...], Attack] = {}
    for case in cases():
        documents = documents_of(case)
        if documents is None:
            found[(case.name,)] = pumped(case)
            continue
        for where in places(documents):
            value = _at(documents, where)
            if isinstance(value, dict | list) and value:
                generic = tuple(one for one in where if isinstance(one, str))
                for own in (False, True):
                    key = (case.name.split("/")[0], generic, own)
                    found.setdefault(key, grown(case, documents, where, own=own))
    return tuple(found.values())


@cache
def slots() -> tuple[tuple[Case, Any, tuple[Any, ...]], ...]:
    """Return every scalar of every case; one for each place of a rule."""
    found: dict[tuple[Any, ...], tuple[Case, Any, tuple[Any, ...]]] = {}
    for case in cases():
        documents = documents_of(case)
        for where in places(documents) if documents is not None else ():
            if where and not isinstance(_at(documents, where), dict | list):
                generic = tuple(one for one in where if isinstance(one, str))
                found.setdefault((case.name.split("/")[0], generic), (case, documents, where))
    return tuple(found.values())


def pairs(seed: int) -> Iterator[Attack]:
    """Yield without end what has two sorts of things many times: two lists or maps of a case, two lines of make."""
    chance = random.Random(seed)
    known = [(case, documents) for case in cases() if (documents := documents_of(case)) is not None]
    while True:
        if chance.random() < 0.3:
            lines = (chance.choice(MAKE_LINES), chance.choice(MAKE_LINES))
            yield two_lines(lines, (chance.choice(SHORT), chance.choice(SHORT)))
            continue
        case, documents = chance.choice(known)
        found = [
            one for one in places(documents) if isinstance(_at(documents, one), dict | list) and _at(documents, one)
        ]
        if len(found) > 1:
            yield both_grown(case, documents, tuple(chance.sample(found, 2)), own=chance.random() < 0.7)


def at_random(seed: int) -> Iterator[Attack]:
    """Yield attacks without end: a pump in any place of any case."""
    chance = random.Random(seed)
    pumps = (*simple(), *mined())
    makes = tuple(of_makefiles())
    real = of_corpus(chance)
    while True:
        sort = chance.random()
        if sort < 0.5:
            case, documents, where = chance.choice(slots())
            yield in_value(
                case, documents, where, chance.choice(pumps), chance.choice(("in", "behind", "before", "line"))
            )
        elif sort < 0.75:
            case = chance.choice(cases())
            line = chance.randrange(case.text.count("\n") + 1)
            sort_of = chance.choice(("lines", "behind", "before", "comment", "indented"))
            yield in_text(case, line, chance.choice(pumps), sort_of)
        elif sort < 0.85:
            case = chance.choice(cases())
            yield repeated(case, chance.randrange(case.text.count("\n") + 1), chance.randrange(1, 5))
        elif sort < 0.95 and corpus_cases():
            yield next(real)
        else:
            yield chance.choice(makes)


def commands() -> Iterator[Attack]:
    """Yield the attacks on the whole command line."""
    from .doubling_commands import of_commands  # noqa: PLC0415 - it imports this module

    return of_commands()


def main() -> None:
    """Try everything of the tables and structures, then what chance brings."""
    given = argparse.ArgumentParser()
    given.add_argument("--minutes", type=float, default=10)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--only", default="")
    asked = given.parse_args()
    end = time.monotonic() + asked.minutes * 60
    chance = random.Random(asked.seed)
    sources = {
        "make": lambda: _mixed(of_makefiles(), chance),
        "structures": lambda: _mixed(structures(), chance),
        "tables": lambda: _mixed(tables(), chance),
        "commands": lambda: _mixed(commands(), chance),
        "pairs": lambda: itertools.islice(pairs(asked.seed), None if asked.only else 500),
        "random": lambda: at_random(asked.seed),
    }
    left = {name: source() for name, source in sources.items() if asked.only in {"", name}}
    count, slowest, steepest = 0, (0.0, ""), (0.0, "")
    while left and time.monotonic() < end:
        name = chance.choice(sorted(left))
        attack = next(left[name], None)
        if attack is None:
            del left[name]
            continue
        wrong, costs = verdict(attack)
        count += 1
        slowest = max(slowest, (max(costs.values()), attack.name))
        steepest = max(steepest, (growth(costs), attack.name))
        if wrong:
            print(f"{attack.name[:300]}: {wrong} {costs}", flush=True)
    print(f"{count} attacks; the slowest took {slowest[0]:.2f} s: {slowest[1][:300]}")
    print(f"the steepest took {steepest[0]:.2f} times as much for twice the text: {steepest[1][:300]}")


def _mixed(attacks: Iterable[Attack], chance: random.Random) -> Iterator[Attack]:
    every = list(attacks)
    chance.shuffle(every)
    return iter(every)


def growth(costs: dict[int, float]) -> float:
    """Return the largest ratio of two costs that are measured and no noise."""
    pairs = itertools.pairwise(sorted(costs))
    return max((costs[b] / max(costs[a], 0.05) for a, b in pairs if costs[b] > FLOOR), default=0.0)


if __name__ == "__main__":
    main()
