"""Documents that are nearly valid: one text in, another one out, by a seeded random source."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import yaml

# Written as they stand, where YAML or JSON has a value.
RAW = [
    "1e999",
    "-1e999",
    ".nan",
    ".inf",
    "NaN",
    "Infinity",
    "-0",
    "0x" + "f" * 60,
    "1" * 30,
    "9" * 5000,
    "1_000",
    "2026-01-01",
    "2026-99-99",
    "0o17",
    "12:30:45",
    "true",
    "null",
    "~",
    "''",
    '""',
    "[]",
    "{}",
    "[[[[]]]]",
    "{a: {b: {}}}",
    "!!set {a, b}",
    "!!binary aGVsbG8=",
    "!!python/object:os.system x",
    "!x y",
    "&a b",
    "*a",
    "*none",
    "<<",
    "{<<: *a}",
    "[" * 150 + "]" * 150,
    "{a: " * 120 + "1" + "}" * 120,
    '"\\ud800"',
    '"\\u0000"',
    '"\\x1b[31m"',
    "'\x1b'",
    "|\n  x",
    ">-\n y",
    "? {a: b}\n: c",
    "1.5",
    "-1",
    "99999999999",
    "0",
    "yes",
    "'٣'",
    "'{{ 7*7 }}'",
    "'${{ x }}'",
    "'%d %s'",
    "\ufeff",
    "\u2028",
    "'a\u202eb'",
    "'\ufe0f'",
    "'" + "k" * 3000 + "'",
    "'../../../etc/passwd'",
    "'/etc/passwd'",
    "'.git/config'",
    "'*'",
    "'(a+a)+$'",
    "'['",
    "'regexp:('",
    "'semver:>=1e9999'",
    "'semver:" + "1." * 90 + "'",
    "'glob:['",
    "#",
    "---",
    "...",
    "%YAML 9.9",
    "'{{ range .Alerts }}'",
    "'{{ . | printf \"%100000000d\" }}'",
    "'{{ template \"x\" }}'",
    "'{{ if }}'",
]
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**31,
    2**63,
    10**29,
    0.5,
    "",
    " ",
    "a",
    "A" * 300,
    "\n",
    "a\nb",
    "é",
    "٣",
    [],
    {},
    [[]],
    [None],
    [1, "a"],
    {"a": None},
    {"": ""},
    {"a": {"b": ["c"]}},
    [{}] * 60,
]
TOKENS = [
    *RAW,
    "\n",
    "\t",
    "\r",
    "\x00",
    ":",
    ": ",
    "- ",
    "? ",
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    ",",
    "|",
    ">",
    "&",
    "*",
    "!",
    "\\",
    "\udcff",
]


def mutated(text: str, source: random.Random, *, as_json: bool = False) -> str:
    """Return ``text`` changed in one to three places, in its structure or as text."""
    for _ in range(source.choice((1, 1, 1, 2, 3))):
        change: Callable[..., str] = source.choice((_structure, _structure, _structure, _lines, _tokens, _characters))
        text = _structure(text, source, as_json) if change is _structure else change(text, source)
    return text


def _structure(text: str, source: random.Random, as_json: bool) -> str:
    try:
        data = json.loads(text) if as_json else yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError, TypeError, OverflowError):
        return _tokens(text, source)
    places = list(_places(data, ()))
    if not places:
        return _tokens(text, source)
    where = source.choice(places)
    holder = data
    for part in where[:-1]:
        holder = holder[part]
    raw: dict[str, str] = {}
    _change(holder, where[-1], source, raw)
    try:
        out = (
            json.dumps(data, ensure_ascii=source.random() < 0.5, indent=1)
            if as_json
            else yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10**6)
        )
    except (TypeError, ValueError, RecursionError, yaml.YAMLError):
        return _tokens(text, source)
    for mark, token in raw.items():
        out = out.replace(f'"{mark}"', token).replace(mark, token)
    return out


def _places(data: Any, where: tuple[Any, ...]) -> Any:
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in parts:
        if len(where) < 30:
            yield (*where, key)
            yield from _places(value, (*where, key))


def _change(holder: Any, key: Any, source: random.Random, raw: dict[str, str]) -> None:
    match source.randrange(8):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[source.choice(("", "x", "A" * 300, "name", "files", "\n", key if isinstance(key, str) else "k"))] = (
                holder.pop(key)
            )
        case 1 | 2 if isinstance(holder, list):
            holder.insert(key, holder[key])
        case 3:
            holder[key] = [holder[key]]
        case 4:
            holder[key] = {"a": holder[key]}
        case 5 | 6:
            raw["@@raw@@"] = source.choice(RAW)
            holder[key] = "@@raw@@"
        case _:
            holder[key] = source.choice(VALUES)


def _lines(text: str, source: random.Random) -> str:
    lines = text.split("\n")
    at = source.randrange(len(lines))
    match source.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[source.randrange(len(lines))])
        case 2:
            lines[at] = " " * source.randrange(1, 5) + lines[at]
        case 3:
            lines[at] = lines[at].lstrip()
        case 4:
            del lines[at:]
        case _:
            lines[at : at + 1] = [lines[at]] * source.choice((2, 50, 500))
    return "\n".join(lines)


def _tokens(text: str, source: random.Random) -> str:
    at = source.randrange(len(text) + 1)
    return text[:at] + source.choice(TOKENS) + text[at + source.choice((0, 0, 1, 5, 40)) :]


def _characters(text: str, source: random.Random) -> str:
    out = list(text)
    for _ in range(source.randrange(1, 6)):
        if out:
            out[source.randrange(len(out))] = source.choice(" \t\n:-{}[]\"'#&*!|>%@`a0A\x00\x7f\x85\xa0\u2028\udc80é")
    return "".join(out)
