"""What a command that creates units asks on a terminal: what is required, what matters, and whether to write."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from ..creation import Command, FurtherQuestion
from ..errors import Invalid, Problem
from .asking import option_refusal, valid_answer
from .console import ask, err, out

Answers = dict[str, Any]


def given_answers(known: Command, given: Mapping[str, Any]) -> Answers:
    """Return the values of a command's options that are on the command line, by key."""
    found = {one.key: given[one.key] for one in known.options if given[one.key] not in (None, [])}
    return {key: value.value if isinstance(value, StrEnum) else value for key, value in found.items()}


def required_answers(
    known: Command, found: Mapping[str, Any], template: str, absent: Mapping[str, str], *, may_ask: bool
) -> tuple[Answers, bool]:
    """Return values with the missing ones of required options, asked for on a terminal, and whether any was asked for.

    Raises Invalid for missing values that cannot be asked for; ``absent`` says by key why a file has none.
    """
    answers = dict(found)
    missing = [one for one in known.options if one.question and one.key not in answers]
    if missing and not (may_ask and sys.stdin.isatty()):
        told = {one.key: f"is missing: {absent[one.key]}" if one.key in absent else "is missing" for one in missing}
        raise Invalid(Problem(one.name, 0, 0, told[one.key], "give it on the command line") for one in missing)
    for one in missing:
        answers[one.key] = valid_answer(one.question, option_refusal(known, template, one.key, answers))
    first = known.options[0]
    if first.key not in answers and first.default:
        answers[first.key] = first.default
    return answers, bool(missing)


def further_answers(known: Command, found: Mapping[str, Any], template: str, inherited: Mapping[str, Any]) -> Answers:
    """Return values with those that the user types for what else matters; an empty answer adds none."""
    answers = dict(found)
    options = {one.key: one for one in known.options}
    while known.further and (asked := known.further(answers, inherited)):
        option = options.get(asked.key)
        typed = {key: value for key, value in answers.items() if value != "" and key in options}
        refusal = _choice_refusal(asked) if option is None else option_refusal(known, template, asked.key, typed)
        text = valid_answer(f"{asked.question} [{asked.default}]", _unless_empty(refusal), optional=True).strip()
        answers[asked.key] = int(text) if text and option and option.type is int else text
    return {key: value for key, value in answers.items() if value != "" and key in options}


def is_confirmed(folder: str, text: str) -> bool:
    """Show a spec and ask whether to create the unit; an empty answer is yes. Raises typer.Abort."""
    out(*(f"    {one}" for one in text.rstrip("\n").split("\n")))
    while True:
        answer = ask(f"Create {folder} with this spec? [Y/n]", optional=True).strip().lower()
        if answer in {"", "y", "yes", "n", "no"}:
            return not answer.startswith("n")
        err("answer y or n")


def _unless_empty(refusal: Callable[[str], str]) -> Callable[[str], str]:
    return lambda answer: refusal(answer.strip()) if answer.strip() else ""


def _choice_refusal(asked: FurtherQuestion) -> Callable[[str], str]:
    return lambda answer: "" if answer in asked.choices else f"answer one of: {', '.join(asked.choices)}"
