"""A clone of one person: real git, and the real command line of scaffold, with the ledger of what was edited in it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..conftest import Done, Repo
from ..support import forks
from .inside import InsideRepo
from .ledger import Ledger

LOCK, SPEC, CONFIG = "scaffold.lock", "scaffold.yaml", ".scaffold/config.yaml"


class LostError(AssertionError):
    """An edit is not there any more, or something is there that nobody wrote."""


@dataclass
class Clone:
    """A person's clone; ``driver`` is the command of git's merge driver, if the person has it."""

    root: Path
    person: str
    driver: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    branch: str = ""  # the open branch
    start: str = ""  # the commit where the open branch began
    count: int = 0  # of branches
    fetched: int = 0  # how many pushes to main it has seen
    tally: Counter[str] = field(default_factory=Counter)  # of the month
    tangled: bool = False  # whether the branch has merges, and cannot be rebased

    @cached_property
    def repo(self) -> Repo:
        return InsideRepo(self.root)

    @cached_property
    def _environment(self) -> dict[str, str]:
        mail = f"{self.person}@example.org"
        return {
            **forks.plain_environment(),
            "PATH": f"{forks.command()}{os.pathsep}{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_EDITOR": "true",
            **{f"GIT_{role}_NAME": self.person for role in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{role}_EMAIL": mail for role in ("AUTHOR", "COMMITTER")},
        }

    def git(self, *arguments: str, check: bool = True) -> Done:
        """Run git; with ``check``, raise LostError if it fails."""
        command = ["git", "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.fsync=none", *arguments]
        done = subprocess.run(
            command, cwd=self.root, env=self._environment, capture_output=True, stdin=subprocess.DEVNULL, check=False
        )
        out, err = (one.decode("utf-8", "surrogateescape") for one in (done.stdout, done.stderr))
        if check and done.returncode:
            raise LostError(f"{shlex.join(arguments)} in {self.root}: {out}{err}")
        return Done(done.returncode, out, err)

    def out(self, *arguments: str) -> str:
        return self.git(*arguments).out.strip()

    def head(self) -> str:
        return self.out("rev-parse", "HEAD")

    def unmerged(self) -> dict[str, dict[int, str]]:
        """Return the paths in conflict, each with the blobs of its sides: 1 is before both, 2 is ours, 3 is theirs."""
        found: dict[str, dict[int, str]] = {}
        for line in self.git("ls-files", "-u", "-z").out.split("\0")[:-1]:
            about, _, path = line.partition("\t")
            _, blob, stage = about.split()
            found.setdefault(path, {})[int(stage)] = blob
        return found

    def files(self) -> list[str]:
        return self.git("ls-files", "-z").out.split("\0")[:-1]

    def read(self, path: str) -> str | None:
        place = self.root / path
        return place.read_bytes().decode() if place.is_file() else None

    def text(self, name: str) -> str | None:
        """Return the text of a file by its name in the log; None if it is not there or has markers."""
        unit = name.partition("/")[0]
        text = self.read(self.ledger.path_of(name)) if unit in self.ledger.places else None
        return None if text is not None and has_markers(text) else text

    def edit(self, path: str, text: str) -> bool:
        """Change a file by hand, and note that."""
        before, name = self.read(path) or "", self.ledger.name_of(path)
        if text == before:
            return False
        self.repo.write(path, text)
        if name:
            self.ledger.note(name, before, text)
        return True

    def generated(self, place: str) -> dict[str, str]:
        """Return what the lock of a unit says was generated, by path."""
        return generated_of(self.read(f"{place}/{LOCK}") or "", place)

    def rows(self) -> list[dict[str, Any]]:
        return [row for row in self.repo.rows() if row["conflicts"]]

    def discard(self, *folders: str) -> None:
        """Remove what may be at paths, from git and the disk."""
        self.git("rm", "-rfq", "--ignore-unmatch", "--", *folders)
        for one in folders:
            place = self.root / one
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)


def generated_of(lock: str, place: str) -> dict[str, str]:
    """Return what the text of the lock of a unit says was generated, by path."""
    files = json.loads(lock)["files"] if lock and not has_markers(lock) else []
    return {
        one["path"][1:] if one["path"].startswith("/") else f"{place}/{one['path']}": "\n".join(one["text"])
        for one in files
    }


def has_markers(text: str) -> bool:
    return any(line.startswith(("<<<<<<< ", ">>>>>>> ")) for line in text.split("\n"))


def clone(origin: Path, root: Path, person: str, driver: str = "") -> Clone:
    """Make a person's clone of a repository."""
    out = Clone(root, person, driver)
    root.mkdir(parents=True)
    settings = ["--config", f"merge.scaffold.driver={driver}"] if driver else []
    out.git("clone", "--quiet", "--template=", *settings, str(origin), ".")
    return out
