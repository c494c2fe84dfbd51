"""Ask for values on a terminal, again while an answer is refused, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import assets, schema
from ..behaviour import SpecFault
from ..creation import Command, Folder, Given, SpecEdit
from ..errors import Invalid
from .console import ask, err


def valid_answer(question: str, refusal: Callable[[str], str], *, optional: bool = False) -> str:
    """Return the first answer to a question that is not refused. Raises typer.Abort."""
    while reason := refusal(answer := ask(question, optional=optional)):
        err(reason)
    return answer


def option_refusal(known: Command, template: str, key: str, found: Mapping[str, Any]) -> Callable[[str], str]:
    """Return why an answer for an option of a command cannot be used, ``""`` if it can, as a function of the answer."""

    option = next(one for one in known.options if one.key == key)

    def refusal(answer: str) -> str:
        is_number = answer.isascii() and answer.isdecimal() and len(answer) < 10
        if option.type is int and not is_number:
            return f"{answer!r} is not a number"
        value = int(answer) if option.type is int else answer
        answers = {**found, key: value}
        single = [Given(option.where, value, option.name)] if option.where else []
        try:
            given = single or known.read(answers)
        except Invalid as error:
            return _reason(error)
        data: dict[str, Any] = {}
        for one in given:
            if one.value is not None and all(isinstance(part, str) for part in one.where):
                _set(data, one.where, one.value)
        places = [tuple(one.where) for one in given]
        faults = schema.schema_faults(data, assets.schema_text(template))
        return _told([one for one in faults if any(tuple(one.where)[: len(place)] == place for place in places)])

    return refusal


def edit_refusal(edit: SpecEdit, found: Folder, template: str, question: str) -> Callable[[str], str]:
    """Return why an answer to a question of an edit cannot be used, ``""`` if it can, as a function of the answer."""

    def refusal(answer: str) -> str:
        try:
            before, after = (
                schema.schema_faults(one.put(found, found.spec)[0], assets.schema_text(template))
                for one in (edit, edit.answered(found, {question: answer}))
            )
        except Invalid as error:
            return _reason(error)
        return _told([one for one in after if one not in before]) if len(after) >= len(before) else ""

    return refusal


def _set(data: dict[str, Any], where: Sequence[Any], value: Any) -> None:
    for part in where[:-1]:
        data = data.setdefault(part, {})
    data[where[-1]] = value


def _reason(error: Invalid) -> str:
    one = error.problems[0]
    return f"{one.message}: {one.hint}" if one.hint else one.message


def _told(faults: Sequence[SpecFault]) -> str:
    return "; ".join(f"{one.message}: {one.hint}" if one.hint else one.message for one in faults[:1])
