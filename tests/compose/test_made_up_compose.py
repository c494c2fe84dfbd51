"""Made-up Compose files (``made_up_compose``), read, judged by Docker Compose's own loader, and made units."""

from __future__ import annotations

from generator.command_template import command_template
from generator.create import Known, create_unit
from generator.creation import FromFile, Given
from generator.pipeline import Pipeline, read_config
from generator.taken_values import accepted_values
from generator.worktree import Worktree

from ..conftest import Repo
from .made_up_compose import SECRET, ComposeAuthor, check_files, leaks, outcome

READ, JUDGED, MADE = 200, 300, 12


def test_no_secret_is_taken_and_nothing_is_left_untold() -> None:
    ended = check_files(READ, "read", judged=False)
    assert ended["read"] == READ
    assert ended["changed, read"] > READ // 4
    assert ended["changed, refused"] > READ // 10


def test_docker_compose_reads_them_alike() -> None:
    assert check_files(JUDGED, "judged", judged=True)["judged"] > JUDGED // 2


def test_what_is_taken_makes_a_unit(empty: Repo) -> None:
    worktree = Worktree(empty.root)
    refused: set[str] = set()
    for number in range(MADE):
        text = ComposeAuthor(f"made/{number}").file()
        found = outcome(text)
        assert isinstance(found, FromFile)
        pipeline = Pipeline(worktree, read_config(worktree))
        folder = f"services/made-{number}"
        chosen = command_template(pipeline, folder, "service", None)
        given = [Given(("name",), f"made-{number}", "NAME"), Given(("image",), "a/b", ""), Given(("tag",), "1.0.0", "")]
        taken = [one for one in found.values if one.where != ("build",)]
        values, notes = accepted_values(pipeline, folder, chosen, given, taken, "compose.yaml")
        made = create_unit(pipeline, folder, chosen, values, Known(False, ""))
        assert made.writes, text
        assert not any(SECRET in (one.after or "") for one in made.writes), text
        refused |= {one.partition("left out: ")[2] for one in notes}
    assert refused == set()


def test_the_checks_see_what_they_look_for() -> None:
    text = f"services: {{web: {{image: 'a:1', environment: {{HARMLESS: {SECRET}}}}}}}"
    assert leaks(outcome(text)), "a secret without a sign is not found, and the check says so"
