"""Generated Makefiles, executed with stand-ins for docker, kind and kubectl that fail at every step in turn.

What they hold to: a failure is never reported as success, a second run recovers, no foreign cluster or kubeconfig is
touched, nothing is left behind. ``docs/user/e2e.md`` says how to run the same Makefiles with the real tools.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..conftest import Done, Repo, heed_signals
from ..support.real import missing, tool

STANDINS = Path(__file__).parents[1] / "standins"
# Everything that a Makefile may use beside docker, kind, kubectl; the stand-ins use ls, sed and touch.
NEEDED = ("awk", "bash", "cat", "cksum", "grep", "ls", "mkdir", "rm", "sed", "sleep", "touch")
FOREIGN = ("production", "e2e-kubectl-tree", "e2e-pay", "e2e-kubectl-tree-1")
TABLE = """\
NAMESPACE   NAME                                      READY  REASON  STATUS   AGE
echoserver  Deployment/echoserver                     -              Current  5s
echoserver  └─ReplicaSet/echoserver-5d8cc8d48         -              Current  5s
echoserver    └─Pod/echoserver-5d8cc8d48-bcvs4        True           Current  5s
"""
COMMIT = "0123456789abcdef0123456789abcdef01234567"
OWN = re.compile(r"e2e-[a-z-]+-[0-9]{5,10}")


@dataclass(frozen=True)
class Bench:
    """A unit's test with stand-ins, in a world with clusters and a kubeconfig that are not its own."""

    folder: Path
    state: Path
    tools: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": str(self.tools),
            "HOME": str(self.state / "home"),
            "STATE": str(self.state),
            "KUBECONFIG": str(self.state / "home/.kube/config"),
        }

    def command(self, *arguments: str) -> list[str]:
        return [tool("make"), "-C", str(self.folder), *arguments]

    def make(self, *arguments: str, **env: str) -> Done:
        done = subprocess.run(
            self.command(*arguments),
            env={**self.environment, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        self.check_others()
        return Done(done.returncode, done.stdout, done.stderr)

    def check_others(self) -> None:
        """What is not the test's own is as it was, and no command looked at another kubeconfig than the test's."""
        for name in FOREIGN:
            assert (self.state / "clusters" / name / "whole").read_text() == "theirs"
        assert (self.state / "home/.kube/config").read_text() == "current-context: production\n"
        used = (self.state / "kubeconfigs").read_text().split("\n") if (self.state / "kubeconfigs").exists() else []
        assert set(used) <= {str(self.folder / "output/kubeconfig"), ""}

    @property
    def own(self) -> list[str]:
        """The test's own clusters."""
        return sorted({one.name for one in (self.state / "clusters").iterdir()} - set(FOREIGN))

    @property
    def calls(self) -> list[str]:
        """Every command so far, as ``TOOL VERB``, without those that only ask."""
        path = self.state / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        asks = (" get ", " wait ", "export kubeconfig", "label ")
        short = (re.sub(r"--(?:context|namespace|request-timeout)[= ]\S+ ", "", one) for one in lines)
        return [" ".join(one.split()[:2]) for one in short if not any(ask in one for ask in asks)]

    def forget(self) -> None:
        (self.state / "calls").unlink(missing_ok=True)


def bench(tmp: Path, folder: Path) -> Bench:
    state, tools = tmp / "state", tmp / "tools"
    for name in FOREIGN:
        (state / "clusters" / name).mkdir(parents=True)
        (state / "clusters" / name / "whole").write_text("theirs")
    (state / "home/.kube").mkdir(parents=True)
    (state / "home/.kube/config").write_text("current-context: production\n")
    (state / "output").write_text(TABLE, "utf-8")
    tools.mkdir()
    for name in NEEDED:
        if path := shutil.which(name, path="/usr/bin:/bin"):
            (tools / name).symlink_to(path)
    for one in STANDINS.iterdir():
        (tools / one.name).symlink_to(one)
    (tools / "env").symlink_to("/usr/bin/env")
    return Bench(folder, state, tools)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A plugin's test and four services': one pulls its image, one builds it, one shares a namespace and answers, one
    has a canary."""
    root = tmp_path_factory.mktemp("generated") / "a repo with 'blanks' & $signs"
    root.mkdir()
    repo = Repo(root)
    repo.ok("init", "--automation", "flux-v1")
    repo.ok("new-e2e", "kubectl-tree", "--plugin", "tree")
    repo.ok("new-e2e", "pinned", "--plugin", "tree", "--krew-index", COMMIT)
    repo.ok("new-service", "pay", "--image", "ghcr.io/example/pay:1.2.3")
    repo.ok("new-service", "built", "--image", "ghcr.io/example/built:1.2.3", "--build", ".")
    repo.ok("new-service", "steps", "--image", "ghcr.io/example/steps:1.2.3", "--canary", "linkerd")
    repo.ok("new-service", "asked", "--image", "a/b:1.2.3", "--namespace", "pay", "--replicas", "0")
    repo.write(
        "services/asked/scaffold.yaml", repo.read("services/asked/scaffold.yaml") + "health_path: /healthz?a=1\n"
    )
    repo.ok("regenerate")
    return repo


UNITS = {
    "plugin": "e2e/kubectl-tree",
    "pulled": "services/pay/e2e",
    "built": "services/built/e2e",
    "asked": "services/asked/e2e",
    "steps": "services/steps/e2e",
}


@pytest.fixture
def unit(generated: Repo, tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    """One of the units, in a copy of its own."""
    folder = tmp_path / "a copy, (with) 'quotes' $HOME"
    source = generated.root / {**UNITS, "pinned": "e2e/pinned"}[getattr(request, "param", "plugin")]
    shutil.copytree(source.parent, folder / source.parent.name)
    return bench(tmp_path, folder / source.parent.name / source.name)


every_unit = pytest.mark.parametrize("unit", UNITS, indirect=True)
built = pytest.mark.parametrize("unit", ["built"], indirect=True)
pinned = pytest.mark.parametrize("unit", ["pinned"], indirect=True)
asked = pytest.mark.parametrize("unit", ["asked"], indirect=True)


@every_unit
def test_all_goes_well(unit: Bench, request: pytest.FixtureRequest) -> None:
    done = unit.make()
    assert done.code == 0, done.text
    name = request.node.callspec.params["unit"]
    image = {"built": ["docker build", "kind load"]}.get(name, [])
    deploy = {"plugin": ["kubectl apply"], "asked": ["kubectl apply", "kubectl scale"]}.get(name, ["kubectl apply"] * 2)
    run = ["kubectl tree"] if name == "plugin" else []
    wanted = ["kind create", *image, *deploy, "kubectl rollout", *run, "kind delete"]
    assert unit.calls == wanted
    assert unit.own == []
    assert not (unit.folder / "output/kubeconfig").exists()


# Where it fails: which calls, how, and whether there was a cluster whose logs are worth having.
FAULTS = {
    "no docker daemon": ("^kind get clusters", "fail", False),
    "create": ("^kind create", "fail", False),
    "create, half way": ("^kind create", "half", True),
    "nodes not ready": ("^kubectl .* wait nodes", "fail", True),
    "apply": ("^kubectl .* apply", "fail", True),
    "apply, half way": ("^kubectl .* apply", "half", True),
    "rollout": ("^kubectl .* rollout", "fail", True),
}


@every_unit
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_step_fails_the_test_and_leaves_nothing(unit: Bench, fault: str) -> None:
    pattern, effect, logs = FAULTS[fault]
    done = unit.make(FAULT=pattern, EFFECT=effect)
    assert done.code != 0
    assert unit.own == []
    assert (unit.folder / "output/logs/kind.log").exists() is logs
    if logs:
        assert unit.calls.index("kind export") < unit.calls.index("kind delete")
    assert unit.make().code == 0
    assert unit.own == []
    assert not (unit.folder / "output/logs").exists()


@pytest.mark.parametrize(
    ("code", "output", "says"),
    [
        (3, TABLE, "the plugin failed with 3"),
        (139, TABLE, "the plugin failed with 139"),
        (0, "", "no line at this position matches: ^echoserver +Deployment"),
        (0, "No resources are owned by this object through ownerReferences.\n", "Deployment"),
        (0, TABLE.replace("Pod/", "Job/"), "no line at this position matches: ^echoserver +[^A-Za-z0-9]+Pod"),
        (0, "\n".join(reversed(TABLE.splitlines())) + "\n", "no line at this position"),
        (0, TABLE.replace("echoserver  Dep", "other  Dep"), "no line at this position"),
        (
            0,
            TABLE.replace("  └─", "").replace("└─", ""),
            "no line at this position matches: ^echoserver +[^A-Za-z0-9]+Rep",
        ),
    ],
)
def test_what_the_plugin_does_wrong_is_told(unit: Bench, code: int, output: str, says: str) -> None:
    (unit.state / "output").write_text(output, "utf-8")
    done = unit.make(PLUGIN_CODE=str(code))
    assert done.code != 0
    assert says in done.err
    assert (unit.folder / "output/actual.txt").read_text("utf-8") == output
    assert (unit.folder / "output/logs/kind.log").exists()
    assert unit.own == []


def test_columns_colours_and_line_ends_do_not_matter(unit: Bench) -> None:
    other = "NAME NAMESPACE\n" + TABLE.split("\n", 1)[1].replace("  -  ", "  Yes  ").replace("\n", " x\r\n")
    (unit.state / "output").write_bytes(other.encode())
    expected = unit.folder / "expected.txt"
    expected.write_bytes(expected.read_bytes().replace(b"\n", b"\r\n"))
    assert unit.make().code == 0


@pytest.mark.parametrize("expected", ["", "\n# only a comment\n", "([\n"])
def test_an_expectation_of_nothing_is_a_mistake(unit: Bench, expected: str) -> None:
    (unit.folder / "expected.txt").write_text(expected)
    assert unit.make().code != 0
    (unit.folder / "expected.txt").unlink()
    assert unit.make().code != 0


@every_unit
def test_a_cluster_that_cannot_be_deleted_is_told(unit: Bench) -> None:
    done = unit.make(FAULT="^kind delete", EFFECT="fail")
    assert done.code != 0
    assert "could not be deleted: make delete" in done.err
    assert unit.own
    assert unit.make("delete").code == 0
    assert unit.own == []


def interrupted(unit: Bench, step: str, signum: int) -> int:
    """Run the test until a step hangs, then send a signal as a terminal does: to make and to all that it started."""
    with subprocess.Popen(
        unit.command(),
        env={**unit.environment, "FAULT": step, "EFFECT": "hang"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=heed_signals,  # noqa: PLW1509 - there are no threads
    ) as child:
        for _ in range(600):
            if (unit.state / "hanging").exists():
                break
            time.sleep(0.05)
        os.killpg(child.pid, signum)
        code = child.wait(timeout=30)
    unit.check_others()
    (unit.state / "hanging").unlink()
    return code


SIGNALS = [(name, signal.SIGINT) for name in UNITS] + [("plugin", signal.SIGTERM), ("plugin", signal.SIGHUP)]


@pytest.mark.parametrize(("unit", "signum"), SIGNALS, indirect=["unit"])
@pytest.mark.parametrize("step", ["^kind create", "^kubectl .* wait nodes", "^kubectl .* apply", "^kubectl .* rollout"])
def test_an_interrupted_run_leaves_nothing(unit: Bench, step: str, signum: int) -> None:
    assert interrupted(unit, step, signum) != 0
    assert unit.own == []
    assert unit.make().code == 0


def test_a_plugin_that_hangs_can_be_interrupted(unit: Bench) -> None:
    assert interrupted(unit, "^kubectl tree", signal.SIGINT) != 0
    assert unit.own == []


@every_unit
def test_after_a_kill_the_next_run_takes_care_of_the_cluster(unit: Bench) -> None:
    assert interrupted(unit, "^kubectl .* wait nodes", signal.SIGKILL) != 0
    assert len(unit.own) == 1
    (unit.folder / "output/kubeconfig.lock").touch()
    assert unit.make().code == 0
    assert unit.own == []
    assert unit.calls.count("kind create") == 2


@every_unit
def test_a_kept_cluster_is_used_again(unit: Bench) -> None:
    done = unit.make("KEEP=1")
    assert done.code == 0
    assert "is kept" in done.err
    (name,) = unit.own
    assert OWN.fullmatch(name)
    assert len(name) <= 50
    assert unit.make("KEEP=1").code == 0
    assert unit.calls.count("kind create") == 1
    assert unit.make().code == 0
    assert unit.own == []
    assert unit.calls.count("kind create") == 1


@every_unit
@pytest.mark.parametrize(
    "fault", ["removed", "stopped", "not ready", "half made", "another version", "another configuration"]
)
def test_a_kept_cluster_that_is_not_what_it_was_is_made_anew(unit: Bench, fault: str) -> None:
    assert unit.make("KEEP=1").code == 0
    (name,) = unit.own
    cluster = unit.state / "clusters" / name
    env = {}
    if fault == "removed":
        shutil.rmtree(cluster)
    elif fault == "stopped":
        (cluster / "whole").unlink()
    elif fault == "half made":
        (unit.folder / "output/made").unlink()
    elif fault == "another version":
        env["NODE_IMAGE"] = (
            "kindest/node:v1.34.8@sha256:02722c2dedddcfc00febf5d27fbeb9b7b2c14294c82109ff4a85d89ac9ba3256"
        )
    else:
        with (unit.folder / "cluster.kind").open("a") as file:
            file.write("  - role: worker\n")
    done = unit.make("KEEP=1", **env)
    assert done.code == 0, done.text
    assert unit.calls.count("kind create") == 2
    assert unit.own == [name]
    if "NODE_IMAGE" in env:
        assert (cluster / "image").read_text().strip() == env["NODE_IMAGE"]


def test_an_edited_fixture_is_deployed_again(unit: Bench) -> None:
    assert unit.make("KEEP=1").code == 0
    fixture = unit.folder / "fixture.manifest"
    fixture.write_text(fixture.read_text().replace("replicas: 1", "replicas: 7"))
    assert unit.make("KEEP=1").code == 0
    (name,) = unit.own
    assert "replicas: 7" in (unit.state / "clusters" / name / "applied").read_text()


@every_unit
def test_neither_environment_nor_command_line_reach_another_cluster(unit: Bench) -> None:
    foreign = str(unit.state / "home/.kube/config")
    hostile = [f"KUBECONFIG={foreign}", "CLUSTER=production", "CONTEXT=production", "OUT=/nowhere", "CLUSTER_PREFIX=x"]
    for env, arguments in ((hostile, []), ([], hostile), (hostile, ["-e"]), (hostile, hostile)):
        pairs = dict(one.split("=", 1) for one in env) | {"KIND_CLUSTER_NAME": "production"}
        assert unit.make(*arguments, "KEEP=1", **pairs).code == 0
        assert len(unit.own) == 1
        assert unit.make("clean", *arguments, **pairs).code == 0
        assert unit.own == []
    assert unit.make(NODE_IMAGE="$(shell touch ran)").code != 0
    assert not (unit.folder / "ran").exists()


@every_unit
@pytest.mark.parametrize("missing", ["kind", "kubectl"])
def test_a_missing_tool_is_told_before_anything_is_made(unit: Bench, missing: str) -> None:
    (unit.tools / missing).unlink()
    done = unit.make()
    assert done.code != 0
    assert f"{missing} is not installed" in done.err
    assert unit.own == []
    assert unit.calls == []


@built
def test_an_image_is_built_and_loaded_under_the_name_that_is_deployed(unit: Bench) -> None:
    assert unit.make("KEEP=1").code == 0
    (name,) = unit.own
    assert (unit.state / "clusters" / name / "images").read_text() == "ghcr.io/example/built:1.2.3\n"


@built
@pytest.mark.parametrize("fault", ["^docker build", "^kind load", "^kubectl label"])
def test_an_image_that_cannot_be_built_or_loaded_fails_the_test(unit: Bench, fault: str) -> None:
    assert unit.make(FAULT=fault).code != 0
    assert unit.own == []
    assert "kubectl apply" not in unit.calls
    assert unit.make().code == 0


@asked
def test_a_service_that_never_answers_fails_the_test(unit: Bench) -> None:
    (unit.tools / "sleep").unlink()
    (unit.tools / "sleep").symlink_to(shutil.which("true") or "/bin/true")
    done = unit.make(FAULT="get --raw")
    assert done.code != 0
    assert "no success after 30 attempts" in done.err
    assert unit.own == []


@asked
def test_a_namespace_that_another_unit_makes_is_made_here(unit: Bench) -> None:
    assert unit.make(NAMESPACE_MISSING="1").code == 0
    assert unit.calls[1] == "kubectl create"
    assert unit.make(NAMESPACE_MISSING="1", FAULT="create namespace").code != 0


KREW_NEEDS = ("chmod", "git", "gzip", "sh", "tar", "uname")


def install(unit: Bench, *names: str) -> None:
    """Put programs of this machine into the unit's folder of tools, or skip the test where one is missing."""
    for name in names:
        path = shutil.which(name) or missing(f"{name} is not installed")
        (unit.tools / name).symlink_to(path)


@pytest.mark.parametrize("checks", ["sha256sum", "shasum"])
def test_the_plugin_is_installed_by_krew(unit: Bench, checks: str) -> None:
    """Checked by what the machine has for it: macOS may have shasum alone."""
    install(unit, *KREW_NEEDS, checks)
    program = unit.folder / "output/krew/bin/kubectl-tree"
    done = unit.make("install", FAULT="^curl", EFFECT="half")
    assert done.code != 0
    assert "FAILED" in done.text
    assert not (unit.state / "krew").exists()
    assert unit.make("install", FAULT="^curl").code != 0
    assert not program.exists()
    done = unit.make("install")
    assert done.code == 0, done.text
    assert (unit.state / "krew").read_text() == "krew install tree\n"
    assert program.exists()
    assert unit.make().code == 0
    assert unit.own == []
    unit.make("clean")
    assert not program.exists()


@pinned
def test_a_plugin_with_a_pin_is_installed_once_and_tested(unit: Bench) -> None:
    install(unit, *KREW_NEEDS, "sha256sum" if shutil.which("sha256sum") else "shasum")
    assert unit.make(FAULT="^curl").code != 0
    assert "kind create" not in unit.calls
    for _ in range(2):
        done = unit.make()
        assert done.code == 0, done.text
    url = f"https://raw.githubusercontent.com/kubernetes-sigs/krew-index/{COMMIT}/plugins/tree.yaml"
    assert (unit.state / "krew").read_text() == f"krew install --manifest-url={url}\n"
    assert unit.own == []


def test_steps_by_themselves_keep_a_whole_cluster_and_no_half_one(unit: Bench) -> None:
    for step in ("cluster", "cluster", "deploy", "check"):
        assert unit.make(step).code == 0
        assert len(unit.own) == 1
    assert unit.calls.count("kind create") == 1
    assert unit.make("deploy", FAULT="rollout", EFFECT="fail").code != 0
    assert len(unit.own) == 1
    assert unit.make("clean", "-j4").code == 0
    assert unit.own == []
    assert not (unit.folder / "output").exists()
    assert unit.make("cluster", FAULT="^kind create", EFFECT="half").code != 0
    assert unit.own == []
    assert unit.make("-j4", "cluster", "deploy").code == 0
    assert unit.calls.count("kind create") == 3


@every_unit
def test_clean_keeps_the_kubeconfig_of_a_cluster_that_is_still_there(unit: Bench) -> None:
    assert unit.make("KEEP=1").code == 0
    assert unit.make("clean", FAULT="^kind delete", EFFECT="fail").code != 0
    assert (unit.folder / "output/kubeconfig").exists()
    assert unit.make("clean").code == 0
    assert unit.make("clean").code == 0
    assert unit.own == []


def test_no_two_units_or_copies_share_a_cluster(generated: Repo, tmp_path: Path) -> None:
    long = "x" * 63
    for name in ("a", "a-b", long[:62] + "y", long):
        generated.ok("new-e2e", name, "--no-workflow")
    shutil.copytree(generated.root, tmp_path / "clone")
    names = []
    for root in (generated.root, tmp_path / "clone"):
        for makefile in sorted([*root.glob("e2e/*/Makefile"), *root.glob("services/*/e2e/Makefile")]):
            printed = subprocess.run(
                [tool("make"), "-C", makefile.parent, "-pn", "delete"], capture_output=True, text=True, check=False
            ).stdout
            names += re.findall(r"^(?:override )?CLUSTER := (.*)$", printed, re.MULTILINE)
    assert len(names) == len(set(names)) == 20
    assert all(re.fullmatch(r"[a-z0-9.-]{1,50}", one) for one in names)


@every_unit
def test_a_dry_run_runs_nothing(unit: Bench) -> None:
    for target in ("test", "cluster", "deploy", "check", "delete", "clean"):
        done = unit.make("-n", target)
        assert done.code == 0
        assert "warning" not in done.err
    assert not (unit.state / "calls").exists()


def test_an_old_make_is_told(unit: Bench) -> None:
    makefile = unit.folder / "Makefile"
    makefile.write_text(makefile.read_text().replace("$(.FEATURES)", "target-specific"))
    done = unit.make()
    assert done.code != 0
    assert "This needs GNU Make 4" in done.err
