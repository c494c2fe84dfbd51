"""The repository's configuration, ``.scaffold/config.yaml``: settings shared by all units."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import __version__, assets, globs, schema
from .errors import Invalid, Problem, invalid
from .yaml import Node, get, parse_one, plain

PATH = ".scaffold/config.yaml"
KUBERNETES = "1.36"
_MAX_RANGE = 200
_FEWER = "use fewer, broader globs"
# Keys about the repository itself. All others are conventions, for the templates whose schema has the key.
_OF_REPOSITORY = frozenset({"requires", "kubernetes", "sync_paths", "defaults", "files", "locked", "hold", "rules"})


@dataclass(frozen=True)
class Config:
    """A valid configuration: its data, valid under the schema ``config``."""

    data: Mapping[str, Any]

    @property
    def locked(self) -> tuple[str, ...]:
        """YAML paths that must not be edited by hand."""
        return tuple(self.data.get("locked") or ())

    @property
    def files(self) -> Mapping[str, str]:
        """Policy by glob."""
        return self.data.get("files") or {}

    @property
    def kubernetes(self) -> str:
        """The Kubernetes version whose schemas manifests are checked against."""
        return str(self.data.get("kubernetes") or KUBERNETES)

    def rule_severity(self, rule: str, path: str) -> str:
        """Return the configured severity of a rule in a file: a severity, ``off``, or ``""`` for the default."""
        setting = (self.data.get("rules") or {}).get(rule, "")
        if isinstance(setting, str):
            return setting
        known = self._severities
        if (rule, path) not in known:
            known[rule, path] = next((str(one) for glob, one in setting.items() if globs.matches(path, glob)), "")
        return known[rule, path]

    @cached_property
    def _severities(self) -> dict[tuple[str, str], str]:
        return {}

    def holds(self, template: str, unit: str) -> bool:
        """Tell whether the unit is on hold."""
        held = self._held.get(template)
        return held is not None and held(unit)

    @cached_property
    def _held(self) -> Mapping[str, Callable[[str], bool]]:
        """Predicates over unit names, by template: whether a unit is on hold. There may be as many names as units."""
        every = (self.data.get("hold") or {}).items()
        return {template: globs.any_of(found, globs.MAX_COUNT) for template, found in every}

    def defaults(self, template: str) -> Mapping[str, Any]:
        """Return the defaults for specs of a template."""
        return (self.data.get("defaults") or {}).get(template) or {}

    def conventions(self, *schemas: str) -> Mapping[str, Any]:
        """Return the repository's conventions whose keys one of these schemas has."""
        known = [schema.schema_data(one).get("properties", {}) for one in schemas]
        return {key: value for key, value in self._conventions.items() if any(key in one for one in known)}

    @property
    def _conventions(self) -> Mapping[str, Any]:
        return {key: one for key, one in self.data.items() if key not in _OF_REPOSITORY and one is not None}

    def digest(self, template: str, *schemas: str) -> bytes:
        """Return a digest of the part of the config that specs of the template, with these schemas, depend on."""
        known = [schema.schema_data(one).get("properties", {}) for one in schemas]
        part: dict[str, Any] = {
            key: [_known(value, one[key]) for one in known if key in one] for key, value in self._conventions.items()
        }
        part |= {"files": self.data.get("files"), "defaults": self.defaults(template)}
        return hashlib.blake2b(json.dumps(part, sort_keys=True).encode(), digest_size=20).digest()


def parse_config(text: str, is_own: Callable[[str], bool] = lambda _name: False) -> Config:
    """Return the configuration in ``text``; raise Invalid with every problem.

    ``is_own`` tells whether a template is the repository's own: its defaults are then checked by its own schema only.
    """
    node = parse_one(text, PATH)
    if node.shape == "scalar" and node.tag == "null":
        return Config({})
    data = plain(node, PATH)
    problems = schema.schema_problems(node, data, assets.schema_text("config"), PATH)
    if not problems:
        problems = [*_default_problems(node, data, is_own), *_glob_problems(node, data)]
    if problems:
        raise Invalid(problems)
    _check_version(node, str(data.get("requires", "")))
    return Config(data)


def _known(value: Any, wanted: Any) -> Any:
    """Return the part of a convention that a template reads: of a closed map, only the keys in its schema."""
    if (
        not isinstance(value, Mapping)
        or not isinstance(wanted, Mapping)
        or wanted.get("additionalProperties", True) is not False
    ):
        return value
    properties = wanted.get("properties", {})
    return {key: one for key, one in value.items() if isinstance(properties, Mapping) and key in properties}


def compatible(version: str) -> str:
    """Return the version range that a repository initialised with ``version`` requires."""
    major, minor, *_ = version.split(".")
    return f">={major}.{minor},<{int(major) + 1}" if major != "0" else f">=0.{minor},<0.{int(minor) + 1}"


def _default_problems(node: Node, data: Mapping[str, Any], is_own: Callable[[str], bool]) -> list[Problem]:
    """Check the defaults of shipped templates, as far as a partial spec can be checked."""
    problems: list[Problem] = []
    for template, values in (data.get("defaults") or {}).items():
        if template not in assets.template_names() or is_own(template):
            continue
        part = get(node, "defaults", template) or node
        whole = json.loads(assets.schema_text(template))
        whole.pop("required", None)
        for own in ("template", "name", "files"):
            whole["properties"].pop(own, None)
        problems += schema.schema_problems(part, values, json.dumps(whole), PATH)
    return problems


def _glob_problems(node: Node, data: Mapping[str, Any]) -> list[Problem]:
    """Check the number of globs: each may be compared with each path."""
    lists: dict[str, Iterable[Sized]] = {
        "files": [data.get("files") or {}],
        "hold": [[one for one in found if not globs.is_plain(one)] for found in (data.get("hold") or {}).values()],
        "rules": [one for one in (data.get("rules") or {}).values() if not isinstance(one, str)],
    }
    counts = {key: sum(len(one) for one in found) for key, found in lists.items()}
    return [
        Problem(PATH, *schema.position(node, [key]), f"{key} has {count} globs, more than {globs.MAX_COUNT}", _FEWER)
        for key, count in counts.items()
        if count > globs.MAX_COUNT
    ]


def _check_version(node: Node, wanted: str) -> None:
    if wanted in {"", compatible(__version__)}:  # what init writes needs no parsing
        return
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - slow to load

    line, column = schema.position(node, ["requires"])
    try:
        if len(wanted) > _MAX_RANGE:
            raise ValueError
        fits = SpecifierSet(wanted).contains(__version__, prereleases=True)
    except ValueError:  # not a specifier, or numbers too large to parse
        hint = "write it like '>=0.1,<0.2'"
        message = f"requires is {wanted[:80]!r}, not a valid version range"
        raise invalid(PATH, message, hint, line=line, column=column) from None
    if not fits:
        message = f"this repository requires scaffold {wanted}, but this is {__version__}"
        raise invalid(PATH, message, "install a matching version", line=line, column=column)
