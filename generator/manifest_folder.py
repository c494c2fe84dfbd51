"""The YAML files of a folder that is to become a unit, and the workloads in them that were written by hand."""

from __future__ import annotations

import re

from . import disk, repository
from .adoptable import Workload
from .behaviour import Behaviour
from .errors import invalid
from .pipeline import Pipeline
from .plan import Plan
from .printable import command_line
from .tree import SPEC_NAME, join

MAX_FILES = 1_000
_YAML = re.compile(r"(?:\.ya?ml|(?:^|/)Kustomization)\Z")


def manifest_files(pipeline: Pipeline, folder: str) -> dict[str, str]:
    """Return the YAML files of a folder by their path in it, without those of units below.

    Raises Invalid for a folder with too many of them, and for files that cannot be read.
    """
    root, start = pipeline.worktree.root, "" if folder == "." else f"{folder}/"
    if not disk.is_folder(root / folder, shown=folder):
        return {}
    units = tuple(f"{one}/" for one in pipeline.found if one.startswith(start) and one != folder)
    paths = [one for one in repository.known_files(root, folder) if _YAML.search(one) and not one.startswith(units)]
    if len(paths) > MAX_FILES:
        message = f"has {len(paths)} YAML files, more than {MAX_FILES}"
        raise invalid(folder, message, "name the folder of one service")
    read = {one.removeprefix(start): pipeline.worktree.read(one) for one in paths}
    return {path: text for path, text in read.items() if text is not None and path != SPEC_NAME}


def refuse_hand_written(pipeline: Pipeline, folder: str, known: Behaviour, name: str, plan: Plan | None) -> None:
    """Raise Invalid if a new unit would be made over a workload that was written by hand: it would get a second
    container, or be defined twice. Files that the user discards do not count.
    """
    if known.adoption is None or plan is None:
        return
    made = {one.path: one for one in plan.changes}

    def is_in_the_way(one: Workload) -> bool:
        change = made.get(one.source.path)
        if change is None:
            return one.name == name
        return not (one.is_generated or change.ours == change.theirs or "" in change.reset)

    files = manifest_files(pipeline, folder)
    for one in known.adoption().workloads(files) if files else ():
        if is_in_the_way(one):
            path, line, column = one.source
            hint = f"adopt it: {command_line(('scaffold', 'adopt', folder))}"
            message = f"{one.shown} was written by hand, and a new unit would define it again"
            raise invalid(join(folder, path), message, hint, line=line, column=column)
