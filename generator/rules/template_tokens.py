"""Values and keys of templates that are valid YAML before they are filled in: ``replicas: HELMSUBST_REPLICAS``.

A value in the form of a name of an environment variable stands for another one where the schema wants no text. A key in
that form may be a mistake, unless values of the file begin with the same word: then a program replaces both, such as
gatekeeper's ``helmify``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..yaml import walk_nodes
from .rule import File

# The delimiters of templates: Go, Jinja, mustache, cookiecutter, ERB, Flux Operator, BOSH, Azure Pipelines, envsubst,
# kustomize's vars, CMake, Maven, Windows; what SOPS encrypts.
_TOKEN = re.compile(
    r"\$\{\{?[ \t]*[A-Za-z_]|\$\(?[A-Za-z_]|\AENC\[|\{\{|\{%|<%|\[\[|<<|\(\([A-Za-z_]|#\{|%\([A-Za-z]"
    r"|<[A-Za-z][^<>\n]*>|@[A-Za-z][\w.-]*@|%[A-Za-z][\w.-]*%|__[A-Za-z0-9]+(?:[_.-][A-Za-z0-9]+)*__"
)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_LEAST = 3  # values of a file with the word that its keys begin with


def is_token(text: str) -> bool:
    """Tell whether a text has a part that is replaced before Kubernetes reads it."""
    return bool(_TOKEN.search(text))


def stands_for_other(value: Any) -> bool:
    """Tell whether a value of the wrong type is a placeholder: a text, a list of one, ``[[ … ]]``."""
    if isinstance(value, str):
        return is_token(value) or bool(_VARIABLE.match(value))
    if isinstance(value, list):
        return (
            len(value) == 1
            and isinstance(value[0], list | str)
            and (isinstance(value[0], list) or stands_for_other(value[0]))
        )
    return False


def token_words(file: File) -> frozenset[str]:
    """Return the words that keys which stand for others begin with in a file; read once."""
    known: frozenset[str] | None = file.memo.get("template_tokens")
    if known is None:
        values = (node.text for document in file.documents for node in walk_nodes(document) if node.shape == "scalar")
        found = Counter(_word(one) for one in values if _VARIABLE.match(one))
        known = file.memo["template_tokens"] = frozenset(one for one, number in found.items() if number >= _LEAST)
    return known


def has_token_key(keys: Iterable[Any], words: frozenset[str]) -> bool:
    """Tell whether one of the keys of a map stands for other ones."""
    return any(is_token_key(one, words) for one in keys)


def is_token_key(key: Any, words: frozenset[str]) -> bool:
    """Tell whether a key stands for other ones."""
    if not isinstance(key, str):
        return False
    return is_token(key) or (_word(key) in words and bool(_VARIABLE.match(key)))


def _word(text: str) -> str:
    return text.partition("_")[0]
