"""The manifests that the kustomization of a service lists, wherever ``paths`` places them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from ...spec import is_generated
from ...unit_namespace import makes_namespace
from .containers import automation
from .derived import KUSTOMIZATION, file_place, is_replicated


def manifests(values: Mapping[str, Any]) -> list[str]:
    """Return the manifests of a service that are generated, relative to its kustomization, each once."""
    canary = bool(values.get("canary"))
    made = {
        "namespace": makes_namespace(values),
        "serviceaccount": True,
        "deployment": True,
        "service": not canary,
        "canary": canary,
        "poddisruptionbudget": is_replicated(values),
        "automation": bool(automation(values).objects),
    }
    places = (file_place(values, f"deploy/{name}.yaml") for name, wanted in made.items() if wanted)
    folder = f"/{posixpath.dirname(file_place(values, KUSTOMIZATION))}"
    return list(dict.fromkeys(posixpath.relpath(f"/{one}", folder) for one in places if is_generated(values, one)))
