"""The variables of a service of a Compose file: plain texts, and references to a Secret for what looks like one."""

from __future__ import annotations

import re

from ....yaml import Node, pairs_at
from .compose_file import ComposeService, as_pairs
from .compose_interpolation import interpolated, variables_in
from .compose_taking import ComposeTaking, is_null, scalar_text, short_text
from .secret_signs import has_secret, is_no_secret, is_secret_name

_HOSTS = ("HOST", "ADDR", "SERVER", "ENDPOINT", "URL", "URI", "BROKER")
_BETWEEN = re.compile(r"[/@,;=\s]")
_MAX_LOOKED_AT = 4096
_EXPANDED = re.compile(r"\$(?=[$(])")


def take_variables(one: ComposeService, unit: str, taking: ComposeTaking) -> None:
    """Take variables over. The value of what looks like a secret is neither taken over nor told."""
    node = one.get("environment")
    if node is not None and node.shape not in {"map", "list"}:
        taking.left_out(node, "environment", "it is neither a map nor a list")
        return
    others = {key.text for key, _ in pairs_at(one.document, "services")} - {one.name}
    for key, value in as_pairs(node) if node is not None else ():
        _take_variable(key, value, unit, taking)
        for each in sorted(_named_hosts(key.text, value.text) & others):
            reason = "in the cluster its name is that only in the same namespace"
            taking.note(key, f"{short_text(key.text)} names the service {each} of the file: {reason}")


def variables_secret(unit: str) -> str:
    """Return the name of the Secret for the variables of a unit."""
    return f"{unit}-env"


def kept_literal(text: str) -> str:
    """Return a text as variables and commands of a container have it, in which Kubernetes expands ``$(NAME)`` and
    makes one dollar sign of two.
    """
    return _EXPANDED.sub("$$", text)


def _take_variable(key: Node, value: Node, unit: str, taking: ComposeTaking) -> None:
    name = interpolated(key.text).text if key.style and "$" in key.text else key.text
    if value.shape != "scalar" or not name:
        what = f"the variable {name}" if name else "a variable"
        taking.left_out(key, what, "it has no name, or its value is not text")
        return
    is_from_shell = is_null(value)
    written = "" if is_from_shell else scalar_text(value)
    if _is_secret(name, written, is_from_shell):
        taking.take(("env", name), {"secretKeyRef": {"name": variables_secret(unit), "key": name}}, value)
        reason = f"the spec reads the key {name} of the Secret {variables_secret(unit)}, which you make"
        taking.note(key, f"the value of {short_text(name)} is not taken over, since it looks like a secret: {reason}")
    elif is_from_shell:
        taking.left_out(key, f"the variable {name}", "its value is that of the shell")
    elif (text := taking.text(value)) is not None:
        taking.take(("env", name), kept_literal(text), value)


def _named_hosts(name: str, value: str) -> frozenset[str]:
    """Return what may be names of hosts in a variable: words of an address, or all of a variable for a host."""
    if ":" not in value and "/" not in value and not any(one in name.upper() for one in _HOSTS):
        return frozenset()
    return frozenset(word.partition(":")[0] for word in _BETWEEN.split(value[:_MAX_LOOKED_AT]))


def _is_secret(name: str, written: str, is_from_shell: bool) -> bool:
    """Tell whether a variable is a secret by its name, its value, or the variables and defaults in its value."""
    found = interpolated(written)
    if is_secret_name(name) and (is_from_shell or found.unset or not is_no_secret(name, found.text)):
        return True
    return has_secret(written) or has_secret(found.text) or any(is_secret_name(each) for each in variables_in(written))
