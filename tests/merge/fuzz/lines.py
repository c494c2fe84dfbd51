"""Makefiles and shell, which merge by lines, beside ``git merge-file``: where git is clean and stable, so are we."""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

from .case import Answer, Case

TARGETS = ["build", "test", "lint", "deploy", "check", "clean", "cluster", "image", "logs", "release"]
COMMANDS = [
    'docker build --tag "$$image" .',
    "kind load docker-image app --name $$CLUSTER",
    "kubectl apply --filename deploy",
    "mkdir -p output",
    "set -e",
    "go test ./...",
    "sleep 2",
]
Lines = list[str]


def case(seed: str, number: int) -> Case:
    """Return a triple."""
    source = Random(f"lines {seed} {number}")  # noqa: S311 - a seed, and no secret
    shell = number % 3 == 2
    base = _file(source, shell)
    ours, theirs = (_edited(source, base, mark, shell) for mark in ("mine", "new"))
    texts = ["".join(f"{line}\n" for line in one) for one in (base, ours, theirs)]
    by_git = git(*texts)
    stable = by_git is not None and git(texts[0], by_git, texts[2]) == by_git
    exact = frozenset([by_git] if by_git is not None and stable else [])
    answer: Answer = "wrong" if stable else "allowed"
    b, o, t = (Counter(one) for one in (base, ours, theirs))

    def judge(text: str) -> list[str]:
        found = Counter(text.removesuffix("\n").split("\n")) if text else Counter()
        right = {
            line: {max(0, o[line] + t[line] - b[line]), max(o[line], t[line]), min(o[line], t[line])}
            for line in b | o | t | found
        }
        return [f"{line!r} is there {found[line]} times" for line in right if found[line] not in right[line]]

    name = "shell" if shell else "Makefile"
    return Case(
        f"{name}, git {'clean' if stable else 'unstable' if by_git is not None else 'conflict'} {number}",
        *texts,
        judge,
        exact,
        answer,
        f"run{'.sh' if shell else ''}",
    )


def git(base: str, ours: str, theirs: str) -> str | None:
    """Return what ``git merge-file`` makes of three texts, None for a conflict."""
    folder = Path(_folder().name)
    for name, text in (("ours", ours), ("base", base), ("theirs", theirs)):
        (folder / name).write_bytes(text.encode())
    done = subprocess.run(["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=folder, capture_output=True)
    return done.stdout.decode() if done.returncode == 0 else None


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="scaffold-lines-")


def _file(source: Random, shell: bool) -> Lines:
    """Return the lines of a file: variables, and targets or functions."""
    out = ["#!/usr/bin/env bash", "set -euo pipefail"] if shell else ["SHELL := bash", "CLUSTER ?= app", ".PHONY: all"]
    for name in source.sample(TARGETS, source.choice([2, 3, 4])):
        out += ["", *_block(source, name, shell)]
    return out


def _block(source: Random, name: str, shell: bool) -> Lines:
    """Return a target of a Makefile or a function of a script, some with a comment."""
    indent = "  " if shell else "\t"
    head = [f"# {name}: how it is done"] if source.random() < 0.4 else []
    body = [f"{indent}{line}" for line in source.sample(COMMANDS, source.choice([1, 2, 3]))]
    return [*head, f"{name}() {{" if shell else f"{name}: output/{name}", *body, *(["}"] if shell else [])]


def _edited(source: Random, base: Lines, mark: str, shell: bool) -> Lines:
    """Return lines with one to three edits."""
    out = list(base)
    for number in range(source.choice([1, 1, 2, 3])):
        place = source.randrange(len(out))
        what = source.choice(
            ["line", "line", "change", "change", "delete", "block", "block at the end", "comment", "blank"]
        )
        if what == "line":
            out.insert(place + 1, f"\techo {mark}{number}")
        elif what == "change" and out[place]:
            out[place] += f" {mark}{number}"
        elif what == "delete":
            del out[place]
        elif what == "comment":
            out.insert(place, f"# {mark}{number}")
        elif what == "blank":
            out.insert(place, "")
        elif what.startswith("block"):
            blanks = [n for n, line in enumerate(out) if not line] or [len(out)]
            at = len(out) if what == "block at the end" else source.choice(blanks)
            out[at:at] = ["", *_block(source, f"{mark}-{source.choice(TARGETS)}", shell)]
    return out or [""]
