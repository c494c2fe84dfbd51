"""What --help says: whole summaries, and examples that are commands as they stand."""

from __future__ import annotations

import shlex

import pytest
import typer

from generator.cli import app


def _group() -> typer.core.TyperGroup:
    group = typer.main.get_command(app._app(()))
    assert isinstance(group, typer.core.TyperGroup)
    return group


COMMANDS = app.command_names()


def test_no_summary_is_cut_off() -> None:
    group = _group()
    text = group.get_help(group.make_context("scaffold", [], resilient_parsing=True))
    assert "..." not in text.partition("Commands:")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_examples_that_it_parses(name: str) -> None:
    command = _group().commands[name]
    lines = (command.epilog or "").split("\n")
    assert lines[:2] == ["\b", "Examples:"]
    examples = [shlex.split(one) for one in lines[2:]]
    assert 2 <= len(examples) <= 3
    for program, called, *rest in examples:
        assert (program, called) == ("scaffold", name)
        given, _ = app._expanded([called, *rest], frozenset())
        command.make_context(called, given[1:])


def test_a_wrong_example_would_be_seen() -> None:
    with pytest.raises(app._USAGE_ERROR, match="--stricter"):
        _group().commands["diff"].make_context("diff", ["--stricter"])
