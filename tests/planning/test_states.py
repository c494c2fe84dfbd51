"""Every row of the table of states through the command line: exit code, files and lock."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from ..conftest import DEPLOYMENT, LOCK, SPEC, Done, Repo, hide_an_edit

PDB = "services/payments/deploy/poddisruptionbudget.yaml"
SERVICE = "services/payments/deploy/service.yaml"


def port(repo: Repo, number: int) -> None:
    repo.edit(SPEC, "image:", f"port: {number}\nimage:")


def untouched(repo: Repo, *arguments: str, code: int) -> Done:
    before = repo.snapshot()
    done = repo.run(*arguments)
    assert done.code == code, done.text
    assert repo.snapshot() == before
    return done


def test_clean(repo: Repo) -> None:
    assert set(repo.states().values()) == {"clean"}
    untouched(repo, "diff", code=0)
    untouched(repo, "regenerate", code=0)


def test_edited_is_no_drift_and_is_left_alone(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    assert repo.states()[DEPLOYMENT] == "edited"
    untouched(repo, "diff", code=0)
    untouched(repo, "regenerate", code=0)
    untouched(repo, "diff", "--strict", code=1)


def test_a_change_of_line_ends_alone_is_clean(repo: Repo) -> None:
    repo.write(DEPLOYMENT, "\ufeff" + repo.read(DEPLOYMENT).replace("\n", "\r\n"))
    assert repo.states()[DEPLOYMENT] == "clean"
    untouched(repo, "diff", "--strict", code=0)
    port(repo, 9090)
    repo.ok("regenerate")
    text = repo.read(DEPLOYMENT)
    assert text.startswith("\ufeff")
    assert "containerPort: 9090\r\n" in text
    assert text.count("\n") == text.count("\r\n")


def test_behind_without_an_edit(repo: Repo) -> None:
    port(repo, 9090)
    assert repo.states()[DEPLOYMENT] == "behind"
    untouched(repo, "diff", code=1)
    repo.ok("regenerate")
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)
    assert repo.locked("deploy/deployment.yaml") == repo.read(DEPLOYMENT)
    untouched(repo, "diff", code=0)


def test_behind_with_an_edit_that_merges(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5 # peak")
    port(repo, 9090)
    assert repo.states()[DEPLOYMENT] == "behind"
    untouched(repo, "diff", code=1)
    repo.ok("regenerate")
    text = repo.read(DEPLOYMENT)
    assert "replicas: 5 # peak" in text
    assert "containerPort: 9090" in text
    locked = repo.locked("deploy/deployment.yaml")
    assert locked is not None
    assert "replicas: 1\n" in locked, "the lock holds what was rendered, so that the edit stays an edit"
    assert "containerPort: 9090" in locked
    assert repo.states()[DEPLOYMENT] == "edited"


def test_behind_where_the_user_was_first_changes_the_lock_alone(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "containerPort: 8080", "containerPort: 9090")
    port(repo, 9090)
    assert repo.states()[DEPLOYMENT] == "behind"
    untouched(repo, "diff", code=0)
    before = repo.snapshot()
    repo.ok("regenerate")
    assert {path for path, data in repo.snapshot().items() if before.get(path) != data} == {LOCK}
    assert repo.states()[DEPLOYMENT] == "clean"


def test_conflict_leaves_the_whole_unit_as_it_is(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "containerPort: 8080", "containerPort: 7070")
    repo.edit(SPEC, "image:", "port: 9090\nreplicas: 2\nimage:")
    assert repo.states()[DEPLOYMENT] == "conflict"
    untouched(repo, "diff", code=1)
    before = repo.snapshot()
    done = repo.run("regenerate")
    assert done.code == 1
    assert repo.snapshot() == before, "the new PodDisruptionBudget is not made either"
    field = "spec.template.spec.containers[name=app].ports[name=http].containerPort"
    line = repo.read(DEPLOYMENT).split("\n").index("              containerPort: 7070") + 1
    assert f"{DEPLOYMENT}:{line}: {field}: yours 7070, generated 9090 (was 8080)" in done.text
    (row,) = [one for one in repo.rows() if one["state"] == "conflict"]
    (conflict,) = row["conflicts"]
    assert (conflict["field"], conflict["line"]) == (field, line)
    assert (conflict["base"], conflict["ours"], conflict["theirs"]) == ("8080", "7070", "9090")
    assert conflict["settle"] in done.text


def test_conflict_settled_for_ours_stays_settled(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "containerPort: 8080", "containerPort: 7070")
    repo.edit(SPEC, "image:", "port: 9090\nreplicas: 2\nimage:")
    repo.ok("regenerate", "--ours")
    assert "containerPort: 7070" in repo.read(DEPLOYMENT)
    assert "replicas: 2" in repo.read(DEPLOYMENT)
    assert repo.has(PDB)
    assert repo.states()[DEPLOYMENT] == "edited"
    untouched(repo, "diff", code=0)
    untouched(repo, "regenerate", code=0)


def test_conflict_settled_for_theirs_takes_that_field_alone(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "containerPort: 8080", "containerPort: 7070 # mine")
    repo.edit(DEPLOYMENT, "periodSeconds: 20", "periodSeconds: 60")
    port(repo, 9090)
    field = "spec.template.spec.containers[name=app].ports[name=http].containerPort"
    repo.ok("regenerate", f"--theirs={DEPLOYMENT}:{field}")
    text = repo.read(DEPLOYMENT)
    assert "containerPort: 9090 # mine" in text
    assert "periodSeconds: 60" in text
    assert repo.states()[DEPLOYMENT] == "edited"


def test_one_conflict_settled_and_one_left(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "containerPort: 8080", "containerPort: 7070")
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    repo.edit(SPEC, "image:", "port: 9090\nreplicas: 2\nimage:")
    before = repo.snapshot()
    done = repo.run("regenerate", f"--ours={DEPLOYMENT}:spec.replicas")
    assert done.code == 1
    assert "spec.replicas: yours" not in done.text
    assert repo.snapshot() == before
    repo.ok("regenerate", f"--ours={DEPLOYMENT}:spec.replicas", f"--theirs={DEPLOYMENT}")
    assert "replicas: 5" in repo.read(DEPLOYMENT)
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)


def test_the_nearer_path_settles(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    repo.edit(SPEC, "image:", "replicas: 3\nimage:")
    untouched(repo, "regenerate", "--ours", "--theirs", code=2)
    untouched(repo, "regenerate", f"--ours={DEPLOYMENT}", f"--theirs={DEPLOYMENT}", code=2)
    repo.ok("regenerate", "--theirs=services", f"--ours={DEPLOYMENT}")
    assert "replicas: 5" in repo.read(DEPLOYMENT)


def test_settling_for_theirs_never_drops_comments_or_other_edits(repo: Repo) -> None:
    text = repo.read(DEPLOYMENT)
    repo.write(DEPLOYMENT, "".join(f"{line} # {n}\n" for n, line in enumerate(text.splitlines()) if "#" not in line))
    repo.edit(SPEC, "image:", "health_path: /healthz\nimage:")
    before = repo.read(DEPLOYMENT)
    done = repo.run("regenerate", "--theirs")
    after = repo.read(DEPLOYMENT)
    if done.code == 1:
        assert after == before
        assert "edit by hand" in done.text
    else:
        kept = {line.rpartition(" # ")[2] for line in after.splitlines() if " # " in line}
        probes = 3 * 2  # the two lines of tcpSocket in each probe
        assert len(kept) >= before.count("\n") - probes


def test_a_conflict_in_one_unit_does_not_stop_the_others(repo: Repo) -> None:
    repo.ok("new-service", "search", "--image", "ghcr.io/example/search:1.2.3")
    repo.edit(DEPLOYMENT, "containerPort: 8080", "containerPort: 7070")
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + "defaults: {service: {port: 9090}}\n")
    done = repo.run("regenerate")
    assert done.code == 1
    assert "containerPort: 9090" in repo.read("services/search/deploy/deployment.yaml")
    assert "containerPort: 7070" in repo.read(DEPLOYMENT)


def test_missing_is_written_again(repo: Repo) -> None:
    text = repo.read(SERVICE)
    (repo.root / SERVICE).unlink()
    assert repo.states()[SERVICE] == "missing"
    untouched(repo, "diff", code=1)
    lock = repo.read(LOCK)
    repo.ok("regenerate")
    assert repo.read(SERVICE) == text
    assert repo.read(LOCK) == lock


def test_missing_and_changed_is_written_as_it_is_generated_now(repo: Repo) -> None:
    (repo.root / DEPLOYMENT).unlink()
    port(repo, 9090)
    assert repo.states()[DEPLOYMENT] == "missing"
    untouched(repo, "diff", code=1)
    repo.ok("regenerate")
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)
    assert repo.locked("deploy/deployment.yaml") == repo.read(DEPLOYMENT)


def with_budget(repo: Repo) -> None:
    repo.edit(SPEC, "image:", "replicas: 2\nimage:")
    repo.ok("regenerate")
    assert repo.has(PDB)


def test_orphan_is_deleted(repo: Repo) -> None:
    with_budget(repo)
    repo.edit(SPEC, "replicas: 2\n", "")
    assert repo.states()[PDB] == "orphan"
    untouched(repo, "diff", code=1)
    repo.ok("regenerate")
    assert not repo.has(PDB)
    assert repo.locked("deploy/poddisruptionbudget.yaml") is None


def test_edited_orphan_is_a_conflict(repo: Repo) -> None:
    with_budget(repo)
    repo.edit(PDB, "maxUnavailable: 1", "maxUnavailable: 50%")
    repo.edit(SPEC, "replicas: 2\n", "")
    assert repo.states()[PDB] == "conflict"
    untouched(repo, "diff", code=1)
    untouched(repo, "regenerate", code=1)
    repo.ok("regenerate", f"--ours={PDB}")
    assert "50%" in repo.read(PDB)
    assert repo.locked("deploy/poddisruptionbudget.yaml") is None
    untouched(repo, "diff", code=0)


def test_edited_orphan_settled_for_theirs_is_deleted(repo: Repo) -> None:
    with_budget(repo)
    repo.edit(PDB, "maxUnavailable: 1", "maxUnavailable: 50%")
    repo.edit(SPEC, "replicas: 2\n", "")
    repo.ok("regenerate", "--theirs")
    assert not repo.has(PDB)


def test_new(repo: Repo) -> None:
    repo.edit(SPEC, "image:", "replicas: 2\nimage:")
    assert repo.states()[PDB] == "new"
    untouched(repo, "diff", code=1)
    repo.ok("regenerate")
    assert repo.locked("deploy/poddisruptionbudget.yaml") == repo.read(PDB)


def test_without_a_lock_equal_files_are_adopted(repo: Repo) -> None:
    lock = repo.read(LOCK)
    (repo.root / LOCK).unlink()
    assert set(repo.states("services").values()) == {"adopted"}
    untouched(repo, "diff", code=0)
    repo.ok("regenerate")
    assert repo.read(LOCK) == lock


def test_without_a_lock_what_only_we_add_is_added(repo: Repo) -> None:
    (repo.root / LOCK).unlink()
    repo.edit(DEPLOYMENT, "  replicas: 1\n", "")
    repo.edit(DEPLOYMENT, "apiVersion: apps/v1\n", "# ours, by hand\napiVersion: apps/v1\n")
    assert repo.states()[DEPLOYMENT] == "adopted"
    untouched(repo, "diff", code=1)
    repo.ok("regenerate")
    assert repo.read(DEPLOYMENT).startswith("# ours, by hand\napiVersion")
    assert "  replicas: 1\n" in repo.read(DEPLOYMENT)


def test_without_a_lock_what_differs_is_a_conflict(repo: Repo) -> None:
    (repo.root / LOCK).unlink()
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    assert repo.states()[DEPLOYMENT] == "conflict"
    untouched(repo, "diff", code=1)
    untouched(repo, "regenerate", code=1)
    repo.ok("regenerate", "--ours")
    assert "replicas: 5" in repo.read(DEPLOYMENT)
    assert json.loads(repo.read(LOCK))["files"]


def test_dry_run_writes_nothing_and_exits_0(repo: Repo) -> None:
    port(repo, 9090)
    before = repo.snapshot()
    done = repo.ok("regenerate", "--dry-run")
    assert "containerPort: 9090" in done.out
    assert repo.snapshot() == before


def test_a_comment_in_the_spec_changes_the_lock_alone(repo: Repo) -> None:
    repo.write(SPEC, repo.read(SPEC) + "# owned by the payments team\n")
    untouched(repo, "diff", code=0)
    before = repo.snapshot()
    repo.ok("regenerate")
    assert {path for path, data in repo.snapshot().items() if before.get(path) != data} == {LOCK}


def test_once_is_the_users_after_the_first_writing(repo: Repo) -> None:
    repo.write(SPEC, repo.read(SPEC) + "files: {'deploy/deployment.yaml': once}\n")
    repo.ok("regenerate")
    repo.edit(DEPLOYMENT, "containerPort: 8080", "containerPort: 7070")
    port(repo, 9090)
    assert repo.states()[DEPLOYMENT] == "edited"
    repo.ok("regenerate")
    assert "containerPort: 7070" in repo.read(DEPLOYMENT)


def test_never_is_how_a_file_stays_deleted(repo: Repo) -> None:
    (repo.root / SERVICE).unlink()
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + "files: {'*/service.yaml': never}\n")
    untouched(repo, "diff", code=1)
    repo.ok("regenerate")
    assert not repo.has(SERVICE)
    assert repo.locked("deploy/service.yaml") is None
    assert "  - service.yaml" not in repo.read("services/payments/deploy/kustomization.yaml")


def test_never_leaves_a_file_that_is_there(repo: Repo) -> None:
    repo.write(SPEC, repo.read(SPEC) + "files: {'deploy/service.yaml': never}\n")
    repo.ok("regenerate")
    assert repo.has(SERVICE)
    untouched(repo, "diff", code=0)


def test_locked_paths_turn_an_edit_into_a_finding(repo: Repo) -> None:
    config = repo.read(".scaffold/config.yaml")
    repo.write(".scaffold/config.yaml", config + "locked: [spec.template.spec.securityContext]\n")
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    untouched(repo, "diff", code=0)
    repo.edit(DEPLOYMENT, "runAsUser: 10001", "runAsUser: 20002")
    done = repo.run("diff")
    assert done.code == 1
    assert "spec.template.spec.securityContext is locked" in done.out


def test_locked_paths_that_lead_to_too_much_are_told_and_hold_nothing(empty: Repo) -> None:
    """Two hundred paths with stars over a list of 20,000 maps; a few over the same list are checked."""
    base = ".scaffold/templates/long"
    schema = {"type": "object", "properties": {"template": {}, "name": {"type": "string"}}}
    for path, text in (("version", "1\n"), ("cookiecutter.json", "{}"), ("schema.json", json.dumps(schema))):
        empty.write(f"{base}/{path}", text)
    empty.write(
        f"{base}/{{{{cookiecutter.name}}}}/long.yaml", "k:\n" + "".join(f"- {{a: {n}}}\n" for n in range(20_000))
    )
    empty.write("long/scaffold.yaml", "template: long\nname: x\n")
    empty.ok("regenerate")
    empty.edit("long/long.yaml", "{a: 7}", "{a: 8}")
    config = empty.read(".scaffold/config.yaml")
    empty.write(".scaffold/config.yaml", config + "locked: [k.*.a, '*.*.b', k.7.a, k.8.a]\n")
    done = untouched(empty, "diff", code=1)
    assert [line.split(" is locked")[0] for line in done.out.splitlines() if " is locked" in line] == [
        "long/long.yaml: k.*.a",
        "long/long.yaml: k.7.a",
    ]
    empty.write(".scaffold/config.yaml", config + f"locked: {[f'*.*.b{n}' for n in range(200)]}\n")
    started = time.monotonic()
    done = untouched(empty, "diff", code=2)
    assert "long/long.yaml: is too large to check against all locked paths" in done.err
    assert time.monotonic() - started < 60


def test_a_held_unit_is_behind_only_when_its_spec_changed(repo: Repo) -> None:
    config = repo.read(".scaffold/config.yaml")
    repo.write(
        ".scaffold/config.yaml", config + "hold: {service: ['services/p*']}\ndefaults: {service: {port: 9090}}\n"
    )
    untouched(repo, "diff", code=0)
    untouched(repo, "regenerate", code=0)
    repo.edit(SPEC, "image:", "replicas: 3\nimage:")
    untouched(repo, "diff", code=1)
    untouched(repo, "regenerate", code=1)


Tampering = Callable[[Repo], object]


def lock_with(change: Callable[[dict[str, Any]], object]) -> Tampering:
    def tamper(repo: Repo) -> None:
        lock = json.loads(repo.read(LOCK))
        change(lock)
        repo.write(LOCK, json.dumps(lock, indent=1, ensure_ascii=False) + "\n")

    return tamper


# How a pull request changes a lock so that plain ``diff`` finds nothing to render.
TAMPERINGS: dict[str, Tampering] = {
    "no files": lock_with(lambda lock: lock.update(files=[])),
    "a file less": lock_with(lambda lock: lock["files"].pop()),
    "an edit that is hidden": hide_an_edit,
    "a text without its digest": lock_with(lambda lock: lock["files"][0]["text"].insert(1, "# more")),
    "another mode": lock_with(lambda lock: lock["files"][0].update(mode="755")),
    "another origin": lock_with(lambda lock: lock["files"][0].update(origin="other.yaml")),
    "an older version": lock_with(lambda lock: lock["template"].update(version=0)),
}


@pytest.mark.parametrize("tampering", TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_verify_finds_a_lock_that_does_not_tell_the_truth(repo: Repo, tampering: Tampering) -> None:
    tampering(repo)
    untouched(repo, "diff", code=0)
    done = repo.run("diff", "--verify")
    assert done.code == 2
    assert f"{LOCK}:1:1: " in done.err
    # What the message says to do shows what was hidden, or nothing where nothing was.
    (repo.root / LOCK).unlink()
    again = repo.run("regenerate")
    assert again.code == (1 if tampering is hide_an_edit else 0), again.text


@pytest.mark.parametrize("what", ["lock", "entry"])
def test_an_edit_without_a_base_is_drift_and_is_held_against_locked_paths(repo: Repo, what: str) -> None:
    """Without the lock, or its entry, an addition merges to itself, so that nothing is to be written."""
    config = repo.read(".scaffold/config.yaml")
    repo.write(".scaffold/config.yaml", config + "locked: [spec.template.spec.hostNetwork]\n")
    account = "      serviceAccountName: payments\n"
    repo.edit(DEPLOYMENT, account, f"{account}      hostNetwork: true\n")
    untouched(repo, "diff", code=1)
    if what == "lock":
        (repo.root / LOCK).unlink()
    else:
        lock_with(lambda lock: lock.update(inputs="0" * 40, files=lock["files"][1:]))(repo)
    for options in ((), ("--verify",), ("--verify", "--strict")):
        done = untouched(repo, "diff", *options, code=1)
        assert "spec.template.spec.hostNetwork is locked" in done.out
    repo.edit(DEPLOYMENT, "      hostNetwork: true\n", "      hostname: mine\n")
    untouched(repo, "diff", code=1)
    repo.ok("regenerate")
    untouched(repo, "diff", "--verify", code=0)
    assert repo.states()[DEPLOYMENT] == "edited"
    assert "hostname: mine" in repo.read(DEPLOYMENT)


def test_a_lock_does_not_say_which_template_is_held(repo: Repo) -> None:
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + "hold: {alerting: ['*']}\n")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    lock_with(lambda lock: lock["template"].update(name="alerting", version=0))(repo)
    untouched(repo, "diff", code=1)


def _moved(text: str) -> str:
    """Move the context of the only container, as it is, to a new one in front of it."""
    found = re.search(r" {10}securityContext:\n(?: {12}.*\n)+", text)
    assert found
    pause = f"      containers:\n        - name: pause\n{found.group()}"
    return text.replace(found.group(), "").replace("      containers:\n", pause, 1)


LOCKED_EDITS = {
    "a field moves to another item": ("spec.template.spec.containers.*.securityContext", _moved),
    "a merge key brings it": (
        "spec.template.spec.hostNetwork",
        lambda text: text.replace("      volumes:\n", "      <<: {hostNetwork: true}\n      volumes:\n"),
    ),
}


@pytest.mark.parametrize(("path", "edit"), LOCKED_EDITS.values(), ids=LOCKED_EDITS.keys())
def test_a_locked_path_is_held_by_its_places(repo: Repo, path: str, edit: Callable[[str], str]) -> None:
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + f"locked: ['{path}']\n")
    text = repo.read(DEPLOYMENT)
    assert edit(text) != text
    untouched(repo, "diff", code=0)
    repo.write(DEPLOYMENT, edit(text))
    assert f"{path} is locked" in untouched(repo, "diff", code=1).out


def test_a_file_that_cannot_be_read_is_not_free_of_locked_paths(repo: Repo) -> None:
    repo.write(DEPLOYMENT, repo.read(DEPLOYMENT) + "x: " + "[" * 200 + "]" * 200 + "\n")
    untouched(repo, "diff", code=0)
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + "locked: [spec.replicas]\n")
    assert f"{DEPLOYMENT}:" in untouched(repo, "diff", code=2).err


def test_how_a_checkout_ends_lines_is_no_input(repo: Repo) -> None:
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + "hold: {service: ['services/p*']}\n")
    repo.write(SPEC, "\ufeff" + repo.read(SPEC).replace("\n", "\r\n"))
    untouched(repo, "diff", "--verify", code=0)
    assert "0 files changed" in untouched(repo, "regenerate", code=0).out


def test_verify_finds_nothing_in_a_lock_that_does(repo: Repo) -> None:
    untouched(repo, "diff", "--verify", code=0)
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 7 # mine")
    untouched(repo, "diff", "--verify", code=0)
    assert untouched(repo, "diff", "--verify", "--strict", code=1).out == repo.run("diff", "--strict").out
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + "hold: {service: ['services/p*']}\n")
    untouched(repo, "diff", "--verify", code=0)
    repo.edit(SPEC, "image:", "replicas: 3\nimage:")
    assert untouched(repo, "diff", "--verify", code=1).out == repo.run("diff").out


def test_a_command_that_edits_the_spec_of_a_held_unit_says_so(repo: Repo) -> None:
    edit = ("new-service", "payments", "--image", "ghcr.io/example/payments:v1.2.3", "--replicas", "4", "--update")
    repo.ok(*edit)
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + "hold: {service: ['services/p*']}\n")
    before = repo.read(DEPLOYMENT)
    done = repo.run(*edit[:-2], "5", "--update")
    assert done.code == 1
    assert "held      services/payments: its spec changed; remove hold" in done.out
    assert "replicas: 5" in repo.read(SPEC)
    assert repo.read(DEPLOYMENT) == before
    repo.write(SPEC, repo.read(SPEC).replace("replicas: 5", "replicas: 4"))
    assert "held" not in repo.ok(*edit).text
