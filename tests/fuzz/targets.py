"""What is fuzzed: a repository with a unit of every template, the files that are changed in it, and the commands."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator import journal, state
from generator.cli.app import command_names
from generator.tree import decode, encode, is_storable

from . import forks
from .mutate import TOKENS, mutated

UNITS = ("services/payments", "alerting", "e2e/kubectl-tree", ".github", "own")
_OVER = (("diff",), ("status",), ("list",), ("list", "--format", "github-matrix"), ("regenerate",), ("validate",))
_LOCK = (("diff",), ("diff", "--verify"), ("status", "--format", "json"), ("regenerate",), ("validate",))
_QUESTION = (
    "alertname=A",
    "severity=critical",
    "--firing",
    "alertname=B severity=critical",
    "--at",
    "2026-11-30T12:00:00Z",
)
_ROUTE = (("route", "alerting", *_QUESTION), ("route", "alerting", "--tree"))
_PREVIEW = ("route", "alerting", "alertname=A", "--preview")
_NEW = ("new-service", "fresh", "--image", "ghcr.io/example/fresh:main-1")
_CONFIG = (*_OVER, _NEW, ("init",), ("alerting", "two"), ("new-e2e", "kubectl-x"))
_TAGS = ("tags", "services", "--from", "/dev/null")
_FILES = (("diff",), ("regenerate",), ("validate",), ("diff", "--strict", "--format", "github"), _TAGS)
_OPTIONS = (
    "--changed-since",
    "--shard",
    "--jobs",
    "--dir",
    "--root",
    "--ours",
    "--theirs",
    "--reset",
    "--markers",
    "--format",
    "--image",
    "--tag-regexp",
    "--tag-glob",
    "--tag-semver",
    "--tag",
    "--port",
    "--container",
    "--namespace",
    "--replicas",
    "--build",
    "--plugin",
    "--krew-index",
    "--values-file",
    "--receiver",
    "--set",
    "--slack-channel",
    "--watchdog",
    "--severity",
    "--alertmanager",
    "--operator",
    "--expect",
    "--firing",
    "--at",
    "--expect-file",
    "--path",
    "-o",
    "--ci-install",
    "--update",
    "--",
    "--markers",
)

SPECS = {
    "own": "template: own\nname: own\nwords: [a, b]\n",
}
CONFIG = """\
requires: ">=0.1,<0.2"
automation: flux-v1
registry: ghcr.io/example
labels: {team: payments}
kubernetes: "1.34"
locked: [permissions]
files: {"deploy/service.yaml": once}
hold: {service: ["services/b*"]}
rules: {FX001: warning, "KD001": {"e2e/**": off}}
ci: {branches: [main], shared: [lib/]}
defaults:
  service: {replicas: 2, env: {A: b}}
"""
_OWN = {
    "cookiecutter.json": '{"name": "x", "words": [], "_once": ["notes.txt"]}',
    "version": "1\n",
    "schema.json": json.dumps(
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "template": {"const": "own"},
                "name": {"type": "string", "pattern": "^[a-z]+$"},
                "words": {"type": "array", "items": {"type": "string"}, "default": []},
                "files": {"type": "object"},
            },
            "required": ["template", "name"],
        }
    ),
    "{{cookiecutter.name}}/{{ cookiecutter.name }}.yaml": (
        "name: {{ cookiecutter.name | yaml }}\n"
        "{% for one in cookiecutter.words %}\nword{{ loop.index }}: {{ one | yaml }}\n{% endfor %}\n"
    ),
    "{{cookiecutter.name}}/notes.txt": "{% if cookiecutter.words %}{{ cookiecutter.words | join(',') }}{% endif %}\n",
}


@dataclass(frozen=True)
class Case:
    """One run: files as they are for it (None: as they were), and the command."""

    sort: str
    files: Mapping[str, str]
    command: tuple[str, ...]

    @property
    def text(self) -> str:
        """The case on a few lines, to be repeated by hand."""
        return "\n".join(
            [
                f"{self.sort}: scaffold {self.command!r}",
                *(f"{path}: {text[:3000]!r}" for path, text in self.files.items()),
            ]
        )


@dataclass
class Ground:
    """A repository in a folder of its own, which is as it was before each run."""

    folder: Path

    def __post_init__(self) -> None:
        self.kept = self.folder / "kept"
        self.root = self.folder / "inner/repo"
        self.kept.mkdir(parents=True)
        _make(self.kept)
        self.journal, entries = _journal(self.kept)
        self.texts = {
            one.relative_to(self.kept).as_posix(): decode(one.read_bytes())
            for one in self.kept.rglob("*")
            if one.is_file() and ".git" not in one.relative_to(self.kept).parts[:1]
        }
        self.texts[self.journal] = entries
        self._restore()
        self.before = _listing(self.folder, self.root)

    def case(self, source: random.Random, sorts: tuple[str, ...] | None = None) -> Case:
        """Return a case of one sort."""
        sort = source.choice(sorts or SORTS)
        if sort == "command":
            return Case(sort, {}, _arguments(source))
        places, commands = _SORTS[sort]
        wanted = [
            path
            for path in self.texts
            if any(path == one or (one.endswith("/") and path.startswith(one)) for one in places)
        ]
        if sort == "journal":
            wanted = [self.journal]
        path = source.choice(sorted(wanted))
        as_json = path.endswith((".lock", ".json"))
        files = {path: mutated(self.texts[path], source, as_json=as_json)}
        if sort in {"file", "values"} and source.random() < 0.6:  # so that there is something to merge
            files[".scaffold/config.yaml"] = self.texts[".scaffold/config.yaml"].replace(
                "replicas: 2", "replicas: 3, port: 9"
            )
        return Case(sort, files, source.choice(commands))

    def run(self, case: Case) -> tuple[str, forks.Ended]:
        """Run a case and return what no input may cause, or ``""``, and how it ended."""
        for path, text in case.files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(encode(text) if is_storable(text) else text.encode("utf-8", "surrogatepass"))
        reads = case.command[:1] in {
            ("diff",),
            ("status",),
            ("list",),
            ("validate",),
            ("route",),
            ("rules",),
            ("tags",),
        }
        inside = _listing(self.root, None) if reads else None
        ended = forks.run(self.root, *case.command)
        fault = ended.fault
        if not fault and inside is not None and _listing(self.root, None) != inside:
            fault = "a command that only reads has written"
        if not fault and _listing(self.folder, self.root) != self.before:
            fault = "something was written outside of the repository"
        if reads and not fault:
            for path in case.files:
                if (self.kept / path).is_file():
                    shutil.copy2(self.kept / path, self.root / path)
                else:
                    (self.root / path).unlink(missing_ok=True)
        else:
            self._restore()
        return fault, ended

    def _restore(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.kept, self.root, symlinks=True)


_SORTS: dict[str, tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]] = {
    "spec": (tuple(f"{one}/scaffold.yaml" for one in UNITS), (*_OVER, *_ROUTE)),
    "lock": (tuple(f"{one}/scaffold.lock" for one in UNITS), _LOCK),
    "config": ((".scaffold/config.yaml",), _CONFIG),
    "values": (("alerting/values.yaml",), (*_FILES, *_ROUTE, _PREVIEW)),
    "file": (("services/", "e2e/", ".github/workflows/", "own/own.yaml"), _FILES),
    "template": (
        (".scaffold/templates/own/",),
        (("diff", "own"), ("regenerate",), ("validate",), ("list", "--format", "github-matrix")),
    ),
    "journal": ((), (("regenerate",), ("diff",), _NEW)),
}
SORTS = (*_SORTS, "command")


def _arguments(source: random.Random) -> tuple[str, ...]:
    """Return a command line: a command, some options and some values, each odd in some way."""
    odd = [
        *(one.replace("\x00", "") for one in TOKENS),
        "a\nb",
        "x" * 10_000,
        "--",
        "-",
        "-x",
        "",
        ".",
        "..",
        "/",
        "//",
        "~",
        "services/payments",
        "alerting",
        "alerting/values.yaml",
        "services",
        "HEAD",
        "HEAD~1",
        "@{-1}",
        "--all",
        "-n1",
        "1/4",
        "0/0",
        "1/1",
        "\u0661/\u0664",
        "²/³",
        "1/" + "9" * 5000,
        "/1",
        "1//1",
        "a=b",
        "=",
        "a=",
        "=b",
        "a.b=c",
        "slack",
        "email:x",
        "null",
        "\udcff",
        "a/b:1.2.3",
        "a/b",
        "name",
        "json",
        "text",
        "github",
        ".git/x",
        ".scaffold/x",
        "../x",
        "/etc",
        ".github/workflows",
    ]
    out = [source.choice(command_names())]
    for _ in range(source.randrange(0, 5)):
        if source.random() < 0.6:
            option = source.choice(_OPTIONS)
            out.append(f"{option}={source.choice(odd)}" if source.random() < 0.5 else option)
        out.append(source.choice(odd))
    return tuple(out)


def _make(root: Path) -> None:
    for command in (
        ("git", "init", "-q", "."),
        ("git", "config", "user.email", "t@example.org"),
        ("git", "config", "user.name", "t"),
    ):
        subprocess.run(command, cwd=root, check=True)
    for path, text in _OWN.items():
        place = root / ".scaffold/templates/own" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (root / "own").mkdir()
    (root / "own/scaffold.yaml").write_text(SPECS["own"])
    for arguments in (
        ("init", "--automation", "flux-v1", "--ci-install", "scaffold-config==0.1.0"),
        ("new-service", "payments", "--image", "ghcr.io/example/payments:master-1", "--workflow"),
        ("alerting", "--receiver", "slack", "--receiver", "pagerduty", "--severity", "critical=pagerduty"),
        ("new-e2e", "kubectl-tree"),
    ):
        ended = forks.run(root, *arguments)
        assert ended.code == 0, ended.err
    (root / ".scaffold/config.yaml").write_text(CONFIG)
    spec = root / "services/payments/scaffold.yaml"
    more = "env: {A: b}\nresources: {limits: {cpu: 1500m}}\nlabels: {a: b}\n"
    more += "sidecars:\n  - {name: proxy, image: a/b, tag: 1.2.3}\n"
    spec.write_text(spec.read_text() + more)
    ended = forks.run(root, "regenerate")
    assert ended.code == 0, ended.err
    subprocess.run(("git", "add", "--all"), cwd=root, check=True)
    subprocess.run(("git", "commit", "-qm", "all", "--no-gpg-sign"), cwd=root, check=True)


def _journal(root: Path) -> tuple[str, str]:
    """Return the path and text of a journal that a killed run could have left, as the product itself writes it."""
    entries = (
        journal.Entry("services/payments/scaffold.yaml", "services/payments", None, "0" * 40, "services/payments"),
        journal.Entry("services/payments/deploy/x", "services/payments", None, None, "services/payments"),
    )
    path = state.state_folder(root) / journal.NAME
    return path.relative_to(root).as_posix(), journal.journal_bytes(journal.Journal("0" * 16, entries)).decode()


def _listing(folder: Path, without: Path | None) -> dict[str, tuple[int, int]]:
    """Return size and time of every file below a folder but git's and the run's own."""
    out = {}
    stack = [folder]
    while stack:
        for one in stack.pop().iterdir():
            if one == without or one.name in {".git", "run.lock", "kept"}:
                continue
            info = one.lstat()
            if one.is_dir() and not one.is_symlink():
                stack.append(one)
            else:
                out[str(one)] = info.st_size, info.st_mtime_ns
    return out
