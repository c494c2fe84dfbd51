"""Read the spec of a unit, complete it to values, write it, and edit it in place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from . import assets, behaviour, globs, schema
from .behaviour import SpecFault
from .config import PATH as CONFIG_PATH
from .config import Config, decides
from .errors import Invalid, Problem, invalid
from .nearest import Guesses
from .schema_words import show
from .yaml import Node, dump, parse_one, plain

MAX_BYTES = 256 * 1024
_EDITOR_LINE = "# yaml-language-server: $schema={}\n"
_NAME = "a template's name begins with a lowercase letter, and has only lowercase letters, digits and -"
_OWN = frozenset({"template", "files"})
POLICIES = ("merge", "once", "never")

Check = Callable[[Mapping[str, Any]], Sequence[SpecFault]]


@dataclass(frozen=True)
class Spec:
    """A spec as written: its path, the template's name, the data, the nodes with their positions, and the text."""

    path: str
    template: str
    data: Mapping[str, Any]
    node: Node
    text: str

    @property
    def files(self) -> Mapping[str, str]:
        """Policy by glob."""
        return self.data.get("files") or {}


class Base(NamedTuple):
    """The template that a template extends: its name, and its schema, which covers only some of the values."""

    name: str
    schema: str


def parse_spec(text: str, path: str) -> Spec:
    """Return the spec in ``text``. Raises Invalid if it is not YAML, or does not name its template."""
    if len(text) > MAX_BYTES:
        raise invalid(path, f"is larger than {MAX_BYTES // 1024} KiB", "make the spec smaller")
    node = _node(text, path)
    if node.shape != "map":
        raise invalid(path, "is not a map", _first_line(), line=node.line, column=node.column)
    data = plain(node, path)
    if problems := schema.oversized(node, path):
        raise Invalid(problems)
    name = data.get("template")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name):
        line, column = schema.position(node, ["template"])
        message = (
            "does not name its template" if name is None else f"template is {show(name)}, which is not a valid name"
        )
        close = Guesses().nearest(name.lower(), assets.template_names()) if isinstance(name, str) else ""
        hint = _first_line() if name is None else f"did you mean {close!r}?" if close else _NAME
        raise invalid(path, message, hint, line=line, column=column)
    return Spec(path, name, data, node, text)


def _node(text: str, path: str) -> Node:
    try:
        return parse_one(text, path)
    except Invalid:
        lines = text.split("\n")
        marked = next((number for number, line in enumerate(lines, 1) if line.startswith("<<<<<<< ")), 0)
        if not marked:
            raise
        hint = "resolve the conflict first, and remove its markers: files and lock follow the spec"
        raise invalid(path, "has merge conflict markers", hint, line=marked, column=1) from None


def _first_line() -> str:
    return f"begin with 'template: NAME', one of {', '.join(assets.template_names())} or a template of this repository"


def values(
    spec: Spec,
    config: Config,
    template_schema: str,
    faults: Check | None = None,
    check: Check | None = None,
    base: Base | None = None,
    nullable: Mapping[str, bool] | None = None,
    places: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None,
) -> dict[str, Any]:
    """Return spec ⊕ the config's defaults and conventions ⊕ the schema's defaults; maps merge, null removes.

    ``faults`` cross-checks the values (default: the check of the shipped template that the spec names). ``check``
    validates them: by default by ``template_schema``; a repository's schema runs in another process. ``base`` is the
    template that such a template extends: its defaults have the lowest precedence, and its schema applies to the values
    it covers. ``nullable`` are maps in which a null stays (``Behaviour.nullable``). ``places`` tells
    the paths of generated files that are not at their usual ones (``Behaviour.places``). Spec and completed values must
    be valid. Raises Invalid with every problem, at its place in the spec or the config.
    """
    is_valid = check or partial(schema.schema_faults, schema=template_schema)

    def refuse(wrong: Sequence[SpecFault], more: Sequence[Problem] = (), why: str = "") -> None:
        if wrong or more:
            raise Invalid([*_placed(wrong, spec, config, why), *more])

    above = (config.defaults(spec.template), spec.data)
    usual = merge_values({}, schema.defaults(template_schema))
    written = _layered([usual, config.conventions(template_schema), *above], keep=True)
    wrong = is_valid(spec.data)
    completed = is_valid(written) if written != spec.data else wrong
    wrong = [one for one in wrong if one in completed]  # what is missing in the spec may be in the config
    refuse(wrong, () if wrong and check is None else _file_problems(spec))  # every shipped schema covers the files
    refuse(completed)
    layers = [usual, config.conventions(template_schema), *above]
    if base:
        lowest, own = schema.defaults(base.schema), schema.defaults(template_schema)
        layers = [lowest, own, config.conventions(base.schema, template_schema), *above]
        refuse(_base_faults(spec, base, layers), why=f", and the template {spec.template} extends {base.name}")
        layers = [lowest, own, config.conventions(template_schema, base.schema), *above]
    merged = {key: value for key, value in _layered(layers).items() if key not in _OWN}
    merged |= _with_nulls(layers, nullable or {})
    merged["files"] = [*spec.files.items(), *config.files.items()]
    if moved := places(merged) if places else {}:
        _add_usual_policies(merged, moved)
    refuse((faults or behaviour.of(spec.template).faults)(merged))
    return merged


def completed_data(data: Mapping[str, Any], config: Config, name: str, *schemas: str) -> dict[str, Any]:
    """Return the data of a spec of the template ``name`` with the defaults of these schemas and of the config."""
    layers = [schema.defaults(one) for one in reversed(schemas)]
    return _layered([*layers, config.conventions(*schemas), config.defaults(name), data])


def _with_nulls(layers: Sequence[Mapping[str, Any]], names: Mapping[str, bool]) -> dict[str, Any]:
    """Return the maps in which a null stays, since it removes a value of the unit or a generated field.

    With False, a null that is a value of the map itself removes an inherited one.
    """
    found = {}
    for name, keeps_all in names.items():
        each = _layered(({name: one[name]} for one in layers if name in one), keep=True)
        if isinstance(own := each.get(name), Mapping):
            found[name] = {key: value for key, value in own.items() if keeps_all or value is not None}
    return found


def refuse_faults(wrong: Sequence[SpecFault], spec: Spec, config: Config) -> None:
    """Raise Invalid with faults at their places in the spec or the config, if there are any."""
    if wrong:
        raise Invalid([*_placed(wrong, spec, config, "")])


def _placed(wrong: Sequence[SpecFault], spec: Spec, config: Config, why: str) -> Iterator[Problem]:
    """Yield faults where their values are from: the spec, else the config; a missing value belongs to the spec."""

    def place(fault: SpecFault) -> tuple[str, int, int]:
        part = None if decides(spec.node, fault.where) else config.deciding(spec.template, fault.where)
        if part is None:
            return (spec.path, *schema.place_of_fault(fault, spec.node))
        return (CONFIG_PATH, *schema.place_of_fault(fault, part))

    for one in schema.faults_as_problems(wrong, place):
        about = why or (f", for the template {spec.template}" if one.path == CONFIG_PATH else "")
        yield replace(one, message=one.message + about)


def is_generated(values: Mapping[str, Any], path: str) -> bool:
    """Tell whether a file of a unit is generated: False if its policy in the spec or config is ``never``."""
    return _policy_of(values, path)[1] != "never"


def policies(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the policies of a unit's files by glob, in the order in which they decide."""
    found: dict[str, str] = {}
    for glob, policy in values["files"]:
        found.setdefault(glob, policy)
    return found


def _add_usual_policies(values: dict[str, Any], places: Mapping[str, str]) -> None:
    """Add the policies of files by their usual path (``Behaviour.places``) to those of the paths that they have."""
    added = []
    for usual, place in places.items():
        glob, policy = _policy_of(values, usual)
        if glob and not _policy_of(values, place)[0]:
            added.append((place, policy))
    values["files"] = [*added, *values["files"]]


def _policy_of(values: Mapping[str, Any], path: str) -> tuple[str, str]:
    """Return the glob that decides the policy of a file, and the policy."""
    return next((one for one in values.get("files", ()) if globs.matches(path, one[0])), ("", "merge"))


def needed_file_faults(values: Mapping[str, Any], needs: Mapping[str, Sequence[str]], way: str) -> list[SpecFault]:
    """Return the faults of policies that keep a file from being generated which another generated file needs.

    ``needs`` has the files that each needs, and ``way`` is how to do without it, for the hint.
    """
    return [
        SpecFault(
            ["files", glob],
            f"{missing} is never generated, but {path} needs it",
            f"write once for one of your own, or {way}",
            at_key=True,
        )
        for path, files in needs.items()
        if is_generated(values, path)
        for missing in files
        for glob, policy in (_policy_of(values, missing),)
        if policy == "never"
    ]


def spec_text(data: Mapping[str, Any], schema_path: str) -> str:
    """Return a new spec's text, with the schema comment for editors if there is a schema."""
    return (_EDITOR_LINE.format(schema_path) if schema_path else "") + dump(data)


def _layered(layers: Iterable[Mapping[str, Any]], *, keep: bool = False) -> dict[str, Any]:
    """Return layers merged, the last one on top."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = merge_values(merged, layer, keep=keep)
    return merged


def merge_values(low: Mapping[str, Any], high: Mapping[str, Any], *, keep: bool = False) -> dict[str, Any]:
    """Return ``high`` merged over ``low``: a null removes a value, or with ``keep`` stays as null."""
    out = dict(low)
    for key, value in high.items():
        if value is None and not keep:
            out.pop(key, None)
        elif isinstance(value, Mapping):
            below = out.get(key)
            out[key] = merge_values(below if isinstance(below, Mapping) else {}, value, keep=keep)
        else:
            out[key] = value
    return out


def _base_faults(spec: Spec, base: Base, layers: Sequence[Mapping[str, Any]]) -> list[SpecFault]:
    """Check values against the extended template's schema: as written, including nulls, and as completed."""
    for data in (_layered(layers[1:], keep=True), _layered(layers)):
        if found := schema.schema_faults({**data, "template": spec.template}, base.schema):
            return found
    return []


def _file_problems(spec: Spec) -> list[Problem]:
    """Check the policies of files, which are the same for every template and schema."""
    given = spec.data.get("files")
    if isinstance(given, Mapping) and len(given) > globs.MAX_OF_UNIT:
        line, column = schema.position(spec.node, ["files"])
        message = f"files has {len(given)} globs, more than {globs.MAX_OF_UNIT}"
        return [Problem(spec.path, line, column, message, "use fewer, broader globs")]
    fits = given is None or (
        isinstance(given, Mapping) and all(isinstance(one, str) and one in POLICIES for one in given.values())
    )
    if fits:
        return []
    line, column = schema.position(spec.node, ["files"])
    hint = f"map globs to {', '.join(POLICIES[:-1])} or {POLICIES[-1]}"
    return [Problem(spec.path, line, column, "files is not a map of policies", hint)]
