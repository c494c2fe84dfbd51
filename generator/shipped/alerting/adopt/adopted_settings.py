"""Settings beside the configuration in an existing values file: Alertmanager's own address, and template files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .change import Adoption


def fit_settings(change: Adoption, wanted: Mapping[str, Any]) -> None:
    """Set the address and the template files of the spec; a different value in the file is a conflict."""
    spec = wanted.get("alertmanagerSpec") or {}
    own = {key: spec[key] for key in ("externalUrl",) if key in spec}
    for name, values in (("alertmanagerSpec", own), ("templateFiles", wanted.get("templateFiles") or {})):
        if not values:
            continue
        has = change.want.get(name)
        if not isinstance(has, dict):
            has = {}
            rest = {key: one for key, one in change.want.items() if key != name}
            change.want.clear()
            change.want.update({name: has, **rest})
            change.added.add((name,))
        for key, value in values.items():
            if has.get(key) == value:
                continue
            if has.get(key) not in {None, ""}:
                change.base[name].pop(key, None)
            has[key] = value
            change.added.add((name, key))
