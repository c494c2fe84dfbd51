"""Values quoted for where they land beside YAML: a shell command, a recipe of make, a workflow of GitHub.

Each function returns text for one line and raises ValueError for what that place cannot hold.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterable

from .yaml.emit import scalar

_UNSAFE = {"Cc", "Cs", "Zl", "Zp"}


def shell(value: object) -> str:
    """Return a value, or the values of a list one after another, as words of a POSIX shell that read as they are.

    Source: POSIX.1-2024, Shell Command Language, 2.2: within single quotes all is literal, within double quotes all but
    dollar, back quote, double quote and back slash, which a back slash makes literal.
    """
    if isinstance(value, list | tuple):
        return " ".join(shell(one) for one in value)
    text = _line(value)
    if re.search(r"[$`']", text):
        return '"' + re.sub(r'([$`"\\])', r"\\\1", text) + '"'
    return shlex.quote(text)


def make(value: object) -> str:
    """Return text as a line of a recipe or ``define`` that make passes on as it is.

    Source: GNU make manual, 5.1.2 "Using Variables in Recipes": ``$$`` is a dollar, and nothing else is special within
    a line. A back slash at its end would join the next line to it.
    """
    text = _line(value)
    if text.endswith("\\"):
        raise ValueError(f"{text!r} ends with a backslash, which would continue the line in a Makefile")
    return text.replace("$", "$$")


def workflow(value: object) -> str:
    """Return a value as a YAML scalar of a GitHub workflow. Raises ValueError for one with an expression in it.

    GitHub puts the value of ``${{ … }}`` into a workflow wherever it stands, within quotes too.
    """
    if has_expression(value):
        raise ValueError(f"{value!r} contains a GitHub Actions expression")
    return scalar(value)


def workflow_text(value: object) -> str:
    """Return text as a part of a line of a workflow. Raises ValueError for an expression or a line end in it."""
    if has_expression(value):
        raise ValueError(f"{value!r} contains a GitHub Actions expression")
    return _line(value)


def has_expression(value: object) -> bool:
    """Tell whether GitHub would read an expression in this value of a spec, or anywhere below it."""
    if isinstance(value, dict):
        return any(has_expression(one) for pair in value.items() for one in pair)
    if isinstance(value, list | tuple):
        return any(has_expression(one) for one in value)
    return isinstance(value, str) and "${{" in value


def git_paths(paths: Iterable[str]) -> str:
    """Return paths as words of a shell that git takes literally, each at or below that path; ``.`` is all of them.

    Source: gitglossary(7), pathspec. Git takes a literal dot for a file of that name.
    """
    return shell([":(top)" if one == "." else f":(top,literal){one}" for one in paths])


def _line(value: object) -> str:
    text = str(value)
    if any(unicodedata.category(char) in _UNSAFE for char in text):
        raise ValueError(f"{text!r} has a line end or control character")
    return text
