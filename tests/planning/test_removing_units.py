"""``scaffold rm``: what was generated goes, what people made stays, and what others need is handed over."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable

import pytest

from ..conftest import DEPLOYMENT, LOCK, SPEC, Repo, git

KUSTOMIZATION = "services/payments/deploy/kustomization.yaml"


def commit(repo: Repo) -> None:
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "work")


@pytest.fixture
def shared(repo: Repo) -> Repo:
    """A repository in which payments makes the namespace that ledger and audit use too."""
    for name in ("ledger", "audit"):
        repo.ok("new-service", name, "--image", f"a/{name}:1.2.3", "--namespace", "payments", "-q")
        assert "create: false" in repo.read(f"services/{name}/scaffold.yaml")
    commit(repo)
    return repo


def test_what_was_generated_goes(repo: Repo) -> None:
    repo.ok("new-service", "web", "--image", "a/b:1.2.3", "-q")
    before = repo.snapshot()
    repo.ok("new-service", "gone", "--image", "a/b:1.2.3", "--workflow", "-q")
    with_it = repo.snapshot()
    done = repo.ok("rm", "services/gone", "--dry-run")
    assert repo.snapshot() == with_it
    assert {f"would delete {one}" for one in with_it.keys() - before.keys()} == set(done.out.split("\n")) - {""}
    repo.ok("rm", "services/gone")
    assert repo.snapshot() == before
    assert not repo.has("services/gone")
    repo.ok("diff")


def test_several_at_once(repo: Repo) -> None:
    before = repo.snapshot()
    for name in ("a", "b"):
        repo.ok("new-service", name, "--image", "a/b:1.2.3", "-q")
    assert repo.ok("rm", "services/a", "services/b", "services/a", "-q").out == ""
    assert repo.snapshot() == before


def test_the_users_files_and_the_units_below_stay(repo: Repo) -> None:
    repo.write("services/payments/notes.md", "mine\n")
    repo.ok("new-e2e", "inner", "--plugin", "x", "--dir", "services/payments/tests", "--no-workflow", "-q")
    done = repo.ok("rm", "services/payments")
    assert "your files stay:\n    services/payments/notes.md\n" in done.out
    assert "services/payments/tests/" not in done.out.partition("your files stay:")[2]
    assert repo.read("services/payments/notes.md") == "mine\n"
    assert repo.has("services/payments/tests/scaffold.yaml")
    assert not repo.has(SPEC)
    repo.ok("diff")


def test_an_edited_file_is_a_conflict(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5 # peak")
    before = repo.snapshot()
    done = repo.run("rm", "services/payments")
    assert done.code == 1
    assert repo.snapshot() == before
    assert "nothing is removed" in done.out
    assert f"{DEPLOYMENT} is no longer applied if it stays: {KUSTOMIZATION}, which lists it, is deleted" in done.err
    assert f"scaffold rm services/payments --ours={DEPLOYMENT}" in done.out
    assert f"scaffold rm services/payments --theirs={DEPLOYMENT}" in done.out
    dry = repo.ok("rm", "services/payments", "--dry-run")
    assert dry.out == done.out.replace("nothing is removed", "nothing would be removed")
    assert repo.snapshot() == before
    dry = repo.ok("rm", "services/payments", f"--ours={DEPLOYMENT}", "--dry-run")
    assert f"would delete {SPEC}" in dry.out
    assert "nothing would be removed" not in dry.out


@pytest.mark.parametrize("side", ["keep yours:", "take it:"])
def test_the_printed_commands_settle_it(repo: Repo, side: str) -> None:
    repo.ok("new-service", "web", "--image", "a/b:1.2.3", "--workflow", "-q")
    flow = ".github/workflows/services-web.yaml"
    edited = {"services/web/deploy/deployment.yaml": "replicas: 1", flow: "timeout-minutes: 30"}
    for path, old in edited.items():
        repo.edit(path, old, f"{old}0 # mine")
    texts = {path: repo.read(path) for path in edited}
    done = repo.run("rm", "services/web")
    for _ in edited:
        assert done.code == 1
        line = next(one for one in done.out.split("\n") if side in one)
        done = repo.run(*shlex.split(line.partition(":")[2])[1:])
    assert done.code == 0
    assert not repo.has("services/web/scaffold.yaml")
    for path, text in texts.items():
        if side == "take it:":
            assert not repo.has(path)
        else:
            assert repo.read(path) == (text.partition("\n")[2] if path == flow else text), path
    repo.ok("diff")


def test_a_kept_kustomization_lists_what_is_deleted(repo: Repo) -> None:
    repo.write(KUSTOMIZATION, repo.read(KUSTOMIZATION) + "  - mine.yaml\n")
    done = repo.ok("rm", "services/payments", f"--ours={KUSTOMIZATION}")
    assert f"{KUSTOMIZATION} cannot be built if it stays: it lists " in done.err
    assert DEPLOYMENT in done.err


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda repo: (repo.root / LOCK).unlink(), "has no lock, so it is not known which files were generated"),
        (lambda repo: repo.write(LOCK, "{}"), "is not a lock"),
        (lambda repo: (repo.root / SPEC).unlink(), "is not the folder of a unit"),
    ],
)
def test_what_is_refused(repo: Repo, break_it: Callable[[Repo], None], message: str) -> None:
    break_it(repo)
    before = repo.snapshot()
    done = repo.run("rm", "services/payments")
    assert done.code == 2
    assert message in done.err
    assert repo.snapshot() == before


def test_an_invalid_spec_can_be_removed(repo: Repo) -> None:
    repo.write(SPEC, "template: [\n")
    repo.ok("rm", "services/payments")
    assert not repo.has("services/payments")


def test_the_ci_unit_comes_again(repo: Repo) -> None:
    done = repo.ok("rm", ".github")
    assert "scaffold init creates .github, the ci unit, again" in done.err
    assert not repo.has(".github/workflows/scaffold-flux-sync.yaml")
    repo.ok("diff")


def test_lines_that_name_it_are_listed(repo: Repo) -> None:
    repo.write("services/kustomization.yaml", "resources:\n- payments/deploy\n")
    done = repo.ok("rm", "services/payments", "-q")
    assert "    services/kustomization.yaml:2: - payments/deploy" in done.out


NAMING = {
    ".github/workflows/own.yaml": [
        "    paths: ['services/aa/**', '.github/workflows/own.yaml', '.github/**']",
        "      - uses: actions/checkout@aa4b1c0e5d2f9a8b7c6d5e4f3a2b1c0d9e8f7a6b",
        "      - uses: ./.github/workflows/scaffold-flux-sync.yaml",
        "      - run: make -C services/aa/e2e",
        "      - run: git diff ':(top,literal).github/workflows/e2e-tree.yaml'",
    ],
    "CODEOWNERS": ["/services/aa/ @team", "/.github/ @ops", ".github/workflows/scaffold-*.yaml @ops"],
    "services/kustomization.yaml": ["resources:", "- aa/deploy", "- payments/deploy"],
    "docs/x.md": ["services/aa/deploy/service.yaml", "services/aa/scaffold.yaml", "services/aa/deploy/mine.yaml"],
}  # fmt: skip
NAMED = {
    ("services/aa",): {".github/workflows/own.yaml": [1, 4], "CODEOWNERS": [1], "services/kustomization.yaml": [2],
                       "docs/x.md": [1, 2, 3]},
    (".github",): {".github/workflows/own.yaml": [3]},
    ("services/aa", ".github"): {".github/workflows/own.yaml": [1, 3, 4], "CODEOWNERS": [1],
                                 "services/kustomization.yaml": [2], "docs/x.md": [1, 2, 3]},
}  # fmt: skip


def listed_lines(out: str) -> list[str]:
    return sorted(out.partition("are not changed:\n")[2].rstrip("\n").split("\n")) if "are not changed" in out else []


def lines_of(found: dict[str, list[int]]) -> list[str]:
    return sorted(f"    {path}:{n}: {NAMING[path][n - 1].strip()}" for path, some in found.items() for n in some)


@pytest.mark.parametrize("units", NAMED)
def test_only_lines_that_name_what_goes_are_listed(repo: Repo, units: tuple[str, ...]) -> None:
    """The folder of the ci unit stays, with the workflows of others; the name of a unit may be part of any word."""
    repo.ok("new-service", "aa", "--image", "a/aa:1.2.3", "-q")
    for path, lines in NAMING.items():
        repo.write(path, "\n".join(lines) + "\n")
    done = repo.ok("rm", *units, "-q")
    assert listed_lines(done.out) == lines_of(NAMED[units])


def test_a_folder_in_which_a_file_stays_is_not_gone(repo: Repo) -> None:
    """What is named in it may be: a file that goes, a folder that goes, or the kustomization that another one lists."""
    repo.ok("new-service", "aa", "--image", "a/aa:1.2.3", "-q")
    repo.write("services/aa/deploy/mine.yaml", "a: 1\n")
    repo.write("services/aa/mine/kustomization.yaml", "resources:\n- ../deploy/service.yaml\n- ../deploy/mine.yaml\n")
    for path, lines in NAMING.items():
        repo.write(path, "\n".join(lines) + "\n")
    done = repo.ok("rm", "services/aa", "-q")
    named = {".github/workflows/own.yaml": [4], "services/kustomization.yaml": [2], "docs/x.md": [1, 2]}
    own = "    services/aa/mine/kustomization.yaml:2: - ../deploy/service.yaml"
    assert listed_lines(done.out) == sorted([*lines_of(named), own])


def test_an_adopted_file_stays_until_it_is_given_up(repo: Repo) -> None:
    """What was there before its unit is in no lock."""
    config = "route: {receiver: mine}\n    receivers: [{name: mine}]\n"
    repo.write("alerting/values.yaml", f"alertmanager:\n  config:\n    {config}")
    repo.ok("alerting", "--slack-channel", "#x", "--chart", "kube-prometheus-stack", "-q")
    before = repo.read("alerting/values.yaml")
    done = repo.run("rm", "alerting")
    assert done.code == 1
    assert repo.read("alerting/values.yaml") == before


# A namespace that other units need.


def test_a_namespace_is_handed_over(shared: Repo) -> None:
    done = shared.ok("rm", "services/payments")
    assert "services/audit makes the namespace payments now, needed by services/ledger too\n" in done.err
    assert "create: true" in shared.read("services/audit/scaffold.yaml")
    assert "name: payments" in shared.read("services/audit/deploy/namespace.yaml")
    assert "- namespace.yaml" in shared.read("services/audit/deploy/kustomization.yaml")
    assert "create: false" in shared.read("services/ledger/scaffold.yaml")
    shared.ok("diff")
    assert "needed by" not in shared.ok("diff").err
    done = shared.ok("rm", "services/audit")  # the last one that needs it makes it for itself
    assert "services/ledger makes the namespace payments now\n" in done.err


def test_a_dry_run_shows_it(shared: Repo) -> None:
    before = shared.snapshot()
    done = shared.ok("rm", "services/payments", "--dry-run")
    assert "+kind: Namespace" in done.out
    assert shared.snapshot() == before


def held(repo: Repo) -> None:
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + "hold: {service: ['services/a*']}\n")


def invalid(repo: Repo) -> None:
    repo.edit("services/audit/scaffold.yaml", "image:", "imagee:")


def taken(repo: Repo) -> None:
    repo.write("services/audit/deploy/namespace.yaml", "mine: [\n")


def never(repo: Repo) -> None:
    path = "services/audit/scaffold.yaml"
    repo.write(path, repo.read(path) + "files: {deploy/namespace.yaml: never}\n")
    repo.ok("regenerate", "-q")


@pytest.mark.parametrize("obstacle", [held, invalid, taken, never])
def test_the_next_unit_takes_it_if_the_first_cannot(shared: Repo, obstacle: Callable[[Repo], None]) -> None:
    obstacle(shared)
    done = shared.ok("rm", "services/payments")
    assert "services/ledger makes the namespace payments now" in done.err
    assert "create: true" in shared.read("services/ledger/scaffold.yaml")


def test_without_an_heir_nothing_is_removed(shared: Repo) -> None:
    held(shared)
    shared.edit(".scaffold/config.yaml", "services/a*", "services/*")
    before = shared.snapshot()
    done = shared.run("rm", "services/payments")
    assert done.code == 1
    assert "is the only unit that makes the namespace payments, needed by services/audit, services/ledger" in done.out
    assert "set namespace.create: true in the spec of one of them" in done.out
    dry = shared.ok("rm", "services/payments", "--dry-run")
    assert dry.out == done.out.replace("nothing is removed", "nothing would be removed")
    assert shared.snapshot() == before
    shared.edit(".scaffold/config.yaml", "hold: {service: ['services/*']}\n", "")
    shared.edit("services/ledger/scaffold.yaml", "create: false", "create: true")
    shared.ok("regenerate")
    shared.ok("rm", "services/payments")
    assert "create: false" in shared.read("services/audit/scaffold.yaml")


MADE_ELSEWHERE = {
    "plain": ("clusters/ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: payments}\n"),
    "a stream": ("ns.yml", "a: 1\n---\nmetadata:\n  name: 'payments'\nkind: Namespace\n"),
    "a list": ("l.yaml", "kind: List\nitems: [{kind: Namespace, metadata: {name: payments}}]\n"),
    "JSON": ("ns.json", '{"kind": "Namespace", "metadata": {"name": "payments"}}\n'),
    "a chart": ("chart/ns.yaml", "{{- if .x }}\nkind: Namespace\nmetadata:\n  name: payments\n{{- end }}\n"),
}
MADE_NOWHERE = {
    "another": ("ns.yaml", "kind: Namespace\nmetadata: {name: payments-2}\n"),
    "another kind": ("q.yaml", "kind: ResourceQuota\nmetadata: {name: payments}\n# Namespace\n"),
}


@pytest.mark.parametrize("name", [*MADE_ELSEWHERE, *MADE_NOWHERE])
def test_a_namespace_that_is_made_elsewhere_too(shared: Repo, name: str) -> None:
    path, text = {**MADE_ELSEWHERE, **MADE_NOWHERE}[name]
    shared.write(path, text)
    done = shared.ok("rm", "services/payments")
    assert ("makes the namespace payments now" in done.err) == (name in MADE_NOWHERE)


def test_all_units_of_a_namespace_at_once(shared: Repo) -> None:
    done = shared.ok("rm", "services/payments", "services/ledger", "services/audit")
    assert done.err == ""
    assert not shared.has("services")


def test_a_moved_unit_still_makes_it(shared: Repo) -> None:
    assert "needed by" not in shared.ok("mv", "services/payments", "apps/pay").err
    assert shared.ok("diff").err == ""


TOLD = "services/payments, which was deleted, made the namespace payments, needed by services/audit, services/ledger"


def test_a_deleted_folder_is_told(shared: Repo) -> None:
    shutil.rmtree(shared.root / "services/payments")
    for command in (("diff",), ("regenerate",), ("regenerate", "--dry-run"), ("validate",)):
        assert TOLD in shared.ok(*command).err, command
    assert shared.ok("diff", "services").err == ""
    git(shared.root, "checkout", "--quiet", "-b", "work")
    commit(shared)
    assert shared.ok("diff").err == ""
    assert TOLD in shared.ok("diff", "--changed-since", "main").err
    shared.edit("services/ledger/scaffold.yaml", "create: false", "create: true")
    shared.ok("regenerate", "-q")
    assert shared.ok("diff", "--changed-since", "main").err == ""


@pytest.mark.parametrize("name", MADE_ELSEWHERE)
def test_nothing_is_told_that_is_made_elsewhere(shared: Repo, name: str) -> None:
    shared.write(*MADE_ELSEWHERE[name])
    git(shared.root, "rm", "-r", "--quiet", "services/payments")
    assert shared.ok("diff").err == ""


def test_a_deleted_folder_whose_namespace_nobody_needs(shared: Repo) -> None:
    git(shared.root, "rm", "-r", "--quiet", "services/audit")
    assert shared.ok("diff").err == ""
    git(shared.root, "rm", "-r", "--quiet", "services/ledger", "services/payments")
    assert shared.ok("diff").err == ""
