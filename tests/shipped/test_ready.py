"""scaffold init: the config, the ci unit, and what workflows install."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from generator import config, origin, quoting, spec
from generator.errors import Invalid
from generator.template import load_template

from ..conftest import Repo, git

ROOT = Path(__file__).resolve().parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
DIGEST = "ab" * 32
CONFIG = ".scaffold/config.yaml"
SPEC = ".github/scaffold.yaml"
WORKFLOWS = ".github/workflows"
NEEDING = (f"{WORKFLOWS}/scaffold-diff.yaml", f"{WORKFLOWS}/scaffold-e2e.yaml")
FLUX_SYNC = f"{WORKFLOWS}/scaffold-flux-sync.yaml"


@pytest.fixture
def bare(tmp_path: Path) -> Repo:
    """A repository before ``scaffold init``."""
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main", ".")
    return Repo(root)


def installs(repo: Repo) -> str:
    return str(yaml.safe_load(repo.read(CONFIG))["ci"]["install"])


# --- where the tool is from -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as an installer unpacks it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("scaffold_config-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def init_from(site: Path, repo: Repo, recorded: str | None) -> subprocess.CompletedProcess[str]:
    """Run init by the scaffold in ``site``, with what its installer recorded."""
    (info,) = site.glob("*.dist-info")
    file = info / "direct_url.json"
    file.unlink(missing_ok=True)
    if recorded is not None:
        file.write_text(recorded)
    env = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-m", "generator", "init"]
    done = subprocess.run(command, cwd=repo.root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


FOUND = {
    "from an index": (None, "scaffold-config==0.1.0"),
    "from git": (
        {"url": "https://example.org/a/b.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
        f"scaffold-config @ git+https://example.org/a/b.git@{COMMIT}",
    ),
    "from a folder in git": (
        {
            "url": "https://example.org/a/b",
            "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "main"},
            "subdirectory": "tools/scaffold",
        },
        f"scaffold-config @ git+https://example.org/a/b@{COMMIT}#subdirectory=tools/scaffold",
    ),
    "from an archive": (
        {"url": "https://example.org/x/s-0.1.0.whl", "archive_info": {"hashes": {"sha256": DIGEST}}},
        f"scaffold-config @ https://example.org/x/s-0.1.0.whl#sha256={DIGEST}",
    ),
    "from an archive, recorded as before": (
        {"url": "https://example.org/x/s-0.1.0.whl", "archive_info": {"hash": f"sha256={DIGEST}"}},
        f"scaffold-config @ https://example.org/x/s-0.1.0.whl#sha256={DIGEST}",
    ),
}
NOT_FOUND = {
    "editable": {"url": "file:///home/me/scaffold", "dir_info": {"editable": True}},
    "from a folder": {"url": "file:///home/me/scaffold", "dir_info": {}},
    "from a file": {"url": "file:///home/me/s-0.1.0.whl", "archive_info": {"hashes": {"sha256": DIGEST}}},
    "from git on this machine": {"url": "file:///srv/git/a", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
    "from git by a key": {"url": "ssh://git@example.org/a", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
    "with a password": {"url": "https://me:secret@example.org/a", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
    "from mercurial": {"url": "https://example.org/a", "vcs_info": {"vcs": "hg", "commit_id": COMMIT}},
    "an archive without digest": {"url": "https://example.org/s.whl", "archive_info": {}},
    "an expression": {"url": "https://example.org/${{x}}", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
    "no map": [],
    "nothing": {},
}


@pytest.mark.parametrize(("recorded", "wanted"), FOUND.values(), ids=FOUND)
def test_what_the_running_tool_was_installed_by(bare: Repo, site: Path, recorded: object, wanted: str) -> None:
    init_from(site, bare, None if recorded is None else json.dumps(recorded))
    assert installs(bare) == wanted
    assert str(Requirement(wanted))
    for path in NEEDING:
        assert f'SCAFFOLD: "{wanted}"\n' in bare.read(path)


ASK = """\
import json, pathlib, sys
from generator import origin
(info,) = pathlib.Path(origin.__file__).parents[1].glob("*.dist-info")
found = []
for recorded in json.load(sys.stdin):
    (info / "direct_url.json").write_text(recorded)
    found.append(origin.requirement())
print(json.dumps(found))
"""


def test_what_nobody_else_could_install(site: Path) -> None:
    recorded = {**{key: json.dumps(value) for key, value in NOT_FOUND.items()}, "broken": "{", "empty": ""}
    env = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ASK], input=json.dumps(list(recorded.values())), env=env, capture_output=True, text=True
    )
    assert dict(zip(recorded, json.loads(done.stdout), strict=True)) == dict.fromkeys(recorded, ""), done.stderr


def test_without_a_source_the_workflows_that_need_it_are_left_out(bare: Repo, site: Path) -> None:
    done = init_from(site, bare, json.dumps(NOT_FOUND["editable"]))
    assert "the workflows that need it" in done.stderr
    assert "scaffold init --ci-install 'scaffold-config==" in done.stderr
    assert "install" not in yaml.safe_load(bare.read(CONFIG)).get("ci", {})
    assert not any(map(bare.has, NEEDING))
    assert not bare.has(FLUX_SYNC)
    bare.ok("init", "--automation", "flux-v1")
    assert bare.has(FLUX_SYNC)


def test_a_source_found_later_is_added(bare: Repo, site: Path) -> None:
    init_from(site, bare, json.dumps(NOT_FOUND["editable"]))
    init_from(site, bare, None)
    assert installs(bare) == "scaffold-config==0.1.0"
    assert all(map(bare.has, NEEDING))


def test_a_source_in_the_config_is_not_replaced(bare: Repo, site: Path) -> None:
    bare.ok("init", "--ci-install", "my-scaffold==0.1.5")
    init_from(site, bare, None)
    assert installs(bare) == "my-scaffold==0.1.5"


# --- --ci-install -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("scaffold-config==0.1.0", "scaffold-config==0.1.0"),
        ("  scaffold-config  ==  0.1.4.post1 ", "scaffold-config==0.1.4.post1"),
        (
            f"scaffold-config@git+https://example.org/a/b@{COMMIT}",
            f"scaffold-config @ git+https://example.org/a/b@{COMMIT}",
        ),
        (f"s @ https://example.org/s.whl#sha256={DIGEST}", f"s @ https://example.org/s.whl#sha256={DIGEST}"),
    ],
)
def test_a_requirement_is_kept_in_one_spelling(bare: Repo, given: str, kept: str) -> None:
    bare.ok("init", "--ci-install", given)
    assert installs(bare) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "scaffold-config",
        "scaffold-config>=0.1.0",
        "scaffold-config~=0.1.0",
        "scaffold-config==0.1.*",
        "scaffold-config===0.1.0",
        "scaffold-config==0.1.0,!=0.1.1",
        "scaffold-config==0.1.0+mine",
        "scaffold-config[x]==0.1.0",
        "scaffold-config==0.1.0; python_version > '3'",
        "scaffold-config==0.2.0",  # not in requires
        "scaffold-config @ git+https://example.org/a/b",
        "scaffold-config @ git+https://example.org/a/b@main",
        f"scaffold-config @ git+https://example.org/a/b@{COMMIT[:-1]}",
        f"scaffold-config @ git+http://example.org/a/b@{COMMIT}",
        f"scaffold-config @ git+ssh://git@example.org/a/b@{COMMIT}",
        f"scaffold-config @ git+https://token@example.org/a/b@{COMMIT}",
        f"scaffold-config @ git+file:///a/b@{COMMIT}",
        "scaffold-config @ file:///a/b",
        "scaffold-config @ https://example.org/s.whl",
        "--index-url=https://example.org scaffold-config==0.1.0",
        "-e .",
        ".",
        "scaffold-config==0.1.0\nother",
        "scaffold-config==0.1.0$(touch x)",
        "scaffold-config==0.1.0 # x",
        f"scaffold-config @ git+https://example.org/${{{{ github.token }}}}@{COMMIT}",
        f"scaffold-config @ git+https://example.org/`x`@{COMMIT}",
        "a" * 2000 + "==0.1.0",
    ],
)
def test_what_is_not_pinned_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as raised:
        origin.pinned_requirement(text, ">=0.1,<0.2")
    (problem,) = raised.value.problems
    assert problem.path == "--ci-install"
    assert problem.hint
    if "==0.2.0" in text:
        return
    with pytest.raises(Invalid):
        config.parse_config(f"ci:\n  install: {json.dumps(text)}\n")


@pytest.mark.parametrize("text", ["scaffold-config", "scaffold-config==0.2.0", "--help", ""])
def test_a_refused_requirement_writes_nothing(bare: Repo, text: str) -> None:
    before = bare.snapshot()
    done = bare.run("init", f"--ci-install={text}")
    assert done.code == 2
    assert done.err.startswith("--ci-install: ")
    assert bare.snapshot() == before
    assert not bare.has(".scaffold")
    bare.ok("init", "--ci-install", "scaffold-config==0.1.0")
    ready = bare.snapshot()
    assert bare.run("init", f"--ci-install={text}").code == 2
    assert bare.snapshot() == ready


@settings(max_examples=int(os.environ.get("SCAFFOLD_EXAMPLES", "100")))
@given(st.from_regex(origin._schema()["pattern"].replace(r"(?!\n)", r"\Z")))
def test_what_the_schema_takes_is_a_requirement(text: str) -> None:
    text = text.rstrip("\n")
    read = Requirement(text)
    assert not read.marker
    assert not read.extras
    assert bool(read.url) != bool(read.specifier)
    assert not re.search(r"[\s$`'\"\\;&|<>(){}]", text.replace(" @ ", ""))


def test_a_second_requirement_is_set_in_place(bare: Repo) -> None:
    bare.ok("init", "--ci-install", "scaffold-config==0.1.0")
    bare.edit(CONFIG, "  install:", "  # why this one\n  install:")
    bare.write(CONFIG, bare.read(CONFIG) + "# the end\n")
    bare.edit(NEEDING[0], "timeout-minutes: 15", "timeout-minutes: 25 # slow")
    before = bare.read(CONFIG)
    done = bare.ok("init", "--ci-install", "scaffold-config==0.1.7")
    assert bare.read(CONFIG) == before.replace("==0.1.0", "==0.1.7")
    assert "scaffold-config==0.1.7" in bare.read(NEEDING[0])
    assert "timeout-minutes: 25 # slow" in bare.read(NEEDING[0])
    assert f"updated {NEEDING[0]}" in done.out
    assert "nothing to do" in bare.ok("init", "--ci-install", "scaffold-config==0.1.7").out
    assert "nothing to do" in bare.ok("init").out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# mine\n",
        "automation: none\n",
        "{}\n",
        "{automation: none}\n",
        "ci: {}\n",
        "ci:\n  shared: [a]\n",
        "requires: '>=0.1'",
    ],
)
def test_a_requirement_is_added_to_any_config(bare: Repo, text: str) -> None:
    bare.write(CONFIG, text)
    done = bare.run("init", "--ci-install", "scaffold-config==0.1.0")
    if done.code == 2:
        assert f"{CONFIG}:1:1: ci.install cannot be set here" in done.err
        assert text.startswith("{")
        return
    assert installs(bare) == "scaffold-config==0.1.0"
    assert all(line in bare.read(CONFIG).splitlines() for line in text.splitlines() if line != "ci: {}")


# --- the ci unit ------------------------------------------------------------------------------------------------------


def test_init_makes_the_ci_unit_and_then_nothing(bare: Repo) -> None:
    bare.ok("init", "--ci-install", "scaffold-config==0.1.0")
    assert bare.read(SPEC).endswith("template: ci\nname: ci\n")
    assert (bare.root / ".github" / "../.scaffold/schemas/ci.schema.json").is_file()
    assert set(bare.states().values()) == {"clean"}
    before = bare.snapshot()
    assert "nothing to do" in bare.ok("init").out
    assert bare.snapshot() == before


def test_without_flux_v1_there_is_no_message(bare: Repo) -> None:
    bare.ok("init", "--automation", "none")
    assert not bare.has(FLUX_SYNC)
    bare.ok("init", "--automation", "flux-v1")
    assert bare.has(FLUX_SYNC)
    bare.ok("init", "--automation", "none")
    assert not bare.has(FLUX_SYNC)
    assert bare.has(SPEC)


def test_other_workflows_are_left_alone(bare: Repo) -> None:
    bare.write(f"{WORKFLOWS}/build.yaml", "on: push\n")
    bare.write(".github/CODEOWNERS", "* @me\n")
    bare.ok("init", "--ci-install", "scaffold-config==0.1.0")
    assert bare.read(f"{WORKFLOWS}/build.yaml") == "on: push\n"
    assert bare.read(".github/CODEOWNERS") == "* @me\n"
    assert f"{WORKFLOWS}/build.yaml" not in bare.states()


def test_the_same_workflows_are_adopted(bare: Repo) -> None:
    bare.ok("init", "--ci-install", "scaffold-config==0.1.0")
    for path in (SPEC, ".github/scaffold.lock"):
        (bare.root / path).unlink()
    bare.edit(NEEDING[1], "jobs:\n", "env:\n  MINE: x\n\njobs:\n")
    done = bare.ok("init")
    assert NEEDING[0] not in done.out
    assert bare.states()[NEEDING[0]] == "clean"
    assert bare.states()[NEEDING[1]] == "edited"
    assert "  MINE: x\n" in bare.read(NEEDING[1])


def test_a_workflow_in_the_way_is_a_conflict(bare: Repo) -> None:
    mine = "on: push\njobs: {}\n"
    bare.write(NEEDING[0], mine)
    done = bare.run("init", "--ci-install", "scaffold-config==0.1.0")
    assert done.code == 1
    assert f"--theirs={NEEDING[0]}" in done.err
    assert bare.read(NEEDING[0]) == mine
    assert not bare.has(NEEDING[1]), "a unit with a conflict is left alone"
    assert bare.has(CONFIG)
    assert bare.run("diff").code == 1
    bare.ok("regenerate", f"--theirs={NEEDING[0]}")
    assert bare.states()[NEEDING[0]] in {"clean", "edited"}
    assert bare.has(NEEDING[1])
    bare.ok("diff")
    assert "nothing to do" in bare.ok("init").out


def test_another_unit_in_its_place_is_left_alone(bare: Repo) -> None:
    bare.write(SPEC, "template: alerting\nname: alerting\n")
    done = bare.ok("init", "--ci-install", "scaffold-config==0.1.0")
    assert f"{SPEC} is the spec of a alerting unit" in done.err
    assert not bare.has(NEEDING[0])


def test_an_ignored_place_is_told_of(bare: Repo) -> None:
    bare.write(".gitignore", ".github/\n")
    done = bare.run("init")
    assert done.code == 2
    assert f"git ignores {SPEC}" in done.err


def test_without_git_the_ci_unit_is_found(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.ok("init", "--ci-install", "scaffold-config==0.1.0")
    assert repo.ok("list").out == ".github  ci\nautomation  automation\n"
    assert repo.states()[NEEDING[0]] == "clean"


@pytest.mark.parametrize(
    ("branch", "wanted"), [("main", None), ("master", None), ("trunk", ["trunk"]), ("släkt", None)]
)
def test_the_branch_of_the_repository_starts_the_workflows(
    tmp_path: Path, branch: str, wanted: list[str] | None
) -> None:
    git(tmp_path, "init", "--quiet", f"--initial-branch={branch}", ".")
    repo = Repo(tmp_path)
    repo.ok("init", "--ci-install", "scaffold-config==0.1.0")
    assert yaml.safe_load(repo.read(CONFIG))["ci"].get("branches") == wanted
    assert f"      - {branch if wanted else 'main'}\n" in repo.read(NEEDING[0])


def test_the_branch_of_the_remote_comes_first(bare: Repo, tmp_path: Path) -> None:
    git(bare.root, "switch", "--quiet", "--orphan", "develop")
    git(bare.root, "commit", "--quiet", "--allow-empty", "--message", "x")
    git(tmp_path, "clone", "--quiet", str(bare.root), "clone")
    repo = Repo(tmp_path / "clone")
    git(repo.root, "switch", "--quiet", "--create", "main")
    repo.ok("init")
    assert yaml.safe_load(repo.read(CONFIG))["ci"] == {"branches": ["develop"]}


# --- what a spec and the config may say -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("runs_on: ${{ secrets.X }}", "runs_on"),
        ('runs_on: "a\\nb"', "runs_on"),
        ("flux_sync: {tags: ['flux-*']}", "flux_sync.tags[0]"),
        ("flux_sync: {tags: [flux-write-check-1]}", "flux_sync.tags[0]"),
        ("flux_sync: {tags: ['${{ github.ref }}']}", "flux_sync.tags[0]"),
        ("flux_sync: {tags: []}", "flux_sync.tags"),
        ("flux_sync: {paths: [../x]}", "flux_sync.paths[0]"),
        ("flux_sync: {paths: ['a b']}", "flux_sync.paths[0]"),
        ("flux_sync: {paths: [--output=x]}", "flux_sync.paths[0]"),
        ("flux_sync: {secret: 'X }}'}", "flux_sync.secret"),
        ("flux_sync: {secret: GITHUB_TOKEN}", "flux_sync.secret"),
        ("flux_sync: {environment: '${{ x }}'}", "flux_sync.environment"),
        ("fail_on: never", "fail_on"),
        ("ci: {branches: ['${{ x }}']}", "ci.branches[0]"),
        ("ci: {install: scaffold}", "ci.install"),
    ],
)
def test_values_that_a_workflow_cannot_hold_are_refused(line: str, message: str) -> None:
    """In the spec as in the config's defaults."""
    template = load_template("ci", None, SPEC)
    settings_of = config.parse_config("ci:\n  install: scaffold-config==0.1.0\n")
    with pytest.raises(Invalid) as raised:
        spec.values(spec.parse_spec(f"template: ci\nname: ci\n{line}\n", SPEC), settings_of, template.schema)
    assert [(one.line, message in one.message) for one in raised.value.problems] == [(3, True)]
    with pytest.raises(Invalid) as raised:
        config.parse_config(f"defaults:\n  ci:\n    {line}\n")
    assert [(one.line, message in one.message) for one in raised.value.problems] == [(3, True)]


def test_no_expression_reaches_a_workflow(bare: Repo) -> None:
    bare.ok("init", "--ci-install", "scaffold-config==0.1.0")
    before = bare.snapshot()
    bare.write(SPEC, bare.read(SPEC) + "runs_on: ${{ secrets.X }}\n")
    done = bare.run("regenerate")
    assert done.code == 2
    assert f"{SPEC}:4:10: runs_on" in done.err
    assert bare.read(NEEDING[0]).encode() == before[NEEDING[0]]
    with pytest.raises(ValueError, match="expression"):
        quoting.workflow_scalar("a ${{ b }}")


def test_a_change_of_what_ci_installs_concerns_the_ci_unit_alone(bare: Repo) -> None:
    bare.ok("init", "--ci-install", "scaffold-config==0.1.0")
    bare.ok("new-service", "payments", "--image", "a/b:1.2.3")
    lock = bare.read("services/payments/scaffold.lock")
    bare.ok("init", "--ci-install", "scaffold-config==0.1.3")
    bare.ok("regenerate")
    assert bare.read("services/payments/scaffold.lock") == lock
