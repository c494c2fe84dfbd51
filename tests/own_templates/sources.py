"""Repositories with templates for tests, made by git's own plumbing, so that they can have what git add refuses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..conftest import Repo, git

INNER = "{{cookiecutter.name}}"
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["template", "name", "schedule"],
    "properties": {
        "template": {"type": "string"},
        "name": {"type": "string"},
        "schedule": {"type": "string", "description": "When it runs, such as 0 3 * * *."},
        "retries": {"type": "integer", "default": 3},
    },
}
CRONJOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ cookiecutter.name | yaml }}
spec:
  schedule: {{ cookiecutter.schedule | yaml }}
  jobTemplate:
    spec:
      backoffLimit: {{ cookiecutter.retries }}
"""
FILES: Mapping[str, str] = {
    "cookiecutter.json": json.dumps({"name": "x", "_extensions": ["generator.encode.Encoders"], "_dir": "jobs"}),
    "version": "1\n",
    "schema.json": json.dumps(SCHEMA, indent=2),
    f"{INNER}/cronjob.yaml": CRONJOB,
}
SHA = 40


def write(repo: Repo, name: str, files: Mapping[str, str] = FILES) -> str:
    """Write a template into a repository, and return its folder."""
    folder = f".scaffold/templates/{name}"
    for path, text in files.items():
        repo.write(f"{folder}/{path}", text)
    return folder


@dataclass(frozen=True)
class Source:
    """A repository of templates."""

    root: Path

    def git(self, *arguments: str, given: bytes = b"") -> str:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, input=given
        )
        return done.stdout.decode().strip()

    def commit(self, files: Mapping[str, str | bytes], tag: str = "", below: str = "cronjob") -> str:
        """Commit files, and return the commit."""
        for path, text in files.items():
            place = self.root / below / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "-m", "x")
        if tag:
            self.git("tag", "-m", tag, tag)
        return self.git("rev-parse", "HEAD")

    def tree(self, *entries: tuple[str, str, str]) -> str:
        """Write a tree of (mode, name, object) that git itself would not make, and return it."""
        data = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(one) for mode, name, one in entries)
        return self.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=data)

    def blob(self, data: bytes = b"a\n") -> str:
        return self.git("hash-object", "-w", "--stdin", given=data)

    def template_with(self, *more: tuple[str, str, str]) -> str:
        """Tag a commit whose tree ``cronjob`` has the template and more entries; return its tag."""
        usual = [
            ("100644", name, self.blob(FILES[name].encode()))
            for name in ("cookiecutter.json", "schema.json", "version")
        ]
        inner = self.tree(("100644", "cronjob.yaml", self.blob(CRONJOB.encode())))
        top = self.tree(*sorted([*usual, ("40000", INNER, inner), *more], key=lambda one: one[1]))
        commit = self.git("commit-tree", "-m", "x", self.tree(("40000", "cronjob", top)))
        self.git("tag", "hostile", commit)
        return "hostile"


def source(folder: Path) -> Source:
    """Return a repository with the template cronjob at the tag v1."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main", ".")
    made = Source(folder)
    made.commit(FILES, "v1")
    return made
