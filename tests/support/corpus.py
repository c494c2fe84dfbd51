"""Real YAML files of other people, where there are any: a folder beside the repository, never a part of it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from . import yamltext

PROJECT = Path(__file__).resolve().parents[2]
VALUES = "prometheus-community+helm-charts/charts/kube-prometheus-stack/values.yaml"


def folder() -> Path | None:
    """Return the folder of the corpus: SCAFFOLD_CORPUS, or a sibling of the repository. None where there is none."""
    named = os.environ.get("SCAFFOLD_CORPUS")
    places = [Path(named)] if named else [PROJECT.parent / "corpus", PROJECT.parent / "shared" / "corpus"]
    return next((one for one in places if one.is_dir()), None)


def trees() -> Path | None:
    """Return the folder with archives of whole repositories: SCAFFOLD_TREES, or a sibling. None where there is none."""
    named = os.environ.get("SCAFFOLD_TREES")
    places = [Path(named)] if named else [PROJECT.parent / "trees", PROJECT.parent / "shared" / "trees"]
    for above in PROJECT.parents:  # a worktree lies deeper
        places.append(above / "shared" / "trees")
    return next((one for one in places if one.is_dir()), None)


@cache
def names(root: Path) -> tuple[str, ...]:
    """Return the paths of the YAML files below a folder, in order."""
    found = [one for one in root.rglob("*") if one.suffix in {".yaml", ".yml"} and one.is_file()]
    return tuple(sorted(one.relative_to(root).as_posix() for one in found))


def text_of(root: Path, name: str) -> str | None:
    """Return the text of a file, or None if it is no YAML, as charts' templates are not."""
    try:
        text = (root / name).read_bytes().decode("utf-8")
        yamltext.meanings(text)
    except (UnicodeDecodeError, yamltext.UnusableError):
        return None
    return text
