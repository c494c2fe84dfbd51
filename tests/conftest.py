"""A repository in a temporary folder, driven through the real command line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from generator.lock import lock_text, parse_lock

from .support import apiserver, customresources, forks, printed
from .support.apiserver import ApiServer
from .support.real import missing

DEPLOYMENT = "services/payments/deploy/deployment.yaml"
SPEC = "services/payments/scaffold.yaml"
LOCK = "services/payments/scaffold.lock"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest test, of minutes, begin first: at the end, one process would run it while the others wait."""
    items.sort(key=lambda one: one.path.parent.name != "team")


@dataclass(frozen=True)
class Done:
    """What a command ended with."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Repo:
    """A repository that tests run scaffold in."""

    root: Path

    def run(self, *arguments: str, cwd: str = ".", **env: str) -> Done:
        """Run scaffold without a terminal."""
        code, *streams = self.streams(arguments, self.root / cwd, {**forks.plain_environment(), **env})
        out, err = (one.decode("utf-8", "replace") for one in streams)
        assert "Traceback" not in err, err
        assert not (wrong := printed.faults(err if code > 1 else out + err)), wrong
        return Done(code, out, err)

    def streams(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str]) -> tuple[int, bytes, bytes]:
        """Run scaffold in a process of its own; return its exit code, output and errors."""
        return forks.run_scaffold(arguments, cwd, env)

    def ok(self, *arguments: str, **env: str) -> Done:
        done = self.run(*arguments, **env)
        assert done.code == 0, done.text
        return done

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode("utf-8", "surrogateescape")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(text.encode("utf-8", "surrogateescape"))

    def edit(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
        self.write(path, text.replace(old, new))

    def has(self, path: str) -> bool:
        return os.path.lexists(self.root / path)

    def states(self, *arguments: str) -> dict[str, str]:
        rows = json.loads(self.ok("status", "--format", "json", *arguments).out)
        return {row["path"]: row["state"] for row in rows}

    def state(self) -> Path:
        """Return the folder of the run's state, made by the command line before."""
        (found,) = (self.root / ".git/scaffold").iterdir()
        return found

    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.run("diff", "--format", "json").out)
        return rows

    def locked(self, path: str, lock: str = LOCK) -> str | None:
        """Return the text that a lock holds for a file of its unit, or None."""
        files = json.loads(self.read(lock))["files"]
        found = [one for one in files if one["path"] == path]
        return "\n".join(found[0]["text"]) if found else None

    def snapshot(self) -> dict[str, bytes]:
        """Return every file but git's own."""
        files = (one for one in self.root.rglob("*") if one.is_file() and not one.is_relative_to(self.root / ".git"))
        return {one.relative_to(self.root).as_posix(): one.read_bytes() for one in files}


def hide_an_edit(repo: Repo) -> None:
    """Change a file and what the lock says was generated, with its digest, so that nothing seems to be edited."""
    text = repo.read(DEPLOYMENT).replace("app.kubernetes.io", "app.example.org")
    lock = json.loads(repo.read(LOCK))
    (one,) = (one for one in lock["files"] if DEPLOYMENT.endswith(one["path"]))
    one |= {"text": text.split("\n"), "digest": hashlib.blake2b(text.encode(), digest_size=20).hexdigest()}
    repo.write(DEPLOYMENT, text)
    repo.write(LOCK, json.dumps(lock, indent=1, ensure_ascii=False) + "\n")
    known = parse_lock(repo.read(LOCK), LOCK, "services/payments")
    repo.write(LOCK, lock_text(known.written(known.files)))  # its inputs say that they have rendered it


def corpus(path: str) -> str:
    """Return a file of the corpus of other people's YAML, or skip the test where it is not there."""
    root = Path(__file__).resolve().parent.parent
    places = [os.environ.get("SCAFFOLD_CORPUS"), root.parent / "shared/corpus"]
    for place in places:
        if place and (found := Path(place) / path).is_file():
            return found.read_bytes().decode()
    pytest.skip("the corpus is not here: set SCAFFOLD_CORPUS")


def tree_file(name: str, path: str) -> str:
    """Return a file of another repository's archive ``OWNER+NAME.tar.gz``, or skip the test where it is not there."""
    root = Path(__file__).resolve().parent.parent
    for place in (os.environ.get("SCAFFOLD_TREES"), root.parent / "shared/trees"):
        if place and (archive := Path(place) / f"{name}.tar.gz").is_file():
            with tarfile.open(archive) as files:
                found = files.extractfile(f"{name}/{path}")
                assert found is not None
                return found.read().decode()
    pytest.skip("the repositories of others are not here: set SCAFFOLD_TREES")


def heed_signals() -> None:
    """Undo what a shell or nohup hands to a whole test run in the background: signals that are ignored, for ever."""
    for one in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(one, signal.SIG_DFL)


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Repositories that were made once by a process that runs tests, by name; each test has a copy of its own."""
    folder = tmp_path_factory.mktemp("prepared")
    empty, repo = Repo(folder / "empty"), Repo(folder / "repo")
    empty.root.mkdir()
    git(empty.root, "init", "--quiet", "--initial-branch=main", ".")
    empty.ok("init", "--automation", "flux-v1")
    shutil.copytree(empty.root, repo.root, symlinks=True)
    repo.ok("new-service", "payments", "--image", "ghcr.io/example/payments:master-1")
    return {"empty": empty.root, "repo": repo.root}


@pytest.fixture
def empty(tmp_path: Path, prepared: dict[str, Path]) -> Repo:
    """A repository after ``scaffold init``."""
    shutil.copytree(prepared["empty"], tmp_path / "repo", symlinks=True)
    return Repo(tmp_path / "repo")


def edit_deployment(repo: Repo) -> None:
    """Make two edits in the deployment of a unit."""
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5 # peak")
    repo.edit(DEPLOYMENT, "periodSeconds: 20", "periodSeconds: 60 # slow")


@pytest.fixture
def repo(tmp_path: Path, prepared: dict[str, Path]) -> Repo:
    """A repository with one service, payments."""
    shutil.copytree(prepared["repo"], tmp_path / "repo", symlinks=True)
    return Repo(tmp_path / "repo")


@pytest.fixture
def server() -> ApiServer:
    """The API server's own validation; without the oracle the test is skipped."""
    if not apiserver.PROGRAM.is_file():
        missing(apiserver.ABSENT)
    return apiserver.api_server()


@pytest.fixture
def servers(crds: None) -> None:
    """The API servers of all the newest versions are here, and the CRDs; without them the test is skipped."""
    if not all(one.is_file() for one in apiserver.PROGRAMS.values()):
        missing(apiserver.ABSENT)


@pytest.fixture
def crds(server: ApiServer) -> None:
    """The current CRDs of other projects are here; without them the test is skipped."""
    if not customresources.CRDS.is_file():
        missing(customresources.ABSENT)


# In CI the same examples every time: a run there tells about the change; new examples are for people's machines.
hypothesis.settings.register_profile("ci", derandomize=True, database=None)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")
