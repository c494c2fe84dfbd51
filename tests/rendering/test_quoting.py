"""Values beside YAML reach the shell, make and GitHub as they are, or are refused: laws, with the real readers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.quoting import git_paths, has_expression, recipe_line, shell, workflow_scalar, workflow_text

from ..conftest import git
from ..support.real import tool

EXAMPLES = int(os.environ.get("SCAFFOLD_EXAMPLES", "25"))
LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)
HOSTILE = st.text("$`'\"\\#%!*?[]{}()~;&|<>=:@-+ \tendefaxé✓", max_size=20).filter(lambda one: "\t" not in one)
TEXT = LINE | HOSTILE
BAD = ["a\nb", "a\r", "\0", "\x1b[0m", "\x85", "\u2028", "\ud800", "a\n\tid"]


def arguments(script: str, name: str) -> list[str]:
    done = subprocess.run([name, "-c", f"printf '%s\\0' {script}"], capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=20))
def test_a_shell_reads_what_was_written(values: list[str]) -> None:
    for name in ("bash", "sh"):
        assert arguments(shell(values), name) == values


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=20))
def test_make_passes_on_what_was_written(values: list[str]) -> None:
    """In a recipe and through ``define``, by lines and as one script, with hostile variables around."""
    words = recipe_line(shell(values))
    head = "SHELL := bash\nMAKEFLAGS += --warn-undefined-variables\ndefine steps\nprintf '%s\\0' " + words + "\nendef\n"
    for one in ("", ".ONESHELL:\n"):
        text = f"{one}{head}.PHONY: a b\na:\n\t@printf '%s\\0' {words}\nb:\n\t@$(steps)\n"
        with TemporaryDirectory() as folder:
            Path(folder, "Makefile").write_bytes(text.encode())
            for target in ("a", "b"):
                done = subprocess.run([tool("make"), "-s", target], cwd=folder, capture_output=True, check=False)
                assert done.returncode == 0, done.stderr
                assert done.stderr == b""
                assert done.stdout.decode().split("\0")[:-1] == values


@settings(max_examples=EXAMPLES * 4, deadline=None)
@given(TEXT | st.text("${} a'\"", max_size=12))
def test_a_workflow_holds_no_expression_that_a_value_brought(value: str) -> None:
    if "${{" in value:
        assert has_expression({"a": [value]})
        assert has_expression({value: 1})
        for refuse in (workflow_scalar, workflow_text):
            with pytest.raises(ValueError, match="expression"):
                refuse(value)
        return
    assert not has_expression({"a": [value], "b": 1, "c": None})
    assert yaml.safe_load(f"run: {workflow_scalar(value)}") == {"run": value}
    assert workflow_text(value) == value


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_line_is_refused(bad: str) -> None:
    for refuse in (shell, recipe_line, workflow_text):
        with pytest.raises(ValueError, match="line end or control character"):
            refuse(bad)


def test_a_line_of_make_does_not_join_the_next() -> None:
    with pytest.raises(ValueError, match="backslash"):
        recipe_line("a\\")
    assert recipe_line(shell("a\\")) == "'a\\'"


def test_paths_are_taken_literally(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", ".")
    names = ["a*", "a b", "it's", "$HOME", "[x]", ":(top)", "!x", "ab", "x", "-x"]
    for name in names:
        (tmp_path / "sub").mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    git(tmp_path, "add", "--all")
    for name in names:
        script = f"git ls-files -- {git_paths([name])}"
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout == f"{name}\n"
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path / "sub", capture_output=True, text=True, check=True)
        assert done.stdout == f"../{name}\n"
    everything = subprocess.run(
        ["bash", "-c", f"git ls-files -- {git_paths(['.'])}"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert len(everything.stdout.splitlines()) == len(names)
