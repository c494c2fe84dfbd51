"""The reference pages have every command and key; that they are up to date is in ``test_tables``."""

from __future__ import annotations

from . import reference


def test_the_pages_have_every_command_and_key() -> None:
    commands, specs = (reference.PAGES[one]() for one in reference.PAGES)
    assert "| `--changed-since REF` |" in commands
    assert "## new-service" in commands
    assert "| `resources.limits.cpu` |" in specs
    assert "| `sidecars[].image` |" in specs
