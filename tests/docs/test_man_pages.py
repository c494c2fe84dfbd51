"""The man pages have what the help has, and groff formats them without a warning."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from generator.cli import app

from ..support.real import tool
from . import man_pages

PAGES = man_pages.man_pages()


def formatted(text: str) -> tuple[str, str]:
    """Return a page as groff prints it, on one line, and groff's warnings."""
    command = [tool("groff"), "-man", "-Tutf8", "-ww", "-P-cbou"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split()), done.stderr


@pytest.mark.parametrize("name", PAGES)
def test_groff_formats_each_page_without_a_warning(name: str) -> None:
    assert formatted(PAGES[name])[1] == ""


def test_a_wrong_page_would_be_seen() -> None:
    assert "nosuch" in formatted(PAGES["scaffold.1"] + ".nosuch request\n")[1]


def test_there_is_a_page_for_each_command() -> None:
    assert {f"scaffold-{name}.1" for name in app.command_names()} <= PAGES.keys()
    assert {one.name for one in Path(man_pages.FOLDER).iterdir()} == PAGES.keys()


def test_a_page_has_options_examples_and_exit_codes() -> None:
    text = formatted(PAGES["scaffold-diff.1"])[0]
    assert "scaffold-diff - Show what regenerate would change" in text
    assert "--changed-since REF Only units changed since this git revision." in text
    assert "scaffold diff --changed-since origin/main --format github" in text
    assert "130 interrupted" in text
