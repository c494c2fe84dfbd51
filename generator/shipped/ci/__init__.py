"""The template ``ci``: workflows for drift, tests, images and Flux's sync tags, created by ``scaffold init``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ... import __version__
from ...behaviour import Behaviour
from ...template_features import Initial
from ...tree import CI, SPEC_NAME, WORKFLOWS, join

_BRANCHES = ("main", "master")  # default branches of the workflows
_KEY = "ci"  # key of the config
_ABOUT = "# How the workflows install scaffold, pinned, and the branches whose pushes trigger them.\n"
_NO_SOURCE = (
    "scaffold is installed from a folder, which is not available to runners: the workflows that need it, for drift, "
    "for end-to-end tests and for images, are left out\n"
    f"    set the package to install, such as scaffold init --ci-install 'scaffold-config=={__version__}'"
)


def _filters() -> Mapping[str, Callable[..., Any]]:
    return {"pushes_to": _pushes_to}


def _pushes_to(values: Mapping[str, Any]) -> str:
    """Return the host of the registry that images are pushed to."""
    from ...images.references import Reference, with_registry  # noqa: PLC0415

    named = (values.get("images") or {}).get("registry")
    if named or not values.get("registry"):
        return str(named or "ghcr.io")
    return Reference(Reference(with_registry("x", values["registry"])).full_name).registry


def _section(config: Mapping[str, Any]) -> Mapping[str, Any]:
    return config.get(_KEY) or {}


def _settings(
    config: Mapping[str, Any] | None, requires: str, install: str | None, branch: str
) -> Mapping[tuple[str, ...], Any]:
    from ... import origin  # noqa: PLC0415 - only for init

    found: dict[tuple[str, ...], Any] = {}
    if install is not None:
        found[_KEY, "install"] = origin.pinned_requirement(install, requires)
    elif not _section(config or {}).get("install") and (pinned := origin.requirement()):
        found[_KEY, "install"] = pinned
    if config is None and branch not in _BRANCHES and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", branch):
        found[_KEY, "branches"] = [branch]
    return found


def _note(config: Mapping[str, Any]) -> str:
    return "" if _section(config).get("install") else _NO_SOURCE


def _shared(config: Mapping[str, Any]) -> Sequence[str]:
    """Return the paths that every test depends on: the workflow of tests, its spec, and those named by the config."""
    return (f"{WORKFLOWS}/scaffold-e2e.yaml", join(CI, SPEC_NAME), *(_section(config).get("shared") or ()))


BEHAVIOUR = Behaviour(
    filters=_filters, initial=Initial(CI, _settings, _ABOUT, _note), shared=_shared, sources=("images", "regex.py")
)
