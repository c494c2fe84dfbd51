"""Names and addresses of kubectl plugins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plugin(values: Mapping[str, Any]) -> str:
    """Return the plugin's name for kubectl: as given, else the unit's name without ``kubectl-``."""
    return str(values.get("plugin") or str(values["name"]).removeprefix("kubectl-"))


def binary(plugin_name: str) -> str:
    """Return the name of a plugin's executable, with underscores for dashes.

    Source: https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/#naming-a-plugin
    """
    return f"kubectl-{plugin_name.replace('-', '_')}"


def krew_url(version: str) -> str:
    """Return the base URL of a release of krew."""
    return f"https://github.com/kubernetes-sigs/krew/releases/download/{version}"


def krew_manifest(plugin_name: str, commit: str) -> str:
    """Return the URL of a plugin's manifest at a commit of krew's index."""
    return f"https://raw.githubusercontent.com/kubernetes-sigs/krew-index/{commit}/plugins/{plugin_name}.yaml"


def krew_plugin(values: Mapping[str, Any]) -> str:
    """Return the plugin that krew installs for a test, with the commit of krew's index; ``""`` if built here."""
    install = values.get("install", {})
    index = f"@{install['krew_index']}" if "krew_index" in install else ""
    return "" if "build" in install else plugin(values) + index
