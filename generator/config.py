"""The repository's configuration, ``.scaffold/config.yaml``: settings shared by all units."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from . import __version__, assets, globs, schema
from .errors import Invalid, Problem, invalid
from .nearest import suggestion
from .schema_words import show
from .yaml import Node, get, parse_one, plain

PATH = ".scaffold/config.yaml"
KUBERNETES = "1.36"
_MAX_RANGE = 200
_FEWER = "use fewer, broader globs"
# Keys about the repository itself. All others are conventions, for the templates whose schema has the key.
OF_REPOSITORY = frozenset(
    {"requires", "kubernetes", "sync_paths", "defaults", "files", "locked", "hold", "rules", "profile"}
)
# Keys that only a spec may have, and what to do instead. A template of the repository may have its own ``name``.
_OF_SPECS = {
    "template": "remove it: each spec names its template",
    "name": "remove it: each spec has its own name",
    "files": "write files in specs, or at the top of this file",
}


@dataclass(frozen=True)
class Config:
    """A valid configuration: its data, valid under the schema ``config``, and its text's nodes."""

    data: Mapping[str, Any]
    node: Node | None = field(default=None, compare=False, repr=False)

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

    @property
    def profile(self) -> str:
        """What ``validate`` shows: ``strict``, ``default`` or ``errors``; a repository with a config has them all."""
        return str(self.data.get("profile") or "strict")

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
        """Return the repository's conventions, as far as these schemas have them; of each key, the first with it."""
        known = [schema.schema_data(one).get("properties", {}) for one in schemas]
        read = {key: next((one[key] for one in known if key in one), None) for key in self._conventions}
        return {key: _known(self._conventions[key], one) for key, one in read.items() if one is not None}

    def deciding(self, template: str, where: Sequence[Any]) -> Node | None:
        """Return the part of the config that has the value of a spec at a path, or None: defaults, or conventions."""
        if self.node is None or not where:
            return None
        part = get(self.node, "defaults", template)
        if part is not None and decides(part, where):
            return part
        is_here = where[0] == "files" or where[0] in self._conventions
        return self.node if is_here and decides(self.node, where) else None

    @property
    def _conventions(self) -> Mapping[str, Any]:
        return {key: one for key, one in self.data.items() if key not in OF_REPOSITORY and one is not None}

    def digest(self, template: str, *schemas: str) -> bytes:
        """Return a digest of the part of the config that specs of the template, with these schemas, depend on."""
        known = [schema.schema_data(one).get("properties", {}) for one in schemas]
        part: dict[str, Any] = {
            key: [_known(value, one[key]) for one in known if key in one] for key, value in self._conventions.items()
        }
        part |= {"files": self.data.get("files"), "defaults": self.defaults(template)}
        return hashlib.blake2b(json.dumps(part, sort_keys=True).encode(), digest_size=20).digest()


def decides(node: Node, where: Sequence[Any]) -> bool:
    """Tell whether a layer has the value at a path: lists and scalars replace those of the layers below as a whole."""
    for part in where:
        if node.shape != "map":
            return True
        pair = node.pair(part)
        if pair is None:
            return False
        node = pair[1]
    return True


def parse_config(text: str, own: Collection[str] = ()) -> Config:
    """Return the configuration in ``text``; raise Invalid with every problem.

    ``own`` are the names of the repository's templates: their defaults are checked with each spec.
    """
    node = parse_one(text, PATH)
    if node.shape == "scalar" and node.tag == "null":
        return Config({})
    data = plain(node, PATH)
    problems = schema.schema_problems(node, data, assets.schema_text("config"), PATH)
    if not problems:
        problems = [
            *_unknown_templates(node, data, own),
            *_default_problems(node, data, own),
            *_glob_problems(node, data),
        ]
    if problems:
        raise Invalid(problems)
    _check_version(node, str(data.get("requires", "")))
    return Config(data, node)


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


@lru_cache
def is_newer(tool: str) -> bool:
    """Tell whether a version of scaffold is of a newer release than the running one; not if it is no version."""
    if tool == __version__:
        return False
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - slow to load

    try:
        return Version(tool[:_MAX_RANGE].partition("+")[0]).release > Version(__version__).release
    except InvalidVersion:
        return False


def _unknown_templates(node: Node, data: Mapping[str, Any], own: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each key of the maps by template that names none."""
    known = {*assets.template_names(), *own}
    for key in ("defaults", "hold"):
        for name in data.get(key) or {}:
            if name not in known:
                place = schema.position(node, [key, name], key=True)
                message = f"{key} names {show(name)}, which is not a template"
                yield Problem(PATH, *place, message, suggestion(name, known, "templates"))


def _default_problems(node: Node, data: Mapping[str, Any], own: Collection[str]) -> list[Problem]:
    """Check the defaults of shipped templates, as far as a partial spec can be checked."""
    problems: list[Problem] = []
    for template, values in (data.get("defaults") or {}).items():
        if template not in own and template not in assets.template_names():
            continue
        part = get(node, "defaults", template) or node
        barred = [one for one in _OF_SPECS if one in values and not (one == "name" and template in own)]
        for key in barred:
            place = schema.position(part, [key], key=True)
            message = f"the key {key!r} is not allowed in the defaults of {template}"
            problems.append(Problem(PATH, *place, message, _OF_SPECS[key]))
        if template in own:
            continue
        whole = json.loads(assets.schema_text(template))
        whole.pop("required", None)
        for key in _OF_SPECS:
            whole["properties"].pop(key, None)
        given = {key: one for key, one in values.items() if key not in barred}
        problems += schema.schema_problems(part, given, json.dumps(whole), PATH)
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
