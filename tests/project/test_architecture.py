"""How the package is built: names, sizes, rules, and that no code asks for the words of a message.

What import-linter holds is in ``pyproject.toml``.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "generator"
MAX_MODULE, MAX_FUNCTION = 300, 60  # lines
WORDS = {"message", "reason", "hint"}
METHODS = {"startswith", "endswith", "find", "index", "search", "match", "fullmatch"}


@cache
def modules() -> dict[str, ast.Module]:
    """Return the modules of the package by their path below it."""
    found = sorted(PACKAGE.rglob("*.py"))
    return {one.relative_to(PACKAGE).as_posix(): ast.parse(one.read_text("utf-8")) for one in found}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def asked_words(tree: ast.AST) -> list[str]:
    """Return the expressions that compare or search what is named as the words of a message, or text of an error."""
    found = []
    for one in ast.walk(tree):
        if isinstance(one, ast.Compare):
            constants = [x.value for x in (one.left, *one.comparators) if isinstance(x, ast.Constant)]
            if not {None, ""} & {*constants} and any(map(is_words, (one.left, *one.comparators))):
                found.append(ast.unparse(one))
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in METHODS:
            found += [ast.unparse(one)] if any(map(is_words, (one.func.value, *one.args))) else []
    return found


def is_words(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name in WORDS
        case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id=name)]):
            return "error" in name
        case ast.Call(func=ast.Attribute(value=inner)) | ast.Subscript(value=inner):
            return is_words(inner)
    return False


def test_a_module_name_occurs_once() -> None:
    names = Counter(Path(one).stem for one in modules() if not one.endswith("__init__.py"))
    assert {name for name, count in names.items() if count > 1} == set()


def test_a_class_name_means_one_thing() -> None:
    found = Counter(one.name for tree in modules().values() for one in tree.body if isinstance(one, ast.ClassDef))
    assert {name for name, count in found.items() if count > 1} == set()


def test_a_function_name_means_one_thing() -> None:
    """Public functions of modules, not methods: a search for a name finds one function and its uses."""
    found = Counter(
        one.name
        for tree in modules().values()
        for one in tree.body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        if not one.name.startswith("_") and not is_overload(one)
    )
    assert {name for name, count in found.items() if count > 1} == set()


def is_overload(one: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(x, ast.Name) and x.id == "overload" for x in one.decorator_list)


def test_kind_is_the_program() -> None:
    """A variable for the kind of an object would mean something else than the package ``rules.kind``."""
    names = {
        (path, one.lineno)
        for path, tree in modules().items()
        if not path.startswith("rules/kind/")
        for one in ast.walk(tree)
        if (isinstance(one, ast.Name) and one.id.strip("_") == "kind")
        or (isinstance(one, ast.arg) and one.arg.strip("_") == "kind")
    }
    assert names == set()


def test_modules_and_functions_are_short() -> None:
    long = {path for path in modules() if (PACKAGE / path).read_text("utf-8").count("\n") > MAX_MODULE}
    long |= {
        f"{path}:{one.name}"
        for path, tree in modules().items()
        for one in functions(tree)
        if (one.end_lineno or 0) - one.lineno >= MAX_FUNCTION
    }
    assert long == set()


def test_no_code_asks_for_the_words_of_a_message() -> None:
    found = {path: words for path, tree in modules().items() if (words := asked_words(tree))}
    assert found == {}


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ('"twice" in problem.message', True),
        ("message == usage", True),
        ('one.message.endswith("is missing")', True),
        ('error.problems[0].message.lower().startswith("is a link")', True),
        ('str(error) == "gone"', True),
        ("re.search('gone', reason)", True),
        ('problem.code == "duplicate-key"', False),
        ("hint is None", False),
        ('hint == ""', False),
        ("print(message)", False),
    ],
)
def test_what_asks_for_words_is_found(text: str, asks: bool) -> None:
    assert bool(asked_words(ast.parse(text))) is asks


def test_rules_are_made_by_their_words_above_a_function() -> None:
    """No module keeps a list of rules: those at the top of a module are found."""
    calls = {
        path
        for path, tree in modules().items()
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "Rule"
    }
    assert calls == {"rules/rule.py"}


def test_nothing_imports_a_module_of_rules() -> None:
    """What two rules need is a reader, which has none: so a rule can go without a look at others."""
    with_rules = {f"generator.{path[:-3].replace('/', '.')}" for path, tree in modules().items() if has_rules(tree)}
    assert len(with_rules) > 20
    imported = {(path, one) for path, tree in modules().items() for one in imports(path, tree)}
    assert {pair for pair in imported if pair[1] in with_rules} == set()


def has_rules(tree: ast.Module) -> bool:
    decorators = (x for one in tree.body if isinstance(one, ast.FunctionDef) for x in one.decorator_list)
    return any(isinstance(x, ast.Call) and isinstance(x.func, ast.Name) and x.func.id == "rule" for x in decorators)


def imports(path: str, tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module of the package imports from it, as of modules."""
    package = ["generator", *path.split("/")[:-1]]
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom) and one.level:
            base = [*package[: len(package) - one.level + 1], *(one.module.split(".") if one.module else [])]
            yield ".".join(base)
            yield from (".".join([*base, name.name]) for name in one.names)


def test_the_table_of_the_architecture_names_each_module() -> None:
    """Each module and package at the top, once, and none that is gone."""
    text = (PACKAGE.parent / "ARCHITECTURE.md").read_text("utf-8")
    rows = text[text.index("| module | purpose |") : text.index("## The merge")].splitlines()
    cells = " ".join(one.split("|")[1] for one in rows if one.startswith("|"))
    named = Counter(re.findall(r"`([a-z0-9_]+)/?`", cells))
    there = {path.partition("/")[0].removesuffix(".py") for path in modules()} - {"__init__", "__main__"}
    assert [one for one, count in named.items() if count > 1] == []
    assert sorted(named) == sorted(there)
