"""K8S009: Secrets whose values everybody who can read the repository can read."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from ...finding import Finding, Severity
from ...nearest import name_list
from ...trial_folders import is_trial
from ...yaml import Node, get, items_at, pairs_at, text_at
from ..readers.objects import objects
from ..rule import File, Scope, at, rule
from ..schema_findings import has_placeholder

_MANIFEST = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\nstringData:\n  password: "
# What a value in a file that people fill in looks like, in lower case; references that a webhook of Vault, vals or
# 1Password replace; switches and small numbers.
_STAND_IN = re.compile(
    r"\A[<\[{(%@_*.x-]|\$|\{\{|change.?me|change.?it|replace|example|placeholder|dummy|todo|redacted|your[-_ ]|insert"
    r"|\A(?:>>)?vault:|\A(?:secret)?ref\+|\A(?:op|akv|awssm|gcpsm)://"
    r"|\A(?:none|null|true|false|enabled|disabled|[0-9]{1,5})\Z"
)
# An address: of whom and what it says, in a webhook the path is the secret.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,30}://(?:[^\s/@:]{0,200}:(?P<password>[^\s/@]{1,200})@)?")
_WEBHOOK = re.compile(r"hooks\.|webhook")
_FILE = re.compile(r"\.(?:ya?ml|json|toml|ini|conf|cfg|properties|xml|env)\Z")
# Keys whose value is no secret, in lower case: names, addresses, certificates without their keys.
_PUBLIC = re.compile(
    r"(?:\A|[-_.])(?:user|username|username_in|login|host|hostname|port|address|email|region|realm|name|namespace|type|issuer"
    r"|enabled|insecure|ca\.crt|ca\.pem|tls\.crt|ca|crt|cert|pub|known_hosts|identity\.pub|url|endpoint|database|db"
    r"|server|bucket|id|owner|project|account|audience|insecureskiptlsverify|htpasswd|expiration)\Z"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# In a value of several lines, which may be the configuration of a program.
_INSIDE = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"
    r"|\"auth\"[ \t]{0,9}:[ \t]{0,9}\"(?P<login>[A-Za-z0-9+/=]{8,2000})"
    r"|(?:password|passwd|token|secret(?:_access)?(?:_key)?|api_?key)[\"']?"
    r"[ \t]{0,9}[:=][ \t]{0,9}(?P<value>[^\s#]{6,200})",
    re.IGNORECASE,
)
_MOST = 100_000  # characters of a value


@rule(
    "K8S009",
    "warning",
    ("kubernetes", "kustomization"),
    "a Secret in plain text",
    explanation=(
        "data of a Secret is only base64: who can read the repository, its clones and its CI logs can read the value, "
        "and it stays in the history. Encrypt it with SOPS or Sealed Secrets, or let External Secrets fetch it. The "
        "same holds for literals of a secretGenerator. Values that are empty, encrypted or stand for another one "
        "(${NAME}, <token>, changeme), and fields such as username or tls.crt are no finding; below folders "
        "of tests, examples and documentation the severity is info."
    ),
    bad=f"{_MANIFEST}hunter2-hunter2\n",
    good=f"{_MANIFEST}${{PASSWORD}}\n",
    source="https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
)
def _plain_secrets(file: File, _scope: Scope) -> Iterator[Finding]:
    """Find readable values of Secrets, and literals of secretGenerators."""
    severity: Severity = "info" if is_trial(file.path) else "warning"
    hint = "encrypt it, or fetch it from a store of secrets; then replace the value, which is in the history"
    if file.family == "kustomization":
        for one in (x for document in file.documents for x in items_at(document, "secretGenerator")):
            named = text_at(one, "name") or "without a name"
            if found := [key for key, value, node in _literals(one) if _is_secret(key, value)]:
                yield at(get(one, "literals"), f"the secretGenerator {named} has {_shown(found)}", hint, severity)
        return
    for each in objects(file):
        if (each.api, each.sort) != ("v1", "Secret") or get(each.node, "sops") is not None:
            continue
        keys = [key for key, value in _values(each.node) if _is_secret(key.text, value)]
        if keys:
            yield at(keys[0], f"{each.shown} has {_shown([key.text for key in keys])}", hint, severity)


def _shown(keys: list[str]) -> str:
    return f"{name_list(keys)} in plain text"


def _literals(generator: Node) -> Iterator[tuple[str, str, Node]]:
    for one in items_at(generator, "literals"):
        key, _, value = one.text.partition("=")
        yield key, value.strip("\"'"), one


def _values(secret: Node) -> Iterator[tuple[Node, str]]:
    """Yield the keys and decoded values of a Secret; what is no base64 or no text is left out."""
    yield from ((key, value.text) for key, value in pairs_at(secret, "stringData") if value.shape == "scalar")
    for key, value in pairs_at(secret, "data"):
        if value.shape != "scalar" or value.tag == "null" or len(value.text) > _MOST or has_placeholder(value.text):
            continue
        try:
            yield key, base64.b64decode("".join(value.text.split()), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            continue


def _is_secret(key: str, value: str) -> bool:
    """Return whether a value is certainly not for everybody: of one line by its key, of several by what is in it."""
    value = value.strip()[:_MOST]
    if "\n" in value or value.startswith("{") or _FILE.search(key.lower()):
        found = (one["value"] for one in _INSIDE.finditer(value))
        return any(text is None or _is_real(text.strip("\"',")) for text in found)
    if address := _ADDRESS.match(value.lower()):
        password = address["password"]
        return _is_real(password) if password else bool(_WEBHOOK.search(value)) and _is_real(value)
    return _is_real(value) and not _PUBLIC.search(_CAMEL.sub("-", key).lower())


def _is_real(value: str) -> bool:
    return len(value) >= 4 and not has_placeholder(value) and not _STAND_IN.search(value.lower())
