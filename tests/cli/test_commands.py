"""The commands beside regenerate and diff, and the options that they share."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ..conftest import DEPLOYMENT, SPEC, Repo, git


@pytest.fixture
def three(repo: Repo) -> Repo:
    """Three committed services."""
    repo.ok("new-service", "ledger", "--image", "ghcr.io/example/ledger:1.4.2", "--namespace", "payments")
    repo.ok("new-service", "search", "--image", "ghcr.io/example/search:main-1")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "three services")
    return repo


def listed(repo: Repo, *arguments: str, cwd: str = ".") -> list[str]:
    """Return the units, without the ci unit, which init makes."""
    done = repo.run("list", "--format", "json", *arguments, cwd=cwd)
    assert done.code == 0, done.text
    return [row["unit"] for row in json.loads(done.out) if row["unit"] != ".github"]


def test_init_makes_a_repository_ready_and_then_nothing(empty: Repo) -> None:
    before = empty.snapshot()
    assert {".scaffold/config.yaml", ".gitattributes", ".gitignore", ".scaffold/schemas/service.schema.json"} <= set(
        before
    )
    assert yaml.safe_load(empty.read(".scaffold/config.yaml"))["automation"] == "flux-v1"
    assert "nothing to do" in empty.ok("init").out
    assert empty.snapshot() == before


def test_init_chooses_flux_v2_and_makes_what_it_needs_once(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=trunk", ".")
    repo = Repo(tmp_path)
    repo.ok("init")
    assert yaml.safe_load(repo.read(".scaffold/config.yaml"))["automation"] == "flux-v2"
    assert yaml.safe_load(repo.read("automation/scaffold.yaml"))["branch"] == "trunk"
    made = yaml.safe_load(repo.read("automation/automation.yaml"))
    assert (made["kind"], made["metadata"]["namespace"]) == ("ImageUpdateAutomation", "flux-system")
    assert made["spec"]["git"]["checkout"] == {"ref": {"branch": "trunk"}}
    assert repo.run("validate").code == 0


@pytest.mark.parametrize("automation", ["flux-v1", "argocd", "keel", "none"])
def test_init_makes_no_automation_unit_for_what_needs_nothing(tmp_path: Path, automation: str) -> None:
    git(tmp_path, "init", "--quiet", ".")
    repo = Repo(tmp_path)
    repo.ok("init", "--automation", automation)
    assert not repo.has("automation")


def test_init_keeps_what_is_there(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", ".")
    repo = Repo(tmp_path)
    repo.write(".gitignore", "/build")
    repo.write("sub/x", "")
    assert repo.run("init", "--automation", "none", cwd="sub").code == 0
    assert repo.read(".gitignore").startswith("/build\n")
    assert "automation: none" in repo.read(".scaffold/config.yaml")
    repo.ok("init", "--automation", "flux-v1")
    assert "\nautomation: flux-v1\n" in repo.read(".scaffold/config.yaml")
    assert "# What updates image tags" in repo.read(".scaffold/config.yaml")


def test_without_git(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.ok("init", "--automation", "flux-v1")
    repo.ok("new-service", "payments", "--image", "a/b:1.2.3")
    repo.write("node_modules/x/scaffold.yaml", "template: service\n")
    assert listed(repo) == ["services/payments"]
    repo.ok("diff")


def test_new_service_writes_exactly_what_was_given(empty: Repo) -> None:
    empty.ok("new-service", "payments", "--image", "a/b:1.2.3", "--replicas", "3")
    text = empty.read(SPEC)
    schema = "# yaml-language-server: $schema=../../.scaffold/schemas/service.schema.json\n"
    assert text == schema + 'template: service\nname: payments\nimage: a/b\ntag: "1.2.3"\nreplicas: 3\n'
    assert (empty.root / "services/payments/../../.scaffold/schemas/service.schema.json").is_file()


def test_update_sets_values_in_place(repo: Repo) -> None:
    repo.write(SPEC, repo.read(SPEC).replace("name: payments\n", "name: payments  # ours\n") + "# the end\n")
    repo.ok("regenerate")
    again = ("new-service", "payments", "--image", "ghcr.io/example/payments:master-1", "--update")
    assert "nothing to do" in repo.ok(*again).out
    repo.ok(*again, "--port", "9090")
    text = repo.read(SPEC)
    assert "name: payments  # ours\n" in text
    assert text.endswith("# the end\n")
    assert "port: 9090\n" in text
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)


def test_a_new_service_over_other_files_writes_nothing(empty: Repo) -> None:
    empty.write(
        DEPLOYMENT, "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: payments\nspec:\n  replicas: 9\n"
    )
    before = empty.snapshot()
    command = ("new-service", "payments", "--image", "a/b:1.2.3", "--port", "9090")
    done = empty.run(*command)
    assert done.code == 1
    assert empty.snapshot() == before
    assert f"{DEPLOYMENT}:6: spec.replicas: yours 9, generated 1" in done.err
    assert "scaffold new-service payments --image a/b:1.2.3 --port 9090 --ours" in done.err
    assert "--theirs" in done.err
    empty.ok(*command, "--ours")
    assert "replicas: 9" in empty.read(DEPLOYMENT)
    assert empty.run("diff").code == 0


def test_dir(empty: Repo) -> None:
    empty.ok("new-service", "payments", "--image", "a/b:1.2.3", "--dir", "teams/a/payments")
    assert empty.has("teams/a/payments/deploy/deployment.yaml")
    assert "$schema=../../../.scaffold/schemas/" in empty.read("teams/a/payments/scaffold.yaml")
    empty.write("teams/b/x", "")
    assert empty.run("alerting", "--dir", "alerts", cwd="teams/b").code == 0
    assert empty.has("teams/b/alerts/values.yaml")
    assert listed(empty) == ["teams/a/payments", "teams/b/alerts"]


def test_two_alerting_units(empty: Repo) -> None:
    empty.ok("alerting")
    empty.ok("alerting", "staging", "--values-file", "staging.yaml", "--slack-channel", "#staging")
    assert empty.has("alerting/values.yaml")
    assert "#staging" in empty.read("alerting/staging/staging.yaml")
    empty.ok("diff")


def test_alerting_into_values_that_are_there(empty: Repo) -> None:
    """Where the file has no alertmanager yet, our part is added and no other line touched."""
    mine = "# our values\ngrafana:\n    enabled: false   # elsewhere\nprometheus: {prometheusSpec: {retention: 10d}}\n"
    empty.write("alerting/values.yaml", mine)
    empty.ok("alerting")
    text = empty.read("alerting/values.yaml")
    assert text.startswith(mine)
    assert "alertmanager" in yaml.safe_load(text)
    before = empty.snapshot()
    empty.ok("alerting")
    assert empty.snapshot() == before


def test_a_namespace_is_made_by_one_unit(three: Repo) -> None:
    assert three.has("services/payments/deploy/namespace.yaml")
    assert not three.has("services/ledger/deploy/namespace.yaml")
    assert yaml.safe_load(three.read("services/ledger/scaffold.yaml"))["namespace"] == {
        "name": "payments",
        "create": False,
    }


def test_an_object_is_made_by_one_unit(three: Repo) -> None:
    before = three.snapshot()
    again = ("new-service", "ledger", "--image", "a/b:1.2.3", "--namespace", "payments", "--dir", "other/ledger")
    done = three.run(*again)
    assert done.code == 2
    assert "NAME: services/ledger/scaffold.yaml already creates ledger in the namespace payments" in done.err
    done = three.run("new-service", "x", "--image", "a/b:1.2.3", "--namespace", "payments", "--create-namespace")
    assert done.code == 2
    assert "--create-namespace: services/payments/scaffold.yaml already creates the namespace payments" in done.err
    assert three.snapshot() == before


@pytest.mark.parametrize(
    ("automation", "options", "made"),
    [
        ("flux-v2", ("staging-web",), "ImageRepository staging-web-app in flux-system"),
        ("flux-v2", ("staging-web", "--container", "main"), ""),
        ("flux-v2", ("web", "--namespace", "other"), ""),
        ("argocd", ("web", "--namespace", "other"), ""),
        ("argocd", ("staging-web",), "ImageUpdater staging-web in argocd"),
        ("keel", ("web", "--namespace", "other"), ""),
    ],
)
def test_an_object_of_automation_is_made_by_one_unit(
    empty: Repo, automation: str, options: tuple[str, ...], made: str
) -> None:
    empty.write(".scaffold/config.yaml", empty.read(".scaffold/config.yaml").replace("flux-v1", automation))
    empty.ok("new-service", "web", "--dir", "a", "--image", "r.io/web:1.3.0", "--namespace", "staging")
    done = empty.run("new-service", *options, "--dir", "b", "--image", "r.io/web:1.2.3")
    assert done.code == (2 if made else 0), done.text
    assert f"NAME: a/scaffold.yaml already creates the {made}\n" in done.err or not made


def test_what_git_ignores_is_not_a_place_for_a_unit(empty: Repo) -> None:
    empty.write(".gitignore", empty.read(".gitignore") + "build/\n")
    before = empty.snapshot()
    done = empty.run("new-service", "x", "--image", "a/b:1.2.3", "--dir", "build/x")
    assert done.code == 2
    assert "git ignores build/x/scaffold.yaml" in done.err
    assert empty.snapshot() == before


def test_a_folder_with_a_name_that_cannot_be_stored_stops_no_other_unit(three: Repo) -> None:
    three.write("services/a:b/scaffold.yaml", "template: service\nname: od\nimage: a/b\n")
    three.edit(SPEC, "image:", "port: 9090\nimage:")
    done = three.run("regenerate")
    assert done.code == 2
    assert "services/a:b/scaffold.yaml:1:1: is in a folder whose name" in done.err
    assert "containerPort: 9090" in three.read(DEPLOYMENT)


def test_adopting_a_service_does_not_change_its_selector(empty: Repo) -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: leg\nspec:\n  selector:\n    app: leg\n"
    empty.write("services/leg/deploy/service.yaml", service)
    before = empty.snapshot()
    done = empty.run("new-service", "leg", "--image", "a/b:1.2.3")
    assert done.code == 1
    assert "spec.selector: yours {app: leg}" in done.err
    assert empty.snapshot() == before


def test_list(three: Repo) -> None:
    assert listed(three) == ["services/ledger", "services/payments", "services/search"]
    rows = json.loads(three.ok("list", "--format", "json").out)
    assert rows[0] == {"unit": ".github", "template": "ci", "name": "ci"}
    assert rows[1] == {"unit": "services/ledger", "template": "service", "name": "ledger"}
    assert three.ok("list").out.splitlines()[1] == "services/ledger  service"


def test_paths_name_units_at_under_or_around_them(three: Repo) -> None:
    assert listed(three, "services/search") == ["services/search"]
    assert listed(three, "services") == ["services/ledger", "services/payments", "services/search"]
    assert listed(three, "services/search/deploy/deployment.yaml") == ["services/search"]
    assert listed(three, ".", cwd="services/search/deploy") == ["services/search"]
    assert listed(three, "../ledger", "../search", cwd="services/payments") == ["services/ledger", "services/search"]
    for wrong in ("nothing", "/etc", "../.."):
        done = three.run("diff", wrong)
        assert done.code == 2
        assert wrong in done.err


TAKES_PATHS = ("regenerate", "diff", "status", "list", "validate", "render", "migrate flux-v1 flux-v2", "adopt", "rm",
               "tags --registry", "route --tree", "reset", "edits", "explain")  # fmt: skip


@pytest.mark.parametrize("command", TAKES_PATHS)
def test_an_empty_path_is_not_the_whole_repository(repo: Repo, command: str) -> None:
    """It is what a variable of a shell that is not set becomes."""
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    before = repo.snapshot()
    done = repo.run(*command.split(), "")
    assert (done.code, "is empty\n    name a" in done.err, done.out) == (2, True, ""), done.text
    assert repo.snapshot() == before
    if command in {"diff", "list", "regenerate"}:
        assert repo.run(command, ".").code == (command == "diff")


def test_shards_are_a_partition(three: Repo) -> None:
    parts = [listed(three, "--shard", f"{number}/2") for number in (1, 2)]
    assert sorted(parts[0] + parts[1]) == listed(three)
    for wrong in ("0/2", "3/2", "x", "1/", "1/0"):
        assert three.run("diff", "--shard", wrong).code == 2


def test_changed_since(three: Repo) -> None:
    assert listed(three, "--changed-since", "HEAD") == []
    three.edit("services/search/deploy/service.yaml", "port: 80", "port: 81")
    three.write("services/ledger/notes.txt", "untracked\n")
    three.write("docs/readme.md", "belongs to nobody\n")
    assert listed(three, "--changed-since", "HEAD") == ["services/ledger", "services/search"]
    git(three.root, "add", "--all")
    git(three.root, "commit", "--quiet", "--message", "changes")
    assert listed(three, "--changed-since", "HEAD") == []
    assert listed(three, "--changed-since", "HEAD~1") == ["services/ledger", "services/search"]
    (three.root / "services/payments/deploy/service.yaml").unlink()
    assert listed(three, "--changed-since", "HEAD") == ["services/payments"]
    assert listed(three, "services/search", "--changed-since", "HEAD~1") == ["services/search"]
    three.write(".scaffold/config.yaml", three.read(".scaffold/config.yaml") + "# all\n")
    assert len(listed(three, "--changed-since", "HEAD")) == 3


def test_changed_since_the_merge_base(three: Repo) -> None:
    git(three.root, "switch", "--quiet", "--create", "topic")
    three.edit(SPEC, "image:", "port: 9090\nimage:")
    git(three.root, "commit", "--quiet", "--all", "--message", "topic")
    git(three.root, "switch", "--quiet", "main")
    three.edit("services/search/scaffold.yaml", "image:", "port: 9090\nimage:")
    git(three.root, "commit", "--quiet", "--all", "--message", "main")
    git(three.root, "switch", "--quiet", "topic")
    assert listed(three, "--changed-since", "main") == ["services/payments"]


@pytest.mark.parametrize("revision", ["nothing", "--output=x", "-h", "HEAD~99", ""])
def test_a_revision_that_git_does_not_know(three: Repo, revision: str) -> None:
    done = three.run("diff", f"--changed-since={revision}")
    assert done.code == 2
    assert "--changed-since: git does not know" in done.err
    assert not three.has("x")


def test_a_repository_cannot_make_git_run_a_program(three: Repo) -> None:
    marker = three.root.parent / "ran"
    git(three.root, "config", "core.fsmonitor", f"touch {marker}")
    git(three.root, "config", "diff.external", f"touch {marker}")
    three.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    three.ok("diff", "--changed-since", "HEAD")
    assert not marker.exists()


def test_json_of_diff_and_status(three: Repo) -> None:
    assert json.loads(three.ok("diff", "--format", "json").out) == []
    three.edit(SPEC, "image:", "port: 9090\nimage:")
    done = three.run("diff", "--format", "json")
    assert done.code == 1
    (row,) = json.loads(done.out)
    assert set(row) >= {"unit", "path", "state", "conflicts", "diff"}
    assert (row["unit"], row["path"], row["state"], row["conflicts"]) == ("services/payments", DEPLOYMENT, "behind", [])
    assert "-              containerPort: 8080\n+              containerPort: 9090\n" in row["diff"]
    rows = json.loads(three.ok("status", "--format", "json").out)
    assert {one["state"] for one in rows} == {"clean", "behind"}
    assert len(rows) == 20 + 1


def test_status_of_a_unit_without_files(empty: Repo) -> None:
    empty.write("automation/scaffold.yaml", "template: automation\nname: automation\n")
    out = empty.ok("status", "--all", "automation").out
    assert out == "automation (automation): no files\n1 unit: no files\n"


def test_the_diff_is_a_patch_that_git_takes(three: Repo) -> None:
    three.edit(SPEC, "image:", "port: 9090\nreplicas: 2\nimage:")
    (three.root / "services/search/deploy/service.yaml").unlink()
    rows = json.loads(three.run("diff", "--format", "json").out)
    patch = "".join(row["diff"] for row in rows)
    three.write("../patch", patch)
    git(three.root, "apply", "../patch")
    assert three.run("diff").code == 0


def test_github_annotations(three: Repo) -> None:
    three.edit(SPEC, "image:", "port: 9090\nimage:")
    three.edit("services/search/deploy/deployment.yaml", "containerPort: 8080", "containerPort: 7070")
    three.edit("services/search/scaffold.yaml", "image:", "port: 9090\nimage:")
    done = three.run("diff", "--format", "github", GITHUB_ACTIONS="true")
    assert done.code == 1
    lines = done.out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"::error file={DEPLOYMENT},line=")
    assert lines[1].startswith("::error file=services/search/deploy/deployment.yaml,line=")
    assert "yours 7070, generated 9090" in lines[1]


def test_settling_a_path_that_is_not_generated(three: Repo) -> None:
    done = three.run("regenerate", "--ours=services/nothing.yaml")
    assert done.code == 2
    assert "services/nothing.yaml: is not a generated file" in done.err


def test_root(three: Repo, tmp_path: Path) -> None:
    elsewhere = Repo(tmp_path)
    assert elsewhere.run("diff", "--root", "repo").code == 0
    assert elsewhere.run("diff", "--root", "repo", "services/search").code == 0
    assert elsewhere.run("diff", "--root", "nowhere").code == 2


def test_a_template_of_the_repository(empty: Repo) -> None:
    base = ".scaffold/templates/note"
    empty.write(f"{base}/version", "3\n")
    empty.write(f"{base}/cookiecutter.json", '{"name": "x", "_extensions": ["generator.encode.Encoders"]}')
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"template": {}, "name": {"type": "string"}},
    }
    empty.write(f"{base}/schema.json", json.dumps(schema))
    empty.write(f"{base}/{{{{cookiecutter.name}}}}/note.yaml", "note: {{ cookiecutter.name | yaml }}\n")
    empty.write("notes/scaffold.yaml", "template: note\nname: '{{ 7*7 }}'\n")
    empty.ok("regenerate")
    assert empty.read("notes/note.yaml") == 'note: "{{ 7*7 }}"\n'
    empty.write(f"{base}/{{{{cookiecutter.name}}}}/note.yaml", "note: {{ cookiecutter.__class__.__mro__ }}\n")
    done = empty.run("regenerate")
    assert done.code == 2
    assert "cannot render note.yaml" in done.err
    empty.write(f"{base}/{{{{cookiecutter.name}}}}/{{{{cookiecutter.name}}}}.yaml", "a: 1\n")
    empty.write(f"{base}/{{{{cookiecutter.name}}}}/note.yaml", "note: 1\n")
    empty.write("notes/scaffold.yaml", "template: note\nname: ../../x\n")
    done = empty.run("regenerate")
    assert done.code == 2
    assert "renders '../../x.yaml'" in done.err
    empty.write(f"{base}/hooks/pre_gen_project.py", "raise SystemExit\n")
    assert "a link or hook" in empty.run("regenerate").err


def test_a_template_that_moves_a_file_takes_its_edits_along(repo: Repo) -> None:
    repo.ok("alerting")
    repo.edit("alerting/values.yaml", "group_wait: 30s", "group_wait: 10s # faster")
    repo.write("alerting/scaffold.yaml", repo.read("alerting/scaffold.yaml") + "values_file: alertmanager.yaml\n")
    done = repo.run("diff")
    assert done.code == 1
    assert "alerting/alertmanager.yaml (moved from alerting/values.yaml)" in done.out
    repo.ok("regenerate")
    assert not repo.has("alerting/values.yaml")
    assert "group_wait: 10s # faster" in repo.read("alerting/alertmanager.yaml")
    assert repo.run("diff").code == 0


BASE, OURS, THEIRS = "a: 1\nb: 2\nc: 3\n", "a: 1 # mine\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 4\n"


def merge_files(repo: Repo, base: str, ours: str, theirs: str, *arguments: str) -> tuple[int, str, str]:
    for name, text in (("b.yaml", base), ("o.yaml", ours), ("t.yaml", theirs)):
        repo.write(name, text)
    done = repo.run("merge", *arguments, "b.yaml", "o.yaml", "t.yaml")
    return done.code, done.out, done.err


def test_merge(empty: Repo) -> None:
    assert merge_files(empty, BASE, OURS, THEIRS)[:2] == (0, "a: 1 # mine\nb: 2\nc: 4\n")
    assert merge_files(empty, BASE, OURS, THEIRS, "-o", "out.yaml")[:2] == (0, "")
    assert empty.read("out.yaml") == "a: 1 # mine\nb: 2\nc: 4\n"


def test_merge_with_a_conflict_writes_nothing(empty: Repo) -> None:
    code, out, err = merge_files(empty, "a: 1\n", "a: 2\n", "a: 3\n", "-o", "o.yaml")
    assert (code, out, empty.read("o.yaml")) == (1, "", "a: 2\n")
    assert "o.yaml:1: a: yours 2, generated 3 (was 1)" in err
    assert empty.run("merge", "b.yaml", "o.yaml", "missing.yaml").code == 2


def test_as_gits_merge_driver(empty: Repo) -> None:
    """A commit after a conflict cannot drop the other side: the markers are in the file."""
    root = empty.root
    git(root, "config", "merge.scaffold.name", "scaffold")
    driver = f"{sys.executable} -m generator merge --markers --path %P %O %A %B -o %A"
    git(root, "config", "merge.scaffold.driver", driver)
    empty.write(".gitattributes", "*.yaml merge=scaffold\n")
    lines = "".join(f"k{number}: {number}\n" for number in range(9))
    empty.write("x.yaml", lines)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "base")
    git(root, "switch", "--quiet", "--create", "topic")
    empty.write("x.yaml", lines.replace("k1: 1", "k1: 1 # topic").replace("k5: 5", "k5: 55"))
    git(root, "commit", "--quiet", "--all", "--message", "topic")
    git(root, "switch", "--quiet", "main")
    empty.write("x.yaml", lines.replace("k1: 1", "k1: 11"))
    git(root, "commit", "--quiet", "--all", "--message", "main")
    git(root, "merge", "--quiet", "topic")
    assert "k1: 11 # topic\n" in empty.read("x.yaml")
    assert "k5: 55\n" in empty.read("x.yaml")
    git(root, "reset", "--quiet", "--hard", "HEAD~1")
    empty.edit("x.yaml", "k5: 5", "k5: 99")
    git(root, "commit", "--quiet", "--all", "--message", "clash")
    done = subprocess.run(["git", "merge", "topic"], cwd=root, capture_output=True, check=False)
    assert done.returncode == 1
    text = empty.read("x.yaml")
    assert "<<<<<<< ours\nk5: 99\n" in text
    assert "k5: 55\n>>>>>>> theirs\n" in text


def test_version_and_help(empty: Repo) -> None:
    assert empty.ok("--version").out.startswith("scaffold ")
    assert empty.ok("-v", "--version").out == empty.ok("--version").out
    for command in ("init", "new-service", "new-e2e", "alerting", "regenerate", "diff", "status", "list", "merge"):
        assert "Usage: scaffold" in empty.ok(command, "--help").out
    empty.ok("diff", "-v")
    assert empty.run("nothing").code == 2
    assert empty.run("diff", "--nothing").code == 2
