"""Quote values for targets other than YAML: shell commands, make recipes, GitHub workflows.

Each function returns text for one line and raises ValueError for a value that the target cannot represent.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterable

from .yaml.emit import scalar

_UNSAFE = {"Cc", "Cs", "Zl", "Zp"}


def shell(value: object) -> str:
    """Return a value, or the values of a list in order, as literal words of a POSIX shell.

    Source: POSIX.1-2024, Shell Command Language, 2.2: within single quotes all is literal, within double quotes all but
    dollar, backquote, double quote and backslash, which a backslash escapes.
    """
    if isinstance(value, list | tuple):
        return " ".join(shell(one) for one in value)
    text = _line(value)
    if re.search(r"[$`']", text):
        return '"' + re.sub(r'([$`"\\])', r"\\\1", text) + '"'
    return shlex.quote(text)


def recipe_line(value: object) -> str:
    """Return text as a line of a recipe or ``define`` that make passes on unchanged.

    Source: GNU make manual, 5.1.2 "Using Variables in Recipes": ``$$`` is a dollar, and nothing else is special within
    a line. A backslash at its end would continue the line.
    """
    text = _line(value)
    if text.endswith("\\"):
        raise ValueError(f"{text!r} ends with a backslash, which would continue the line in a Makefile")
    return text.replace("$", "$$")


def workflow_scalar(value: object) -> str:
    """Return a value as a YAML scalar of a GitHub workflow. Raises ValueError if it contains an expression.

    GitHub expands ``${{ … }}`` everywhere in a workflow, within quotes too.
    """
    if has_expression(value):
        raise ValueError(f"{value!r} contains a GitHub Actions expression")
    return scalar(value)


def workflow_text(value: object) -> str:
    """Return text as part of a line of a workflow. Raises ValueError if it contains an expression or a line end."""
    if has_expression(value):
        raise ValueError(f"{value!r} contains a GitHub Actions expression")
    return _line(value)


def has_expression(value: object) -> bool:
    """Tell whether a value of a spec, or any value below it, contains a GitHub Actions expression."""
    if isinstance(value, dict):
        return any(has_expression(one) for pair in value.items() for one in pair)
    if isinstance(value, list | tuple):
        return any(has_expression(one) for one in value)
    return isinstance(value, str) and "${{" in value


def git_paths(paths: Iterable[str]) -> str:
    """Return paths as shell words: literal pathspecs of git, each for the path and all below; ``.`` is the root.

    Source: gitglossary(7), pathspec. In a literal pathspec, a dot would be a file of that name.
    """
    return shell([":(top)" if one == "." else f":(top,literal){one}" for one in paths])


def _line(value: object) -> str:
    text = str(value)
    if any(unicodedata.category(char) in _UNSAFE for char in text):
        raise ValueError(f"{text!r} has a line end or control character")
    return text
