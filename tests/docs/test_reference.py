"""The reference pages say what the code says."""

from __future__ import annotations

import pytest

from . import reference


@pytest.mark.parametrize("path", reference.PAGES)
def test_the_page_is_up_to_date(path: str) -> None:
    found = (reference.ROOT / path).read_text("utf-8")
    assert found == reference.PAGES[path](), "run python -m tests.docs.reference --write"


def test_the_pages_have_every_command_and_key() -> None:
    commands, specs = (reference.PAGES[one]() for one in reference.PAGES)
    assert "| `--changed-since REF` |" in commands
    assert "| `resources.limits.cpu` |" in specs
    assert "| `sidecars[].image` |" in specs
