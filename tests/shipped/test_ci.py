"""The workflows of the ci unit, run step by step with the real scaffold, and judged by real tools."""

from __future__ import annotations

import http.server
import json
import shutil
import subprocess
import sysconfig
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..conftest import DEPLOYMENT, LOCK, SPEC, Repo, git, hide_an_edit
from ..support import actions, forks
from ..support.real import tool

BIN = Path(sysconfig.get_path("scripts"))
REQUIREMENT = "scaffold-config==0.1.0"
WORKFLOWS = ".github/workflows"
FLUX_SYNC, DIFF, E2E = (f"{WORKFLOWS}/scaffold-{one}.yaml" for one in ("flux-sync", "diff", "e2e"))


def output_of(root: Path, *command: str) -> str:
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A committed repository with a service and every workflow."""
    repo = Repo(tmp_path_factory.mktemp("made"))
    git(repo.root, "init", "--quiet", "--initial-branch=main", ".")
    repo.ok("init", "--automation", "flux-v1", "--ci-install", REQUIREMENT)
    repo.ok("new-service", "payments", "--image", "ghcr.io/example/payments:master-1")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "start")
    return repo


@pytest.fixture
def ci(made: Repo, tmp_path: Path) -> Repo:
    """A copy of it."""
    return Repo(shutil.copytree(made.root, tmp_path / "repo"))


@pytest.fixture
def path(tmp_path: Path) -> list[Path]:
    """What comes before the usual PATH: the scaffold under test, and a python whose pip only notes what it installs."""
    stand_ins = tmp_path / "bin"
    stand_ins.mkdir()
    script = f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/installed\n'
    (stand_ins / "python").write_text(script)
    (stand_ins / "python").chmod(0o755)
    (stand_ins / "scaffold").symlink_to(Path(forks.command()) / "scaffold")
    return [stand_ins]


def workflow(repo: Repo, path: str) -> dict[str, Any]:
    return actions.load(repo.root / path)


def ran(job: actions.Job) -> list[str]:
    return [one.name for one in job.steps if one.outcome != "skipped"]


# --- what the tools say -----------------------------------------------------------------------------------------------

EVERYTHING = """\
runs_on: ubuntu-22.04
fail_on: error
flux_sync:
  tags: [flux-sync-a, clusters/b]
  paths: [clusters/a, b]
  environment: "on"
  secret: HOOK
registry: registry.example.com:5000/team
images:
  platforms: [linux/amd64, linux/arm/v7]
  environment: "yes"
  username: USER
  password: PASS
ci:
  branches: ["on", "release/**", "*"]
"""


@pytest.mark.parametrize("spec", ["", EVERYTHING], ids=["defaults", "everything"])
def test_the_tools_have_nothing_to_say(ci: Repo, spec: str) -> None:
    ci.write(".github/scaffold.yaml", ci.read(".github/scaffold.yaml") + spec)
    ci.ok("regenerate")
    files = sorted((ci.root / WORKFLOWS).iterdir())
    wanted = [f"scaffold-{one}.yaml" for one in ("diff", "e2e", "flux-sync", "images")]
    assert [one.name for one in files] == wanted
    for command in (
        [BIN / "actionlint", "-shellcheck", tool("shellcheck"), *files],
        [BIN / "zizmor", "--offline", "--persona", "pedantic", "--no-progress", ci.root],
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files],
    ):
        done = subprocess.run([str(one) for one in command], cwd=ci.root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_starts_the_workflows(ci: Repo) -> None:
    """No tag of Flux starts any but the one that waits for it, and that one nothing else."""
    for path in (DIFF, E2E):
        starts = actions.load(ci.root / path)["on"]
        assert starts["push"] == {"branches": ["main", "master"]}, "with branches alone no tag starts it"
        assert set(starts) <= {"push", "pull_request", "merge_group", "workflow_dispatch"}
        assert starts["pull_request"] is None, "a required check has no path filter"
    assert actions.load(ci.root / FLUX_SYNC)["on"] == {"push": {"tags": ["flux-sync"]}}


def test_every_job_has_limits(ci: Repo) -> None:
    for path in (DIFF, E2E, FLUX_SYNC):
        loaded = actions.load(ci.root / path)
        assert loaded["permissions"] == {}
        cancels = loaded["concurrency"]["cancel-in-progress"]
        assert cancels == ("${{ github.event_name == 'pull_request' }}" if path != FLUX_SYNC else False)
        for job in loaded["jobs"].values():
            assert job["timeout-minutes"]
            assert set(job["permissions"].items()) <= {("contents", "read")}
            for step in job["steps"]:
                assert "${{" not in step.get("run", "")
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False


def test_the_first_line_names_the_owner(ci: Repo) -> None:
    for path in (DIFF, E2E, FLUX_SYNC):
        assert ci.read(path).splitlines()[0] == "# Made from .github/scaffold.yaml"


# --- regenerate and diff ----------------------------------------------------------------------------------------------


def drift(repo: Repo, tmp_path: Path, path: list[Path]) -> actions.Job:
    context = {"github": {"run_attempt": 1}}
    env = {"GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "1"}
    return actions.run_job(
        workflow(repo, DIFF), "diff", repo.root, tmp_path / "runner", path=path, context=context, env=env
    )


def test_without_drift_nothing_is_uploaded(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    before = ci.snapshot()
    job = drift(ci, tmp_path, path)
    assert job.result == "success", job.steps
    assert "Upload the patch" not in ran(job)
    installed = (tmp_path / "installed").read_text().splitlines()
    options = ["--no-input", "--disable-pip-version-check", "--quiet"]
    assert installed == ["-I", "-m", "pip", "install", *options, "--", REQUIREMENT]
    assert ci.snapshot() == before


def test_an_edit_is_no_drift(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    ci.edit(DEPLOYMENT, "replicas: 1", "replicas: 4")
    git(ci.root, "commit", "--quiet", "--all", "--message", "edited")
    assert drift(ci, tmp_path, path).result == "success"


def test_drift_fails_and_its_patch_mends_it(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    ci.edit(SPEC, "name: payments\n", "name: payments\nport: 9090\nreplicas: 2\n")  # one file changed, one new
    (ci.root / "services/payments/deploy/service.yaml").unlink()
    git(ci.root, "add", "--all")
    git(ci.root, "commit", "--quiet", "--message", "drift")
    job = drift(ci, tmp_path, path)
    assert job.result == "failure"
    assert job.step("Diff").outcome == "failure"
    assert f"::error file={DEPLOYMENT}," in job.step("Diff").log
    upload = job.step("Upload the patch")
    assert upload.outcome == "success"
    assert upload.inputs["name"] == "scaffold-patch-1"
    assert "gh run download 7 --name scaffold-patch-1" in job.summary
    patch = tmp_path / "taken.patch"
    shutil.copy(upload.inputs["path"], patch)
    assert "new file mode" in patch.read_text("utf-8")
    git(ci.root, "reset", "--quiet", "--hard")
    git(ci.root, "clean", "--quiet", "--force", "-d")
    assert ci.run("diff").code == 1
    git(ci.root, "apply", str(patch))
    ci.ok("diff")
    assert "nothing" not in ci.ok("regenerate").out
    git(ci.root, "add", "--all")
    git(ci.root, "commit", "--quiet", "--message", "mended")
    assert drift(ci, tmp_path, path).result == "success"


def test_a_lock_that_hides_an_edit_fails(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    hide_an_edit(ci)
    ci.ok("diff")
    git(ci.root, "commit", "--quiet", "--all", "--message", "hidden")
    job = drift(ci, tmp_path, path)
    assert job.result == "failure"
    assert f"::error file={LOCK},line=1," in job.step("Diff").log


def test_a_conflict_fails_without_a_patch(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    ci.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    ci.edit(SPEC, "name: payments\n", "name: payments\nreplicas: 3\n")
    git(ci.root, "commit", "--quiet", "--all", "--message", "conflict")
    job = drift(ci, tmp_path, path)
    assert job.result == "failure"
    assert "title=scaffold%3A conflict" in job.step("Diff").log
    assert job.step("Create a patch that fixes it").outcome == "success"
    assert job.step("Upload the patch").outcome == "skipped"


def test_an_invalid_spec_fails_and_the_others_are_in_the_patch(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    ci.edit(SPEC, "name: payments\n", "name: payments\nport: 9090\n")
    ci.write("services/bad/scaffold.yaml", "template: service\nname: bad\n")
    git(ci.root, "add", "--all")
    git(ci.root, "commit", "--quiet", "--message", "invalid")
    job = drift(ci, tmp_path, path)
    assert job.result == "failure"
    assert "::error file=services/bad/scaffold.yaml," in job.step("Diff").log
    assert "9090" in Path(job.step("Upload the patch").inputs["path"]).read_text("utf-8")


def test_where_scaffold_cannot_be_installed_nothing_else_runs(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    (path[0] / "python").write_text("#!/bin/sh\nexit 1\n")
    job = drift(ci, tmp_path, path)
    assert job.result == "failure"
    assert ran(job) == ["Check out", "Set up Python", "Install scaffold"]


# --- the end-to-end orchestrator --------------------------------------------------------------------------------------


def with_e2e(repo: Repo) -> None:
    """Give the repository a service with an end-to-end test that notes that it ran."""
    tests = {
        "payments": "@pwd >> $(NOTES)",
        "ledger": "@pwd >> $(NOTES); mkdir -p output/logs; echo x > output/logs/a; false",
    }
    for name, recipe in tests.items():
        repo.write(f"services/{name}/e2e/Makefile", f"test:\n\t{recipe}\n")


def group(*dirs: str) -> dict[str, Any]:
    return {"name": dirs[0], "dirs": list(dirs), "plugins": [], "minutes": 20}


def test_the_matrix_is_an_output_of_the_changes(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    head = output_of(ci.root, "git", "rev-parse", "HEAD")
    cases = {"": "running all tests", "0" * 40: "running all tests", "f" * 40: "running all tests", head: ""}
    for base, said in cases.items():
        context = {"github": {"event": {"before": base, "pull_request": None, "merge_group": None}}}
        job = actions.run_job(workflow(ci, E2E), "changes", ci.root, tmp_path / "runner", path=path, context=context)
        assert job.result == "success", job.steps
        found = json.loads(job.outputs["matrix"])
        assert set(found) == {"include", "count"}
        assert said in job.step("Find the affected tests").log


def test_a_matrix_that_cannot_be_made_fails(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    ci.write("services/bad/scaffold.yaml", "template: service\nname: bad\n")
    context = {"github": {"event": {"before": ""}}}
    job = actions.run_job(workflow(ci, E2E), "changes", ci.root, tmp_path / "runner", path=path, context=context)
    assert job.result == "failure"
    assert "matrix" not in job.step("Find the affected tests").outputs


def run_test(
    repo: Repo, tmp_path: Path, found: dict[str, Any], matrix: dict[str, Any], path: Sequence[Path] = ()
) -> actions.Job:
    needs = {"changes": {"result": "success", "outputs": {"matrix": json.dumps(found)}}}
    context = {"needs": needs, "matrix": matrix, "strategy": {"job-index": 3}, "github": {"run_attempt": 2}}
    env = {"NOTES": str(tmp_path / "notes"), "HOME": str(tmp_path / "home")}
    return actions.run_job(
        workflow(repo, E2E), "test", repo.root, tmp_path / "runner", path=list(path), context=context, env=env
    )


def test_without_tests_the_job_is_skipped(ci: Repo, tmp_path: Path) -> None:
    assert run_test(ci, tmp_path, {"include": [], "count": 0}, {}).result == "skipped"


def test_a_job_runs_its_directories_one_after_another(ci: Repo, tmp_path: Path) -> None:
    tool("jq")
    with_e2e(ci)
    good, bad = "services/payments/e2e", "services/ledger/e2e"
    for dirs, result in (
        ((good,), "success"),
        ((bad,), "failure"),
        ((bad, good), "failure"),
        ((good, good), "success"),
    ):
        (tmp_path / "notes").write_text("")
        one = group(*dirs)
        job = run_test(ci, tmp_path, {"include": [one], "count": len(dirs)}, one)
        assert job.result == result
        assert (tmp_path / "notes").read_text().split() == [str(ci.root / each) for each in dirs]
        if result == "failure":
            assert f"failed: {bad}" in job.step("Test").log
            upload = job.step("Upload the logs of failed tests")
            assert upload.inputs["name"] == "e2e-3-2"
            assert (Path(upload.inputs["path"]) / bad / "logs/a").is_file()


CURL = """\
#!/bin/sh
# Gives what was asked for, and notes it: a krew whose plugins tell what they were installed from.
for last in "$@"; do case "$last" in https://*) echo "$last" >> {notes}; esac; done
cat > krew-linux_amd64 <<'END'
#!/bin/sh
for last in "$@"; do :; done
mkdir -p "$HOME/.krew/bin"
program="$HOME/.krew/bin/kubectl-$(basename -- "$last" .yaml)"
printf '#!/bin/sh\\necho %s\\n' "$last" > "$program"
chmod +x "$program"
END
chmod +x krew-linux_amd64
tar -czf krew-linux_amd64.tar.gz ./krew-linux_amd64
sha256sum krew-linux_amd64.tar.gz | cut -d ' ' -f 1 {broken}> krew-linux_amd64.tar.gz.sha256
rm krew-linux_amd64
"""


@pytest.mark.parametrize("broken", ["", "| tr 0-9 1-9 "], ids=["", "another digest"])
def test_plugins_are_installed_before_their_tests(ci: Repo, tmp_path: Path, path: list[Path], broken: str) -> None:
    tool("jq"), tool("sha256sum")
    (path[0] / "curl").write_text(CURL.format(notes=tmp_path / "asked", broken=broken))
    (path[0] / "curl").chmod(0o755)
    ci.write("e2e/tree/Makefile", "test:\n\tkubectl-tree >> $(NOTES) && kubectl-ns >> $(NOTES)\n")
    commit = "0" * 40
    one = {**group("e2e/tree"), "plugins": ["ns", f"tree@{commit}"]}
    job = run_test(ci, tmp_path, {"include": [one], "count": 1}, one, path)
    asked = (tmp_path / "asked").read_text().split()
    assert [one.rpartition("/")[2] for one in asked] == ["krew-linux_amd64.tar.gz", "krew-linux_amd64.tar.gz.sha256"]
    assert job.result == ("failure" if broken else "success"), job.steps
    if not broken:
        index = "https://raw.githubusercontent.com/kubernetes-sigs/krew-index"
        assert (tmp_path / "notes").read_text().split() == [f"--manifest-url={index}/{commit}/plugins/tree.yaml", "ns"]


def test_what_a_change_touches_is_what_is_run(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    """From the changes through the matrix, with a test that passes and one that fails."""
    tool("jq")
    ci.ok("new-service", "ledger", "--image", "a/b:1.2.3")
    ci.ok("new-service", "search", "--image", "a/b:1.2.3")
    git(ci.root, "add", "--all")
    git(ci.root, "commit", "--quiet", "--message", "two more")
    base = output_of(ci.root, "git", "rev-parse", "HEAD")
    with_e2e(ci)
    git(ci.root, "add", "--all")
    git(ci.root, "commit", "--quiet", "--message", "change")
    context: dict[str, Any] = {"github": {"event": {"before": base}, "run_attempt": 1}}
    changes = actions.run_job(workflow(ci, E2E), "changes", ci.root, tmp_path / "runner", path=path, context=context)
    found = json.loads(changes.outputs["matrix"])
    assert [one["dirs"] for one in found["include"]] == [["services/ledger/e2e"], ["services/payments/e2e"]]
    assert [run_test(ci, tmp_path, found, one).result for one in found["include"]] == ["failure", "success"]


def test_a_directory_may_have_any_name_that_a_unit_may_have(ci: Repo, tmp_path: Path) -> None:
    tool("jq")
    odd = "teams/a b/$(touch x)'\"`&-é/e2e"
    ci.write(f"{odd}/Makefile", "test:\n\t@echo ran >> $(NOTES)\n")
    one = group(odd)
    assert run_test(ci, tmp_path, {"include": [one], "count": 1}, one).result == "success"
    assert (tmp_path / "notes").read_text() == "ran\n"
    assert not ci.has("x")


def test_a_directory_without_a_test_fails(ci: Repo, tmp_path: Path) -> None:
    tool("jq")
    one = group("services/gone/e2e")
    assert run_test(ci, tmp_path, {"include": [one], "count": 1}, one).result == "failure"


@pytest.mark.parametrize("changes", ["success", "failure", "cancelled", "skipped"])
@pytest.mark.parametrize("test", ["success", "failure", "cancelled", "skipped"])
@pytest.mark.parametrize("count", [0, 3])
def test_the_gate(made: Repo, tmp_path: Path, changes: str, test: str, count: int) -> None:
    found = json.dumps({"include": [{}] * count, "count": count}) if changes == "success" else ""
    needs = {
        "changes": {"result": changes, "outputs": {"matrix": found}},
        "test": {"result": test, "outputs": {}},
    }
    job = actions.run_job(
        workflow(made, E2E), "gate", made.root, tmp_path / "runner", path=[], context={"needs": needs}
    )
    passes = changes == "success" and test == ("success" if count else "skipped")
    if changes == "success" and test == "success" and count == 0:
        return  # cannot be: the job is skipped where there is nothing to test
    assert job.result == ("success" if passes else "failure"), job.steps


# --- Flux's tag -------------------------------------------------------------------------------------------------------


class Slack(http.server.BaseHTTPRequestHandler):
    """Takes messages; the server has the list ``got``, and answers with ``code``."""

    def do_POST(self) -> None:
        server: Any = self.server
        server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(server.code)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def slack() -> Iterator[Any]:
    server: Any = http.server.HTTPServer(("127.0.0.1", 0), Slack)
    server.got, server.code = [], 200
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@dataclass
class Synced:
    """A repository with a tag that Flux moves."""

    repo: Repo
    slack: Any
    tmp_path: Path
    path: list[Path]

    def commit(self, message: str, path: str = "a") -> str:
        self.repo.write(path, message)
        git(self.repo.root, "add", "--all")
        git(self.repo.root, "commit", "--quiet", "--message", message)
        return output_of(self.repo.root, "git", "rev-parse", "HEAD")

    def tag(self, revision: str) -> str:
        """Move the tag as Flux does, and return the tag object."""
        git(self.repo.root, "tag", "--force", "-a", "-m", "Sync pointer", "flux-sync", revision)
        return output_of(self.repo.root, "git", "rev-parse", "flux-sync")

    def notify(self, before: str, after: str, *, root: Path | None = None, hook: str | None = None) -> actions.Job:
        tool("jq"), tool("curl")
        address = f"http://127.0.0.1:{self.slack.server_port}/hook" if hook is None else hook
        event = {"before": before, "deleted": False}
        github = {"event": event, "sha": after, "ref_name": "flux-sync", "token": "t"}
        context = {"github": github, "secrets": {"SLACK_WEBHOOK_URL": address}}
        env = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "example/config"}
        loaded = actions.load(self.repo.root / FLUX_SYNC)
        where = root or self.repo.root
        return actions.run_job(
            loaded, "notify", where, self.tmp_path / "runner", path=self.path, context=context, env=env
        )

    def clone(self) -> Path:
        """Return a clone, which has only what refs hold: not the tag object from before."""
        place = self.tmp_path / "clone"
        shutil.rmtree(place, ignore_errors=True)
        git(self.tmp_path, "clone", "--quiet", f"file://{self.repo.root}", str(place))
        return place

    @property
    def text(self) -> str:
        (message,) = self.slack.got
        text: str = message["text"]
        return text


@pytest.fixture
def synced(ci: Repo, slack: Any, tmp_path: Path, path: list[Path]) -> Synced:
    return Synced(ci, slack, tmp_path, path)


def test_the_message_tells_what_changed(synced: Synced) -> None:
    old = synced.tag(synced.commit("one"))
    synced.commit("two <!channel> & more")
    commit = synced.commit("three")
    new = synced.tag(commit)
    job = synced.notify(old, new)
    assert job.result == "success", job.steps
    first, *rest = synced.text.splitlines()
    before = output_of(synced.repo.root, "git", "rev-parse", f"{old}^{{commit}}")
    link = f"https://github.com/example/config/compare/{before}...{commit}"
    assert first == f"flux-sync is at <{link}|{commit[:12]}>"
    assert [line.split(" ", 2)[2] for line in rest] == ["three (t)", "two &lt;!channel&gt; &amp; more (t)"]


def test_the_commit_itself_may_be_told_of(synced: Synced) -> None:
    old = synced.commit("one")
    synced.notify(old, synced.commit("two"))
    assert "two (t)" in synced.text
    assert "one" not in synced.text


@pytest.mark.parametrize("before", ["missing", "0" * 40], ids=["missing", "first"])
def test_a_missing_old_tag_is_tolerated(synced: Synced, before: str) -> None:
    old = synced.tag(synced.commit("one"))
    new = synced.tag(synced.commit("two"))
    (synced.path[0] / "gh").write_text('#!/bin/sh\necho \'{"message":"Not Found","status":"404"}\'\nexit 1\n')
    (synced.path[0] / "gh").chmod(0o755)
    job = synced.notify(old if before == "missing" else before, new, root=synced.clone())
    assert job.result == "success", job.steps
    assert "not known" in synced.text
    assert "two (t)" in synced.text


def test_what_github_still_knows_of_the_old_tag_is_used(synced: Synced) -> None:
    commit = synced.commit("one")
    old = synced.tag(commit)
    new = synced.tag(synced.commit("two"))
    script = f'#!/bin/sh\n[ "$1 $2" = "api repos/example/config/git/tags/{old}" ] && echo {commit}\n'
    (synced.path[0] / "gh").write_text(script)
    (synced.path[0] / "gh").chmod(0o755)
    synced.notify(old, new, root=synced.clone())
    assert "not known" not in synced.text
    assert "two (t)" in synced.text
    assert "one (t)" not in synced.text


def test_a_step_back_tells_what_is_gone(synced: Synced) -> None:
    first = synced.commit("one")
    old = synced.tag(synced.commit("two"))
    synced.notify(old, synced.tag(first))
    assert "Removed:\n• " in synced.text
    assert "two (t)" in synced.text


def test_many_commits_are_counted(synced: Synced) -> None:
    old = synced.tag(synced.commit("start"))
    for number in range(23):
        git(synced.repo.root, "commit", "--quiet", "--allow-empty", "--message", f"commit {number}")
    synced.notify(old, synced.tag("HEAD"))
    assert synced.text.count("• ") == 20
    assert synced.text.endswith("… and 3 more")


def test_a_tag_that_stays_is_not_told_of(synced: Synced) -> None:
    commit = synced.commit("one")
    old, new = synced.tag(commit), synced.tag(commit)
    job = synced.notify(old, new)
    assert job.result == "success"
    assert synced.slack.got == []


def test_only_the_folders_that_flux_reads_are_told_of(synced: Synced) -> None:
    synced.repo.write(
        ".github/scaffold.yaml", synced.repo.read(".github/scaffold.yaml") + "flux_sync:\n  paths: [clusters/a, b]\n"
    )
    synced.repo.ok("regenerate")
    old = synced.tag(synced.commit("start"))
    synced.commit("elsewhere", "clusters/b/x")
    middle = synced.tag("HEAD")
    assert synced.notify(old, middle).result == "success"
    assert synced.slack.got == []
    synced.commit("here", "clusters/a/x")
    synced.notify(old, synced.tag("HEAD"))
    assert "here (t)" in synced.text
    assert "elsewhere" not in synced.text


def test_without_the_secret_nothing_is_sent(synced: Synced) -> None:
    old = synced.tag(synced.commit("one"))
    job = synced.notify(old, synced.tag(synced.commit("two")), hook="")
    assert job.result == "success"
    assert "::warning::" in job.step("Send it").log
    assert synced.slack.got == []


def test_a_message_that_slack_refuses_fails(synced: Synced) -> None:
    synced.slack.code = 403
    old = synced.tag(synced.commit("one"))
    assert synced.notify(old, synced.tag(synced.commit("two"))).result == "failure"


def test_a_deleted_tag_is_not_told_of(synced: Synced) -> None:
    loaded = actions.load(synced.repo.root / FLUX_SYNC)
    context = {"github": {"event": {"deleted": True}}}
    job = actions.run_job(loaded, "notify", synced.repo.root, synced.tmp_path / "runner", path=[], context=context)
    assert job.result == "skipped"
