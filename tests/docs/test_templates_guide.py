"""The examples of the guide to templates do what it says, from its first file to its last command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from ..conftest import Repo
from ..own_templates.sources import FILES, Source, source
from ..own_templates.web import dumb_server

GUIDE = Path(__file__).resolve().parents[2] / "docs/user/templates.md"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"`(\.scaffold/templates/[^`]+)`")


def blocks(section: str) -> Iterator[tuple[str, str, str]]:
    """Yield the paragraph above each code block of a section, the block's language, and its text."""
    text = GUIDE.read_text("utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    assert text
    end = 0
    for found in _BLOCK.finditer(text):
        above = text[end : found.start()].strip().rpartition("\n\n")[2]
        yield above, found[1], found[2]
        end = found.end()


def run(repo: Repo, console: str, **replaced: str) -> int:
    """Run the commands of a console block, and compare what is shown of their output; return their number."""
    steps = re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]
    for step in steps:
        command, _, shown = step.partition("\n")
        program, *arguments = shlex.split(command)
        assert program == "scaffold"
        for old, new in replaced.items():
            arguments = [one.replace(old, new) for one in arguments]
        done = repo.ok(*arguments)
        assert not shown or done.out == shown, command
    return len(steps)


def test_a_template_from_nothing(empty: Repo) -> None:
    counts = {"files": 0, "commands": 0}
    for above, language, text in blocks("A template from nothing"):
        if language == "console":
            counts["commands"] += run(empty, text)
        elif text.startswith("defaults:"):
            empty.write(".scaffold/config.yaml", f"{empty.read('.scaffold/config.yaml')}{text}")
        else:
            empty.write(_FILE.findall(above)[-1], text)
            counts["files"] += 1
    assert counts == {"files": 5, "commands": 3}
    empty.ok("regenerate")
    assert "activeDeadlineSeconds: 300" in empty.read("jobs/cleanup/cronjob.yaml")
    empty.ok("validate")


def test_a_copy_of_a_shipped_template(empty: Repo) -> None:
    assert [run(empty, text) for _, language, text in blocks("A copy of a shipped template")] == [3]
    assert "image: ghcr.io/example/shop:v1.4.2" in empty.read("services/shop/deploy/deployment.yaml")
    empty.ok("template", "update", "web", "--dry-run")
    empty.ok("template", "update", "web")


def test_a_template_of_another_repository(empty: Repo, tmp_path: Path) -> None:
    other: Source = source(tmp_path / "other")
    other.git("tag", "v1.2.0", "v1^{commit}")
    other.commit({"version": "2\n"}, "v1.3.0")
    other.git("update-server-info")
    with dumb_server(other.root) as address:
        url = "https://git.example.org/platform/templates"
        assert [run(empty, text, **{url: address}) for _, _, text in blocks("A template of another repository")] == [2]
    assert empty.read(".scaffold/templates/nightly/version") == "2\n"
    assert empty.read(".scaffold/templates/nightly/schema.json") == FILES["schema.json"]
