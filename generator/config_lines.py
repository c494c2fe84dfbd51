"""What the values of the repository's config do: the units that have them, or what else they decide."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import assets, config
from .config import decides
from .dependence import Path as KeyPath
from .errors import Invalid, invalid
from .generated_unit import argument_places
from .pipeline import Pipeline
from .schema_words import is_or_has, name_of, show
from .spec import Spec, parse_spec
from .spec_lines import leaves_of
from .tree import SPEC_NAME, join

MAX_UNITS = 8  # of one value, as text


@dataclass(frozen=True)
class ConfigUse:
    """A value of the config, and the units that have it, and those whose specs decide it themselves.

    ``about`` is what another key decides, from the schema; such a key is about the repository.
    """

    line: int
    key: str
    value: str
    units: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    about: str = ""

    @property
    def row(self) -> dict[str, Any]:
        """The value as JSON data."""
        names = ("line", "key", "value", "units")
        row = {"path": config.PATH, **{name: getattr(self, name) for name in names}, "decided_by_spec": self.others}
        return {**row, "about": self.about or None}

    @property
    def text_lines(self) -> Iterator[str]:
        """The value as lines of text."""
        yield f"{config.PATH}:{self.line}: {self.key}: {self.value}"
        if self.about:
            yield f"    about the repository, not a unit: {self.about}"
            return
        yield f"    the value of {_list(self.units)}" if self.units else "    no unit has its value from here"
        if self.others:
            yield f"    decided by the spec of {_list(self.others)}"


def is_config(pipeline: Pipeline, argument: str, here: Path) -> bool:
    """Tell whether an argument names the config. Raises Invalid for one outside of the repository."""
    return config.PATH in argument_places(pipeline, argument, here)


def uses_of_config(pipeline: Pipeline, what: str) -> list[ConfigUse]:
    """Return the uses of the values of the config: all, or that of a line or key. Raises Invalid for another one."""
    node = pipeline.config.node
    wanted = [
        (path, one)
        for path, one in (leaves_of(node, ()) if node is not None else ())
        if path and (not what or what == str(one.line) or is_or_has(path, what))
    ]
    if what and not wanted:
        raise invalid(config.PATH, f"has no value at {what}", "name a line or key with a value, such as kubernetes")
    specs = list(_specs(pipeline))
    words = json.loads(assets.schema_text("config"))["properties"]
    return [_use(pipeline, path, one.line, specs, words) for path, one in wanted]


def _use(pipeline: Pipeline, path: KeyPath, line: int, specs: Sequence[Spec], words: dict[str, Any]) -> ConfigUse:
    data: Any = pipeline.config.data
    for step in path:
        data = data[step]
    name, value = name_of(path), show(data)
    is_default = path[0] == "defaults"
    if not is_default and (path[0] in config.OF_REPOSITORY or path[0] == "files"):
        about = str(words.get(path[0], {}).get("description", "")).rstrip(".")
        return ConfigUse(line, name, value, about=f"{about[:1].lower()}{about[1:]}" or "read by scaffold")
    if is_default and len(path) < 3:
        return ConfigUse(line, name, value)
    where = path[2:] if is_default else path
    found: dict[bool, list[str]] = {False: [], True: []}
    for spec in specs:
        if spec.template != path[1] if is_default else not _has_key(pipeline, spec, where[0]):
            continue
        if is_default or pipeline.config.deciding(spec.template, where) is pipeline.config.node:
            found[decides(spec.node, where)].append(spec.path.rpartition("/")[0] or ".")
    return ConfigUse(line, name, value, tuple(found[False]), tuple(found[True]))


def _has_key(pipeline: Pipeline, spec: Spec, key: str | int) -> bool:
    """Tell whether a convention is one for the template of a spec."""
    try:
        template = pipeline.template(spec.template, spec.path)[0]
    except Invalid:
        return False
    return key in pipeline.config.conventions(*template.schemas)


def _specs(pipeline: Pipeline) -> Iterator[Spec]:
    """Yield the specs of all units that can be read."""
    for unit in pipeline.found:
        path = join(unit, SPEC_NAME)
        try:
            yield parse_spec(pipeline.worktree.read(path) or "", path)
        except Invalid:
            continue


def _list(units: Sequence[str]) -> str:
    count = "1 unit" if len(units) == 1 else f"{len(units)} units"
    more = f" and {len(units) - MAX_UNITS} more: --format json has all" if len(units) > MAX_UNITS else ""
    return f"{count}: {', '.join(units[:MAX_UNITS])}{more}"
