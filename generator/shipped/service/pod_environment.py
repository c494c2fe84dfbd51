"""The variables of containers, and where they are from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from .workload_class import workload_class

# Base64 of a version, a length and RSA-OAEP: https://github.com/bitnami-labs/sealed-secrets, pkg/crypto/crypto.go.
_SEALED = re.compile(r"A[A-Za-z0-9+/]{300,131000}={0,2}")


def variables(env: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return variables as Kubernetes' ``env`` has them, in the order of ``ordered_names``."""
    return [
        {"name": name, "valueFrom": env[name]}
        if isinstance(env[name], Mapping)
        else {"name": name, "value": str(env[name])}
        for name in ordered_names(env)
    ]


def ordered_names(env: Mapping[str, Any]) -> list[str]:
    """Return the names of variables, sorted, but each after those that its text refers to.

    Kubernetes expands ``$(NAME)`` only if the variable is before it in the list; in a circle nothing helps.
    https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """
    found: dict[str, None] = {}
    for name in sorted(env):
        stack = [name]
        waiting: set[str] = set()
        while stack:
            one = stack[-1]
            needed = [] if one in waiting else [each for each in referred_names(env, one) if each not in found]
            waiting.add(one)
            stack += [each for each in reversed(needed) if each not in waiting]
            if stack[-1] == one:
                found.setdefault(stack.pop())
    return list(found)


def referred_names(env: Mapping[str, Any], name: str) -> list[str]:
    """Return the other variables of ``env`` that the text of one refers to, sorted; ``$$(NAME)`` is only text."""
    text = env[name].replace("$$", "") if isinstance(env[name], str) else ""
    return [one for one in sorted(env) if one != name and f"$({one})" in text] if "$(" in text else []


def config_name(values: Mapping[str, Any]) -> str:
    """Return the name of the ConfigMap of a service."""
    return str((values.get("config") or {}).get("name", f"{values['name']}-config"))


def config_digest(values: Mapping[str, Any]) -> str:
    """Return a digest of the ConfigMap of a service; ``""`` without one, and for jobs, which read it anew each time."""
    if not values.get("config") or workload_class(values).is_job:
        return ""
    text = json.dumps(values["config"]["data"], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def env_sources(values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the ``envFrom`` of the main container: the ConfigMap, Secrets, and those that the spec has."""
    config = values.get("config") or {}
    found: list[Mapping[str, Any]] = [{"configMapRef": {"name": config_name(values)}}] if config.get("env") else []
    found += [{"secretRef": {"name": name}} for name, one in sorted(values["secrets"].items()) if one.get("env")]
    return [*found, *values.get("env_from", ())]


def environment_sources_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of variables, the ConfigMap and Secrets of a service."""
    for where, env in _environments(values):
        for name, one in env.items():
            if isinstance(one, Mapping) and len(one) != 1:
                message = f"{name} has {len(one)} sources, and a variable has one"
                yield SpecFault([*where, "env", name], message, "write one, such as {secretKeyRef: {name: …, key: …}}")
    config = values.get("config") or {}
    if config and not (config.get("env") or config.get("mount") or _is_used(values, config_name(values), "config")):
        message = "config is read by no container"
        hint = (
            "set config.mount to a folder, or config.env to true; for other containers, "
            f"add a volume: {{configMap: {{name: {config_name(values)}}}}}"
        )
        yield SpecFault(["config"], message, hint, at_key=True)
    for number, one in enumerate(values.get("env_from", ())):
        if len(one.keys() & {"configMapRef", "secretRef"}) != 1:
            hint = "write {secretRef: {name: …}} or {configMapRef: {name: …}}"
            yield SpecFault(["env_from", number], "names no ConfigMap or Secret, or both", hint)
    for name, one in values["secrets"].items():
        yield from _secret_faults(values, name, one)


def _environments(values: Mapping[str, Any]) -> Iterator[tuple[list[Any], Mapping[str, Any]]]:
    yield [], values["env"]
    for number, one in enumerate(values.get("sidecars", ())):
        yield ["sidecars", number], one.get("env", {})


def _secret_faults(values: Mapping[str, Any], name: str, one: Mapping[str, Any]) -> Iterator[SpecFault]:
    where = ["secrets", name]
    if not (one.get("env") or one.get("mount")) and not _is_used(values, name, "secrets"):
        message = f"the Secret {name} is read by no container"
        hint = f"set secrets.{name}.env or .mount, or use it in env: {{secretKeyRef: {{name: {name}, key: …}}}}"
        yield SpecFault(where, message, hint, at_key=True)
    if one.get("external") and one.get("sealed"):
        yield SpecFault(where, f"the Secret {name} is both external and sealed", "remove one", at_key=True)
    for key, text in (one.get("sealed") or {}).items():
        if not _SEALED.fullmatch(text):  # which no message may show: it may be the secret itself
            message = f"the value of {key} is not encrypted, and must not be in git"
            hint = f"write the output of kubeseal --raw --name {name}; if the value was pushed, change it"
            yield SpecFault([*where, "sealed", key], message, hint)
    if one.get("external") and not one["external"].keys() & {"data", "dataFrom"}:
        yield SpecFault([*where, "external"], "the ExternalSecret has no data", "write data or dataFrom", at_key=True)


def _is_used(values: Mapping[str, Any], name: str, own: str) -> bool:
    """Return whether a Secret or ConfigMap is named outside its own key of the spec: its name as a whole value."""
    stack: list[Any] = [values[key] for key in values if key not in {own, "name", "image"}]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            stack += one.values()
        elif isinstance(one, list | tuple):
            stack += one
        elif one == name:
            return True
    return False
