"""Take the configuration, the mounted Secrets and other settings out of a section of values, and put them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ....alertmanager.chart_layouts import ChartLayout
from ..helm_values import put_at
from ..mounted_secrets import mounts_of
from .change import Path
from .shapes import at_path
from .values_file import SharedMap


def kept_parts(
    section: Mapping[str, Any], layout: ChartLayout, settings: Iterable[tuple[tuple[str, ...], Any]]
) -> dict[str, Any]:
    """Return the part of a section that may change; the rest is neither in base nor in the wanted values."""
    if not layout.config:
        return dict_like(section, section)
    paths = [layout.config, layout.mounts, ("tplConfig",), *(path for path, _ in settings)]
    return _picked(section, [one for one in paths if one])


def mounts_in(section: Mapping[str, Any], layout: ChartLayout) -> dict[str, Any]:
    """Return the list of mounted Secrets of a section, at its place; the rest is left out."""
    return _picked(section, [layout.mounts])


def _picked(section: Mapping[str, Any], paths: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, one in section.items():
        below = [path[1:] for path in paths if path[0] == key]
        if below:
            out[key] = one if () in below or not isinstance(one, dict) else _picked(one, below)
    return dict_like(section, out)


def dict_like(section: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data with the merge key of a section."""
    return SharedMap(data, section.key, section.where) if isinstance(section, SharedMap) else dict(data)


def config_of(section: dict[str, Any], layout: ChartLayout) -> dict[str, Any]:
    """Return the configuration of a section under the key ``config``, if it has one."""
    if not layout.config:
        return {"config": section}
    holder = at_path(section, layout.config[:-1])
    key = layout.config[-1]
    return {"config": holder[key]} if isinstance(holder, dict) and key in holder else {}


def with_config(section: dict[str, Any], changed: Mapping[str, Any], layout: ChartLayout) -> dict[str, Any]:
    """Return a section with a changed configuration."""
    if not layout.config:
        found: dict[str, Any] = changed["config"]
        return found
    if "config" in changed:
        put_at(section, layout.config, changed["config"])
    return section


def with_settings(
    base: dict[str, Any], want: dict[str, Any], settings: Iterable[tuple[tuple[str, ...], Any]], added: set[Path]
) -> None:
    """Set the settings beside a configuration; a different value in the file is a conflict."""
    for path, value in settings:
        has = at_path(want, path)
        if has == value:
            continue
        if has not in {None, ""}:
            holder = at_path(base, path[:-1])
            if isinstance(holder, dict):
                holder.pop(path[-1], None)
        _open(want, path[:-1], added)
        put_at(want, path, value)
        added.add(path)


def _open(section: dict[str, Any], path: Sequence[str], added: set[Path]) -> None:
    """Make the map at a path, at the top of the section if its first key is new."""
    if not path or isinstance(section.get(path[0]), dict):
        return
    rest = {key: one for key, one in section.items() if key != path[0]}
    section.clear()
    section.update({path[0]: {}, **rest})
    added.add((path[0],))


def with_mounts(
    section: dict[str, Any], secrets: Sequence[str], layout: ChartLayout, added: set[Path]
) -> dict[str, Any]:
    """Return a section that mounts Secrets, in addition to those that it mounts."""
    listed = at_path(section, layout.mounts)
    has = listed if isinstance(listed, list) else []
    missing = [one for one in secrets if not is_mounted(one, has, layout)]
    if not missing or not layout.mounts:
        return section
    _open(section, layout.mounts[:-1], added)
    if at_path(section, layout.mounts[:-1] or ()) is not None and listed is None:
        added.add(layout.mounts)
    put_at(section, layout.mounts, [*has, *mounts_of(missing, layout, has)])
    return section


def is_mounted(secret: str, listed: Sequence[Any], layout: ChartLayout) -> bool:
    """Return whether the items of a chart's list of mounted Secrets have one."""
    if layout.by_name:
        return secret in listed
    folder = f"{layout.folder}/{secret}"
    return any(isinstance(one, Mapping) and str(one.get("mountPath", "")).rstrip("/") == folder for one in listed)
