"""Check the selected files: units, rules, and the config's severities of findings."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .. import config, rules, workers
from ..config import Config
from ..errors import Invalid, Problem
from ..pipeline import Pipeline
from ..rules.recognise import conflict_markers
from ..workers import Processes
from ..worktree import Worktree
from .file_selection import Selection
from .loading import load
from .part_checks import Item, PartChecker, PartFindings
from .unit_checks import read_units
from .unused_globs import ReadSpec, unused_of_config

_LEAST = 100  # files of a part: checking one takes about 0.3 ms, and starting a process about 20


@dataclass(frozen=True)
class Outcome:
    """The findings, the number of checked files, what was left out and why, and the first bug, if any.

    ``left_out`` has the files that the user named, ``all_left_out`` all of them, with the reasons. ``profile`` is that
    of the repository: what is shown if no option says otherwise. ``known`` are the findings that a baseline has.
    """

    problems: tuple[Problem, ...]
    checked: int
    skipped: Counter[str] = field(default_factory=Counter)
    left_out: tuple[tuple[str, str], ...] = ()
    suppressed: int = 0
    off: int = 0
    lowered: int = 0
    bug: Exception | None = None
    all_left_out: tuple[tuple[str, str], ...] = ()
    profile: str = "strict"
    known: int = 0


def check_selection(selection: Selection, by: Processes | None = None) -> Outcome:
    """Return the findings in the selected files, found by processes (default: only this one).

    Raises Invalid if one of the processes ends unexpectedly.
    """
    collects = gc.isenabled()
    gc.disable()  # nodes form no cycles, and scanning millions of them takes a fifth of the time
    try:
        return _validate(selection, by or Processes())
    finally:
        if collects:
            gc.enable()


def _validate(selection: Selection, by: Processes) -> Outcome:
    settings, problems = settings_of_run(Worktree(selection.base), selection)
    loaded = load(selection, settings, by)
    files, reader = loaded.files, loaded.reader
    problems += reader.problems
    bug = None
    specs: dict[str, ReadSpec] = {}
    items: list[Item] = [*selection.units, *range(len(files))]
    checker = PartChecker(selection, settings, loaded)
    for found in workers.each_part(checker, items, _LEAST, by, "files are checked", _has_bug):
        problems += found.problems
        bug = bug or found.bug
        specs |= found.specs
    problems += unused_globs_of(Worktree(selection.base), settings, selection, specs)
    problems = list(dict.fromkeys(problems))  # several files may show one fault of what kustomizations build of them
    loaded.scope.forget()
    known = {one.id: one.across for one in rules.all_rules()}
    settled = rules.settle(files, problems, settings, known, whole=selection.whole)
    left_out = tuple(sorted(reader.skipped.items()))
    return Outcome(
        settled.problems,
        len(files) + len({one.path for one in reader.problems}) + len(selection.units),
        Counter(reason for _, reason in left_out),
        tuple(one for one in left_out if one[0] in selection.named),
        settled.suppressed,
        settled.off,
        settled.lowered,
        bug,
        left_out,
        profile_of(selection, settings),
    )


def profile_of(selection: Selection, settings: Config) -> str:
    """Return the profile of a repository: its config's, ``default`` for one that has no config."""
    has_config = selection.is_root and Worktree(selection.base).has(config.PATH)
    return settings.profile if has_config else "default"


def unused_globs_of(
    worktree: Worktree, settings: Config, selection: Selection, specs: Mapping[str, ReadSpec]
) -> Iterable[Problem]:
    """Return the globs of the config that match nothing, in the part of a run that has the config.

    Nothing is told if a spec cannot be read, since its unit could have what they match.
    """
    if not selection.whole or (selection.others and config.PATH not in selection.paths):
        return ()
    pipeline = Pipeline(worktree, settings)
    every = {**specs, **read_units(pipeline, selection.other_units)}
    if len(every) < len(selection.units) + len(selection.other_units):
        return ()
    return unused_of_config(pipeline, settings, every, selection.read)


def _has_bug(found: PartFindings) -> bool:
    """Tell whether a bug was met, whose traceback does not leave a process."""
    return found.bug is not None


def settings_of_run(worktree: Worktree, selection: Selection) -> tuple[Config, list[Problem]]:
    """Return the config and its problems; a broken config counts as empty."""
    if not selection.is_root:
        return Config({}), []
    try:
        text = worktree.read(config.PATH)
        if text is None:
            return Config({}), []
        if markers := conflict_markers(config.PATH, text):
            return Config({}), list(markers)
        settings = config.parse_config(text, worktree.own_templates)
    except Invalid as error:
        return Config({}), [replace(one, rule=one.rule or "SCF001") for one in error.problems]
    known = {one.id for one in rules.all_rules()}
    unknown = [one for one in settings.data.get("rules") or {} if one not in known]
    hint = "run scaffold rules to list them"
    line = next((n for n, one in enumerate(text.splitlines(), 1) if one.startswith("rules")), 1)
    return settings, [
        Problem(config.PATH, line, 1, f"rules names {one}, which is not a rule", hint, "SCF001") for one in unknown
    ]
