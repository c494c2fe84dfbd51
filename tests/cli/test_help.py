"""What --help says: whole summaries, and examples that are commands as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from generator.cli import app

from ..conftest import Repo, git
from ..own_templates.sources import source


def _group() -> typer.core.TyperGroup:
    group = typer.main.get_command(app._app(()))
    assert isinstance(group, typer.core.TyperGroup)
    return group


COMMANDS = app.leaf_names()


def _found(name: str) -> typer.core.TyperCommand:
    """Return a command, or a command of a group such as ``template list``."""
    found: Any = _group()
    for one in name.split():
        found = found.commands[one]
    assert isinstance(found, typer.core.TyperCommand)
    return found


def test_no_summary_is_cut_off() -> None:
    group = _group()
    text = group.get_help(group.make_context("scaffold", [], resilient_parsing=True))
    assert "..." not in text.partition("Commands:")[2]
    groups = [one for one in group.commands.values() if isinstance(one, typer.core.TyperGroup)]
    assert groups
    for one in groups:
        text = one.get_help(one.make_context(one.name, [], resilient_parsing=True))
        assert "..." not in text.partition("Commands:")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_examples_that_it_parses(name: str) -> None:
    command = _found(name)
    lines = (command.epilog or "").split("\n")
    assert lines[:2] == ["\b", "Examples:"]
    examples = [shlex.split(one) for one in lines[2:]]
    assert 2 <= len(examples) <= 3
    count = len(name.split())
    for program, *rest in examples:
        assert (program, " ".join(rest[:count])) == ("scaffold", name)
        given, _ = app._expanded(rest, frozenset(), keep=True)
        command.make_context(name, given[count:])


APP = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: NAME}\nspec:\n  selector: {matchLabels: {app: NAME}}\n"
    "  template:\n    metadata: {labels: {app: NAME}}\n    spec: {containers: [{name: NAME, image: IMAGE}]}\n"
)
FILES = {
    "legacy/web/app.yaml": APP.replace("NAME", "web").replace("IMAGE", "ghcr.io/example/web:v1.4.2"),
    **{f"legacy/shop/{one}.yaml": APP.replace("NAME", one).replace("IMAGE", "shop") for one in ("api", "worker")},
    "values.yaml": "alertmanager: {config: {route: {receiver: a}, receivers: [{name: a}, {name: 'null'}]}}\n",
    "alertmanager.yaml": "route: {receiver: a}\nreceivers: [{name: a}]\n",
    "alerts.yaml": "groups: [{name: a, rules: [{alert: A, expr: up == 0, annotations: {summary: a}}]}]\n",
    "clusters/prod/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n",
    "docker-compose.yaml": "services: {web: {image: 'ghcr.io/a/web:v1'}, worker: {image: 'ghcr.io/a/worker:v1.0.0'}}\n",
    "tags.txt": "v1.2.3\nv1.2.4 2026-01-02T03:04:05Z\n",
    **dict.fromkeys(("base.yaml", "base", "ours.yaml", "ours"), "a: 1\n"),
    **dict.fromkeys(("theirs.yaml", "theirs"), "a: 2\n"),
}


def test_each_example_does_its_work(empty: Repo, tmp_path: Path) -> None:
    """In the order of the help: the examples that make units come before those that name them."""
    other = source(tmp_path / "templates")
    other.git("tag", "v1.2.0", "v1^{commit}")
    for path, text in FILES.items():
        empty.write(path, text)
    done = []
    for name in COMMANDS:
        if name == "regenerate":
            git(empty.root, "add", "--all")
            git(empty.root, "commit", "--quiet", "--message", "units")
            git(empty.root, "update-ref", "refs/remotes/origin/main", "HEAD")
        for example in (_found(name).epilog or "").split("\n")[2:]:
            done.append((example.strip(), empty.run(*shlex.split(example)[1:])))
    assert len(done) > 2 * len(COMMANDS)
    assert {one: (told.code, told.err) for one, told in done if told.code > 1} == {}
    assert empty.has("merged.yaml")


@pytest.mark.parametrize("name", COMMANDS)
def test_metavars_are_those_of_the_documents(name: str) -> None:
    command = _found(name)
    text = command.get_help(command.make_context(name, [], resilient_parsing=True))
    usage = text.partition("\n\n")[0]
    assert not re.search(r"[{}]|\b[a-z]+\b", usage.removeprefix(f"Usage: {name}")), usage
    assert not re.search(r"<(str|int|path|text|integer)>", text)


def test_a_wrong_example_would_be_seen() -> None:
    with pytest.raises(app._USAGE_ERROR, match="--stricter"):
        _group().commands["diff"].make_context("diff", ["--stricter"])
