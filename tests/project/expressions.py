"""Every regular expression of the package and of its schemas, and each as JavaScript writes it for recheck.

recheck (https://makenowjust-labs.github.io/recheck/) tells which backtrack by more than the length of the text. It
reads ECMAScript, so each expression is read by Python's own parser and written anew from its tree.
"""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import generator

PROJECT = Path(__file__).resolve().parents[2]
_ANCHORED = {"match", "fullmatch"}
_CALLS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}


@dataclass(frozen=True, order=True)
class Expression:
    """A regular expression, where it is written, and whether every use of it begins at a place that is given."""

    place: str
    pattern: str
    flags: int
    anchored: bool


def of_package() -> list[Expression]:
    """Return the expressions in the modules of the package: compiled in advance, or written in a call."""
    texts = {name: Path(path).read_text("utf-8") for name, path in _modules()}
    compiled = {name: _compiled(name) for name in texts}
    variables = {one for each in compiled.values() for one in each}
    # Only modules that have or use one; to walk them all takes twice the time, in each process that collects tests.
    used = {name: text for name, text in texts.items() if "re." in text or any(one in text for one in variables)}
    trees = {name: ast.parse(text) for name, text in used.items()}
    nodes = {name: list(ast.walk(tree)) for name, tree in trees.items()}
    uses = _uses(nodes)
    found = set()
    for name, tree in trees.items():
        for variable, patterns in compiled[name].items():
            methods = uses.get((name, variable), {"search"})
            for one in patterns if _assigns(tree, variable) else []:
                found.add(Expression(f"{name}:{variable}", one.pattern, one.flags, methods <= _ANCHORED))
        found.update(_written(name, nodes[name]))
    return sorted(found)


def _compiled(name: str) -> dict[str, list[re.Pattern[str]]]:
    """Return the expressions of text in the variables of a module."""
    found = {
        variable: [one for one in _patterns(value) if isinstance(one.pattern, str)]
        for variable, value in vars(importlib.import_module(name)).items()
    }
    return {variable: some for variable, some in found.items() if some}


def of_schemas() -> list[Expression]:
    """Return the patterns of the schemas and of the templates' schemas; a validator searches for each."""
    found = set()
    for path in sorted([*PROJECT.glob("schemas/*.json"), *PROJECT.glob("templates/*/schema.json")]):
        for pattern in _in_schema(json.loads(path.read_text("utf-8"))):
            found.add(Expression(path.relative_to(PROJECT).as_posix(), pattern, 0, anchored=False))
    return sorted(found)


def _modules() -> Iterator[tuple[str, str]]:
    for one in pkgutil.walk_packages(generator.__path__, "generator."):
        if one.name != "generator.__main__":
            spec = importlib.import_module(one.name).__spec__
            assert spec is not None
            assert spec.origin is not None
            yield one.name, spec.origin


def _patterns(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _patterns(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _patterns(one)


def _assigns(tree: ast.Module, name: str) -> bool:
    for one in tree.body:
        targets = one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return True
    return False


def _uses(nodes: dict[str, list[ast.AST]]) -> dict[tuple[str, str], set[str]]:
    """Return the methods that are called of each name, by the module that assigns it."""
    found: dict[tuple[str, str], set[str]] = {}
    for name, every in nodes.items():
        home = {}
        for node in every:
            if isinstance(node, ast.ImportFrom) and node.level:
                package = name.split(".")[: -node.level]
                module = ".".join([*package, *filter(None, [node.module])])
                home.update({alias.asname or alias.name: (module, alias.name) for alias in node.names})
        for node in every:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.setdefault(home.get(node.value.id, (name, node.value.id)), set()).add(node.attr)
            elif isinstance(node, ast.Call):  # handed on: it may be searched for
                for one in node.args:
                    if isinstance(one, ast.Name):
                        found.setdefault(home.get(one.id, (name, one.id)), set()).add("search")
    return found


def _written(name: str, nodes: list[ast.AST]) -> Iterator[Expression]:
    above = {one.value: one for one in nodes if isinstance(one, ast.Attribute)}
    for node in nodes:
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _CALLS
        ):
            continue
        method: str = node.func.attr
        outer = above.get(node)
        if method == "compile":
            if outer is None:
                continue  # assigned: found by its name
            method = outer.attr
        pattern = _text(node.args[0])
        if pattern is None:
            continue
        flags = 0
        for one in [*node.args, *(word.value for word in node.keywords)]:
            for part in ast.walk(one):
                if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "re":
                    flags |= getattr(re, part.attr) if part.attr.isupper() else 0
        compiled = re.compile(pattern, flags)
        yield Expression(f"{name}:{node.lineno}", pattern, compiled.flags, method in _ANCHORED)


def _text(node: ast.expr) -> str | None:
    """Return the text of a literal; what a formatted one takes from elsewhere stands as one letter in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(one.value if isinstance(one, ast.Constant) else "q" for one in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left), _text(node.right)
        return None if left is None or right is None else left + right
    return None


def _in_schema(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == "pattern" and isinstance(one, str):
                yield one
            elif key == "patternProperties" and isinstance(one, dict):
                yield from one
            yield from _in_schema(one)
    elif isinstance(value, list):
        for one in value:
            yield from _in_schema(one)


# As JavaScript writes it.

_CATEGORIES = {
    sre.CATEGORY_DIGIT: "\\d",
    sre.CATEGORY_NOT_DIGIT: "\\D",
    sre.CATEGORY_SPACE: "\\s",
    sre.CATEGORY_NOT_SPACE: "\\S",
    sre.CATEGORY_WORD: "\\w",
    sre.CATEGORY_NOT_WORD: "\\W",
}
_PLACES = {
    sre.AT_BEGINNING_STRING: "(?<![^])",
    sre.AT_END_STRING: "(?![^])",
    sre.AT_BOUNDARY: "\\b",
    sre.AT_NON_BOUNDARY: "\\B",
}


def javascript(one: Expression) -> tuple[str, str]:
    """Return an expression and its flags as ECMAScript has them; raise ValueError for what cannot be written so."""
    flags = one.flags & (re.IGNORECASE | re.MULTILINE | re.DOTALL)
    tree = parser.parse(one.pattern, one.flags)
    multi = bool(flags & re.MULTILINE)
    source = _sequence(tree, dotall=bool(flags & re.DOTALL), multi=multi)
    if not multi:  # JavaScript's $ is the end alone: no line feed can follow it
        source = source.replace("$(?!\\u{a})", "$")
    if one.anchored:
        source = f"{'(?<![^])' if multi else '^'}(?:{source})"
    return source, ("i" if flags & re.IGNORECASE else "") + ("m" if multi else "") + "u"


def _sequence(items: Any, *, dotall: bool, multi: bool) -> str:
    return "".join(_item(op, value, dotall=dotall, multi=multi) for op, value in items)


def _item(op: Any, value: Any, *, dotall: bool, multi: bool) -> str:  # noqa: C901, PLR0912
    def inner(items: Any) -> str:
        return _sequence(items, dotall=dotall, multi=multi)

    if op is sre.LITERAL:
        return _char(value)
    if op is sre.NOT_LITERAL:
        return f"[^{_char(value)}]"
    if op is sre.ANY:
        return "[^]" if dotall else "[^\\n]"
    if op is sre.IN:
        return _class(value)
    if op is sre.AT:
        if value in {sre.AT_BEGINNING, sre.AT_END}:
            return "^" if value is sre.AT_BEGINNING else "$"
        if not multi and value in {sre.AT_BEGINNING_STRING, sre.AT_END_STRING}:
            return "^" if value is sre.AT_BEGINNING_STRING else "$"
        return _PLACES[value]
    if op is sre.BRANCH:
        return f"(?:{'|'.join(inner(one) for one in value[1])})"
    if op is sre.SUBPATTERN:
        return f"({inner(value[3])})" if value[0] else f"(?:{inner(value[3])})"
    if op in {sre.MAX_REPEAT, sre.MIN_REPEAT}:
        return _repeat(value, inner) + ("?" if op is sre.MIN_REPEAT else "")
    if op is sre.POSSESSIVE_REPEAT and _is_set(value[2]) and value[1] is sre.MAXREPEAT:
        # One set of characters: what does not give back is what none of them follows.
        return f"(?:{_repeat(value, inner)}(?!{inner(value[2])}))"
    if op in {sre.ATOMIC_GROUP, sre.POSSESSIVE_REPEAT}:  # a look-ahead is not tried again
        text = inner(value) if op is sre.ATOMIC_GROUP else _repeat(value, inner)
        name = f"a{zlib.crc32(text.encode()):x}"
        return f"(?=(?<{name}>{text}))\\k<{name}>"
    if op in {sre.ASSERT, sre.ASSERT_NOT}:
        sign = "=" if op is sre.ASSERT else "!"
        return f"(?{'<' if value[0] < 0 else ''}{sign}{inner(value[1])})"
    if op is sre.GROUPREF:
        return f"\\{value}"
    raise ValueError(f"{op} is not written here")


def _is_set(items: Any) -> bool:
    return len(items) == 1 and items[0][0] in {sre.IN, sre.LITERAL, sre.NOT_LITERAL, sre.ANY}


def _repeat(value: Any, inner: Any) -> str:
    low, high, items = value
    many = "" if high is sre.MAXREPEAT else str(high)
    sign = {(0, ""): "*", (1, ""): "+", (0, "1"): "?"}.get((low, many), f"{{{low},{many}}}")
    return f"(?:{inner(items)}){sign}"


def _class(items: Any) -> str:
    out, negated = [], ""
    for op, value in items:
        if op is sre.NEGATE:
            negated = "^"
        elif op is sre.LITERAL:
            out.append(_char(value))
        elif op is sre.RANGE:
            out.append(f"{_char(value[0])}-{_char(value[1])}")
        else:
            out.append(_CATEGORIES[value])
    return f"[{negated}{''.join(out)}]"


def _char(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else f"\\u{{{code:x}}}"
