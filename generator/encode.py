"""The Jinja extension of our templates: encoders for where a value lands, and values that follow from others.

Templates use it in memory and under the plain ``cookiecutter`` command, which hands over numbers as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension

from . import assets, globs, kind, policy, quoting
from .tree import SPEC_NAME, join
from .yaml.emit import block, scalar

_NO_REPLICAS = -1
_BUILT_IN_NAMESPACE = re.compile(r"default|kube-.*")
_SIDECAR_RESOURCES = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}}


class Encoders(Extension):
    """Filters ``yaml``, ``yaml_text`` and ``yaml_block``, and those named after what they return."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(
            yaml=scalar,
            yaml_text=lambda value: scalar(str(value)),
            yaml_block=block,
            alerting_values=alerting_values,
            containers=containers,
            extra_labels=lambda values: sorted(values["labels"].items()),
            makes=makes,
            makes_namespace=makes_namespace,
            namespace=namespace,
            replicas=lambda values: int(values.get("replicas", _NO_REPLICAS)),
            secret_name=secret_name,
            uses=uses,
            # Values beside YAML, and what end-to-end tests need.
            make=quoting.make,
            shell=quoting.shell,
            workflow=quoting.workflow,
            workflow_text=quoting.workflow_text,
            git_paths=quoting.git_paths,
            binary=kind.binary,
            krew_manifest=kind.krew_manifest,
            krew_url=kind.krew_url,
            cluster=kind.cluster,
            nodes=kind.nodes,
            plugin=kind.plugin,
            watched=kind.watched,
            image_pin=lambda name: assets.pins()["images"][name],
            version=lambda name: assets.pins()[name]["version"],
            shared=assets.shared,
            spec_of=spec_of,
            slug=lambda text: re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-."),
        )


def spec_of(unit: str) -> str:
    """Return the path of a unit's spec."""
    if not isinstance(unit, str):
        raise TypeError(f"{type(unit).__name__} is not the path of a unit")
    return join(unit, SPEC_NAME)


def namespace(values: Mapping[str, Any]) -> str:
    """Return the namespace of a service: its own name unless another one is given."""
    return str(values["namespace"].get("name", values["name"]))


def makes_namespace(values: Mapping[str, Any]) -> bool:
    """Tell whether the unit makes the Namespace; those that every cluster has, never."""
    return bool(values["namespace"].get("create")) and not _BUILT_IN_NAMESPACE.fullmatch(namespace(values))


def makes(values: Mapping[str, Any], path: str) -> bool:
    """Tell whether a file is generated, or is one that the spec or config says ``never`` of."""
    policies = (policy for glob, policy in values.get("files", ()) if globs.matches(path, glob))
    return next(policies, "merge") != "never"


def containers(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the containers of a service, the main one first, with full image and tag policy.

    A sidecar without a policy is pinned: its policy takes the tag it has and no other.
    """
    rule = values.get("tags") or policy.usual(values.get("tag"))
    main = {**values, "name": values["container"], "main": True, "tags": rule}
    rest = [
        {"tags": f"glob:{one['tag']}", **one, "main": False, "resources": _SIDECAR_RESOURCES}
        for one in values.get("sidecars", ())
    ]
    return [
        {
            "name": one["name"],
            "main": one["main"],
            "volume": "tmp" if one["main"] else f"tmp-{one['name']}",
            "image": _image(one, values.get("registry")),
            "tags": one.get("tags"),
            "env": one.get("env", {}),
            "resources": [
                (side, sorted(what.items())) for side, what in sorted(one["resources"].items(), reverse=True) if what
            ],
        }
        for one in (main, *rest)
    ]


def uses(action: str) -> str:
    """Return ``owner/name@SHA # version`` for an action, as ``uses:`` has it."""
    pin = assets.pins()["actions"][action]
    return f"{action}@{pin['sha']} # {pin['version']}"


def alerting_values(values: Mapping[str, Any]) -> str:
    """Return the Helm values of an alerting unit as YAML."""
    from .alerting import values_text as text  # noqa: PLC0415 - slow to load, and only for alerting
    from .alerting.helm_values import helm_values  # noqa: PLC0415

    made = helm_values(values)
    top = "".join(f"{line}\n" for line in text.suppressions(made, values))
    return top + text.values_text(made, values, below=values.get("umbrella", ""))


def secret_name(path: str) -> str:
    """Return the Secret that Prometheus Operator mounts at this path of Alertmanager's pod, or ``""``.

    Source: prometheus-operator, ``alertmanagerSpec.secrets`` are mounted at /etc/alertmanager/secrets/NAME/KEY.
    """
    from .alerting.spec_receivers import SECRET_FILE  # noqa: PLC0415

    match = SECRET_FILE.fullmatch(path)
    return match.group(1) if match else ""


def _image(one: Mapping[str, Any], registry: str | None) -> str:
    image = str(one["image"])
    host, slash, _ = image.partition("/")
    if registry and not (slash and ("." in host or ":" in host or host == "localhost")):
        image = f"{registry}/{image}"
    parsed = policy.parse(str(one.get("tags")))
    tag = one.get("tag") or (policy.first_tag(parsed) if isinstance(parsed, policy.Policy) else "")
    return f"{image}:{tag}"
