"""The template ``automation``: what image automation needs once in a repository, created by ``scaffold init``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..behaviour import Behaviour, SpecFault
from ..template_features import Initial

_FOLDER = "automation"
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*\Z")
_NEEDED = {"slack": "channel", "github": "repository"}  # per type of notification


def _filters() -> Mapping[str, Callable[..., Any]]:
    from ..images.backend import RepositoryObjects  # noqa: PLC0415
    from ..images.backends import backend_of  # noqa: PLC0415

    def repository_objects(values: Mapping[str, Any]) -> RepositoryObjects:
        made = backend_of(values["automation"]).repository_objects
        return made(values) if made else RepositoryObjects()

    return {"repository_objects": repository_objects}


def _faults(values: Mapping[str, Any]) -> Sequence[SpecFault]:
    from ..images.backends import backend_of  # noqa: PLC0415

    found: list[SpecFault] = []
    notifications = values["notifications"]
    if notifications and backend_of(values["automation"]).repository_objects is None:
        message = f"automation is {values['automation']}, which sends no notifications"
        found.append(SpecFault(["notifications"], message, "remove them, or use flux-v2"))
    names: set[str] = set()
    for number, one in enumerate(notifications):
        where = ["notifications", number]
        if one["name"] in names:
            found.append(SpecFault([*where, "name"], f"two notifications are named {one['name']}", "rename one"))
        names.add(one["name"])
        needed = _NEEDED.get(one["type"])
        if needed and needed not in one:
            found.append(SpecFault(where, f"{needed} is missing, which {one['type']} needs", f"add {needed}"))
        found += [
            SpecFault([*where, key], f"{key} has no effect for {one['type']}", "remove it", at_key=True)
            for key in sorted(set(_NEEDED.values()) - {needed})
            if key in one
        ]
    return found


def _is_wanted(config: Mapping[str, Any]) -> bool:
    from ..images.backends import DEFAULT, backend_of  # noqa: PLC0415

    return backend_of(config.get("automation", DEFAULT)).repository_objects is not None


BEHAVIOUR = Behaviour(
    filters=_filters,
    faults=_faults,
    initial=Initial(
        _FOLDER,
        is_wanted=_is_wanted,
        values=lambda branch: {"branch": branch} if branch != "main" and _BRANCH.match(branch) else {},
    ),
    sources=("images", "regex.py"),
)
