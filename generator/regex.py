r"""Run regular expressions from input with RE2: linear in the text, bounded in memory. Wraps google-re2.

Go's regexp, which Flux, Prometheus and Alertmanager use, has the same syntax except ``\C``, which is refused here.
Source: https://github.com/google/re2/wiki/Syntax, https://pkg.go.dev/regexp/syntax.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

MAX_LENGTH = 4000
MAX_MEMORY = 1 << 22  # bytes, for one expression and its state while matching
# Go before 1.22, which Flux v1 is built with, has no (?<name>…). No Go version has \C, which matches bytes.
_OLD_NAME = re.compile(r"(?<!\\)(?:\\\\)*\(\?<[A-Za-z_]")
_NAME = re.compile("[A-Za-z0-9_]+")  # RE2 also has letters of other scripts
_ANY_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\C")


def fault(pattern: str, *, limit: int = MAX_LENGTH, old: bool = False) -> str:
    """Return why a pattern is not a valid expression of at most ``limit`` characters, or ``""``.

    ``old`` is the syntax of Go before 1.22, which Flux v1 is built with.
    """
    if len(pattern) > min(limit, MAX_LENGTH):
        return f"it is longer than {limit} characters"
    if old and _OLD_NAME.search(pattern):
        return "named groups are written (?P<name>…)"
    found = _compiled(pattern)
    return found if isinstance(found, str) else ""


def compiled(pattern: str) -> Any:
    """Return the compiled expression, or None if ``fault`` refuses it."""
    found = "" if len(pattern) > MAX_LENGTH else _compiled(pattern)
    return None if isinstance(found, str) else found


def search(pattern: str, text: str) -> bool:
    """Tell whether an expression matches somewhere in a text; False if ``fault`` refuses it."""
    found = compiled(pattern)
    return found is not None and _is_text(text) and found.search(text) is not None


def _is_text(text: str) -> bool:
    """Tell whether a text can be encoded: bytes that are not UTF-8 are surrogates, and match nothing."""
    return text.isascii() or not re.search("[\ud800-\udfff]", text)


@lru_cache(maxsize=64)  # each may hold MAX_MEMORY
def _compiled(pattern: str) -> Any:
    """Return the compiled expression, or why it is not valid."""
    if _ANY_BYTE.search(pattern):
        return "Go does not support \\C"
    import re2  # noqa: PLC0415 - only if an expression is used

    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    try:
        found = re2.compile(pattern, options)
    except UnicodeEncodeError:
        return "it is not UTF-8"
    except re2.error as error:
        reason = error.args[0] if error.args else "it is not valid RE2"
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    odd = next((one for one in found.groupindex if not _NAME.fullmatch(one)), "")
    return f"the name of the group {odd} is not letters, digits and _" if odd else found
