"""The outputs in docs/user/first-run.md: ``python -m tests.docs.first_runs --write`` makes them from others' files.

The archives (``SCAFFOLD_TREES``) have only the YAML of a repository, all other files are empty: each Makefile gets the
targets that workflows name, so that the output is that of the whole repository.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path

from ..support import corpus

PAGE = Path(__file__).resolve().parents[2] / "docs/user/first-run.md"
_BLOCK = re.compile(r"(<!-- run: ([A-Za-z0-9_.-]+)/([A-Za-z0-9_.-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_TARGET = re.compile(r"(\S+) has no target (\S+)\Z")


def validated(root: Path, *options: str) -> str:
    environment = {**os.environ, "COLUMNS": "160"}
    arguments = [sys.executable, "-m", "generator", "validate", *options]
    return subprocess.run(arguments, cwd=root, env=environment, capture_output=True, text=True).stdout


def completed(root: Path) -> None:
    """Give each Makefile the targets that the workflows want of it."""
    wanted = defaultdict(set)
    for one in json.loads(validated(root, "--profile", "strict", "--format", "json")):
        if match := _TARGET.match(one["message"]):
            wanted[match[1]].add(match[2])
    for path, targets in wanted.items():
        (root / path).write_text("".join(f"{one}:\n\t@true\n" for one in sorted(targets)), "utf-8")


def unpack_others(root: Path) -> None:
    """Create the files that are no YAML, which the archive only lists."""
    for path in (root / "PATHS").read_text("utf-8").splitlines():
        target = root / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
    (root / "PATHS").unlink()


def output(trees: Path, owner: str, name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(trees / f"{owner}+{name}.tar.gz") as files:
            files.extractall(folder, filter="data")
        root = Path(folder) / f"{owner}+{name}"
        unpack_others(root)
        subprocess.run(["git", "init", "--quiet", "."], cwd=root, check=True)
        completed(root)
        return f"```console\n$ scaffold validate\n{validated(root)}```\n"


def main() -> int:
    trees = corpus.trees()
    if trees is None:
        sys.exit("the repositories of others are not here: set SCAFFOLD_TREES")
    text = PAGE.read_text("utf-8")
    made = _BLOCK.sub(lambda found: f"{found[1]}{output(trees, found[2], found[3])}{found[5]}", text)
    if "--write" in sys.argv:
        PAGE.write_text(made, "utf-8")
    return int(made != text and "--write" not in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
