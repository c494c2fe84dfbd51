"""Refuse what cannot be brought into a receiver of the file, which is the user's and stays as it is.

An integration that is added to it would send all of its alerts to one more place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ....alertmanager.config_fields import receiver_types
from ....alertmanager.value import Value
from ....errors import Invalid, Problem, invalid
from ....printable import shell_word
from .adopted_receivers import receivers_said
from .change import Adoption, integrations, maps
from .values_file import AlertmanagerPart


def refuse_other_integrations(change: Adoption, said: Mapping[str, Any], part: AlertmanagerPart, path: str) -> None:
    """Raise Invalid for each receiver of a spec that has other integrations than the file's of the same name.

    A receiver of the file that has no integration may get some.
    """
    config = change.base.get("config")
    listed = maps(config.get("receivers")) if isinstance(config, dict) else []
    spoken = receivers_said(said)
    problems: list[Problem] = []
    for number, one in enumerate(listed):
        own = spoken.get(str(one.get("name")))
        if own is not None and integrations(one):
            problems += _problems(one, own, {str(each.get("name")) for each in listed}, _place(part, number), path)
    if problems:
        raise Invalid(problems)


def _place(part: AlertmanagerPart, number: int) -> Value:
    if part.text is not None or part.config is None:
        return part.text or part.value
    return [one for one in part.config.list_of("receivers") if one.shape == "map"][number]


def _problems(
    has: Mapping[str, Any], said: Mapping[str, Any], names: Collection[str], at: Value, path: str
) -> Iterator[Problem]:
    name, known = str(has["name"]), [one for one in integrations(has) if one in receiver_types()]
    for section in [one for one in said if one in receiver_types() and said[one]]:
        type_name = section.removesuffix("_configs")
        there = len(has[section]) if isinstance(has.get(section), list) else 0
        if there >= len(said[section]):
            continue
        other = f"{name}-{type_name}"
        while other in names:
            other += "-2"
        if there:
            message = f"the receiver {name} has only {there} {section} here, but {len(said[section])} in the spec"
            hint = "it is kept as it is: give the others a receiver of their own in the spec"
        else:
            message = f"the receiver {name} has {' and '.join(integrations(has))} here, but no {section}"
            mine = shell_word(f"{known[0].removesuffix('_configs')}:{name}") if known else ""
            own = f"name it with --receiver {mine}, or " if mine else ""
            new = shell_word(f"{type_name}:{other}")
            rest = f"{own}give the other one another name, such as --receiver {new}"
            hint = f"it is kept as it is: with scaffold alerting --values-file FILE, {rest}"
        yield invalid(path, message, hint, line=at.line, column=at.column).problems[0]
