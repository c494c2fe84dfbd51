"""What ``explain`` and ``reset`` take as a place: the config, a column, and never an empty field."""

from __future__ import annotations

import json

import pytest

from ..conftest import DEPLOYMENT, SPEC, Repo, edit_deployment

CONFIG = ".scaffold/config.yaml"


def test_the_config(repo: Repo) -> None:
    """Its values, with the units that have them; what is a unit's own is said to be so."""
    repo.ok("new-service", "web", "--image", "a/web:1.2.3", "--no-e2e")
    repo.write(SPEC, repo.read(SPEC) + "replicas: 3\n")
    head = repo.read(CONFIG).rstrip() + "\n"
    text = f"{head}defaults:\n  service:\n    replicas: 2\n    health_path: null\n"
    text += "locked: [spec.paused]\nregistry: r.example\n"
    repo.write(CONFIG, text)
    line = text.split("\n").index("    replicas: 2") + 1
    out = repo.ok("explain", CONFIG).out
    shown = f"{CONFIG}:{line}: defaults.service.replicas: 2\n    the value of 1 unit: services/web\n"
    assert f"{shown}    decided by the spec of 1 unit: services/payments\n" in out
    assert 'locked[0]: "spec.paused"\n    about the repository, not a unit: YAML paths' in out.replace("yAML", "YAML")
    assert 'registry: "r.example"\n    the value of ' in out
    for what in (f":{line}", f":{line}:15", ":defaults.service.replicas"):
        assert repo.ok("explain", f"{CONFIG}{what}").out.startswith(shown)
    (row,) = json.loads(repo.ok("explain", f"{CONFIG}:{line}", "--format", "json").out)
    assert (row["units"], row["decided_by_spec"], row["line"]) == (["services/web"], ["services/payments"], line)
    # The judge: without the default, exactly the first unit changes.
    repo.ok("regenerate", "-q")
    repo.write(CONFIG, text.replace("    replicas: 2\n", "    replicas: 4\n"))
    assert {one.split("/")[1] for one in repo.states() if repo.states()[one] == "behind"} == {"web"}
    assert repo.run("explain", f"{CONFIG}:1").code == 2


def test_the_config_of_specs_that_cannot_be_read(repo: Repo) -> None:
    repo.write(SPEC, "template: [\n")
    assert "automation" in repo.ok("explain", CONFIG).out


@pytest.mark.parametrize("ending", ["20:5", "20:", "20:5:"])
def test_a_column_is_accepted(repo: Repo, ending: str) -> None:
    assert repo.ok("explain", f"{DEPLOYMENT}:{ending}").out == repo.ok("explain", f"{DEPLOYMENT}:20").out
    assert repo.ok("explain", f"{SPEC}:4:1").out == repo.ok("explain", f"{SPEC}:4").out
    edit_deployment(repo)
    edited = repo.read(DEPLOYMENT).split("\n").index("  replicas: 5 # peak") + 1
    one = repo.ok("reset", f"{DEPLOYMENT}:{edited}", "--dry-run").out
    assert repo.ok("reset", f"{DEPLOYMENT}:{edited}:3", "--dry-run").out == one


@pytest.mark.parametrize("ending", [":", "::", "::20", "::spec.replicas"])
def test_an_empty_field_is_not_the_whole_file(repo: Repo, ending: str) -> None:
    """As from an unset variable: nothing is given up."""
    edit_deployment(repo)
    before = repo.snapshot()
    for command in (("reset",), ("explain",)):
        done = repo.run(*command, f"{DEPLOYMENT}{ending}")
        assert done.code == 2
        assert (
            f"{DEPLOYMENT}: has no field or line after its colon\n    write {DEPLOYMENT}, or {DEPLOYMENT}:FIELD"
            in done.err
        )
    for way in ("ours", "theirs", "reset"):
        done = repo.run("regenerate", f"--{way}={DEPLOYMENT}{ending}")
        assert done.code == 2
        assert f"--{way}: {DEPLOYMENT}{ending} has no field or line after its colon" in done.err
    assert repo.snapshot() == before
