"""Real workloads of other people with annotations of Flux v1 put in: what a migration has to give is then known.

Everything here works on lines of text, and uses nothing of the package.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

_IMAGE = re.compile(
    r"^(?P<lead>[ ]*(?:- )?image: )(?P<quote>[\"']?)(?P<image>[^\s\"'#@{$]+:v?[0-9][^\s\"'#@]*)(?P=quote)\r?$"
)
MARKER = re.compile(r' # \{"\$imagepolicy": "(?P<space>[^:"]+):(?P<name>[^:"]+)"\}(?=\r?$)', re.MULTILINE)
_SORTS = {"Deployment", "DaemonSet", "StatefulSet"}


@dataclass(frozen=True)
class Annotated:
    """A file with annotations put in: its text before, the text with them, and how many images have a policy."""

    name: str
    plain: str
    text: str
    moving: int


def annotated(root: Path, trees: Path | None = None) -> Iterator[Annotated]:
    """Yield the workloads of files below a folder, and of archives, whose images all have a version and no comment.

    Each document of a file is a text of its own; the same document is yielded once.
    """
    seen = set()
    for name, data in _files(root, trees):
        plain = data.decode("utf-8", "replace")
        if "image:" not in plain or len(plain) > 500_000:
            continue
        for number, part in enumerate(re.split(r"^---.*\n", plain, flags=re.MULTILINE)):
            if "containers:" not in part or "flux" in part or "\ufffd" in part or part in seen:
                continue
            seen.add(part)
            try:
                documents = [one for one in yaml.load_all(part, yaml.CSafeLoader) if isinstance(one, dict)]
            except (yaml.YAMLError, ValueError):
                continue
            made = _with_annotations(part, documents)
            if made:
                yield Annotated(f"{name}:{number}", part, *made)


def _files(root: Path, trees: Path | None) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.rglob("*.y*ml")):
        if path.is_file():
            yield path.relative_to(root).as_posix(), path.read_bytes()
    for archive in sorted(trees.glob("*.tar.gz")) if trees else ():
        with tarfile.open(archive) as tree:
            for member in tree:
                read = tree.extractfile(member) if member.isfile() and member.name.endswith((".yaml", ".yml")) else None
                if read:
                    yield member.name, read.read()


def _with_annotations(plain: str, documents: list[dict[str, object]]) -> tuple[str, int] | None:
    """Return a text with annotations in its only workload, and how many images move, or None."""
    found = [one for one in documents if one.get("kind") in _SORTS]
    if len(found) != 1 or not isinstance(found[0].get("metadata"), dict):
        return None
    spec = found[0].get("spec")
    pod = spec["template"]["spec"] if isinstance(spec, dict) and "template" in spec else {}
    containers = [*(pod.get("containers") or []), *(pod.get("initContainers") or [])]
    lines = plain.split("\n")
    images = [match["image"] for line in lines if (match := _IMAGE.match(line))]
    if not containers or sorted(str(one.get("image")) for one in containers) != sorted(images):
        return None
    metadata = found[0]["metadata"]
    assert isinstance(metadata, dict)
    if not metadata.get("name") or len({one["name"] for one in containers}) < len(containers):
        return None
    rules = ['fluxcd.io/automated: "true"']
    moving = 0
    for one in containers:
        tag = str(one["image"]).rpartition(":")[2]
        version = re.fullmatch(r"v?([0-9]+)\.([0-9]+)\.[0-9]+", tag)
        moving += bool(version)
        rule = f"semver:~{version[1]}.{version[2]}" if version else f"glob:{tag}"
        rules.append(f"fluxcd.io/tag.{one['name']}: {rule}")
    start = _line_of_workload(lines, str(found[0]["kind"]))
    return ("\n".join(_put(lines, start, rules)), moving) if start is not None else None


def _line_of_workload(lines: list[str], sort: str) -> int | None:
    """Return the line ``metadata:`` of the document with this kind."""
    first = 0
    for number, line in enumerate([*lines, "---"]):
        if line.startswith("---"):
            part = [one.rstrip("\r") for one in lines[first:number]]
            if f"kind: {sort}" in part:
                return first + part.index("metadata:") if "metadata:" in part else None
            first = number + 1
    return None


def _put(lines: list[str], metadata: int, rules: list[str]) -> list[str]:
    """Return the lines with annotations at the start of the object's, or in a new map."""
    end = "\r" if lines[metadata].endswith("\r") else ""
    below = lines[metadata + 1]
    indent = below[: len(below) - len(below.lstrip(" "))]
    at = next(
        (n for n in range(metadata + 1, len(lines)) if lines[n].rstrip() == f"{indent}annotations:"
         and all(one.startswith(indent) or not one.strip() for one in lines[metadata + 1 : n])), None,
    )  # fmt: skip
    if at is None:
        new = [f"{indent}annotations:{end}", *(f"{indent}  {one}{end}" for one in rules)]
        return [*lines[: metadata + 1], *new, *lines[metadata + 1 :]]
    inner = lines[at + 1][: len(lines[at + 1]) - len(lines[at + 1].lstrip(" "))]
    return [*lines[: at + 1], *(f"{inner}{one}{end}" for one in rules), *lines[at + 1 :]]
