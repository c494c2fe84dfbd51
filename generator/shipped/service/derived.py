"""Values of a service that follow from others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NO_REPLICAS = -1
_BUILT_IN_NAMESPACE = re.compile(r"default|kube-.*")


def namespace(values: Mapping[str, Any]) -> str:
    """Return the namespace of a service: its own name unless another one is given."""
    return str(values["namespace"].get("name", values["name"]))


def makes_namespace(values: Mapping[str, Any]) -> bool:
    """Tell whether the unit makes the Namespace; those that every cluster has, never."""
    return bool(values["namespace"].get("create")) and not _BUILT_IN_NAMESPACE.fullmatch(namespace(values))


def replicas(values: Mapping[str, Any]) -> int:
    """Return the number of pods, a negative one where the Deployment leaves it to an autoscaler."""
    return int(values.get("replicas", _NO_REPLICAS))


def extra_labels(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the labels that every object and pod has beside its own, in order."""
    return sorted(values["labels"].items())
