"""Update a template that was copied or added: a merge of the recorded, the present and the new files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..choice import Choice
from ..errors import Invalid, invalid
from ..lock import Lock
from ..merge import differs
from ..plan import Change, Plan, make_plan
from ..planned import Unit
from ..question import Question
from ..render import Rendered
from ..template import own_template_of, template_folder, template_problem
from ..template_folder import SOURCE_NAME, TemplateFiles
from ..tree import join
from ..worktree import Worktree, Write
from ..writes import writes_of
from .source_record import (
    Recorded,
    SourceFiles,
    folder_texts,
    line_merged_name,
    plain_name,
    recorded_lock,
    source_text,
)
from .template_fetch import FetchedTemplate

_VERSION = "version"


@dataclass(frozen=True)
class TemplateUpdate:
    """A planned update: the template's folder as a unit, and the writes, none if it is blocked."""

    unit: Unit
    writes: tuple[Write, ...]


def plan_update(
    worktree: Worktree, name: str, records: Recorded, found: FetchedTemplate, choice: Choice
) -> TemplateUpdate:
    """Return the update of a template to the files of another version of its source.

    Edits of the repository are merged. Raises Invalid if the merged files are no template.
    """
    folder, files, source = template_folder(name), found.files, found.source
    ours = folder_texts(worktree, name)
    plan = _by_line(folder, records.lock, ours, files, choice, worktree.executable(folder, ours))
    text = recorded_lock(files, name, source.version)
    lock = files.locked(name, source.version)
    is_same = text == records.lock_text if records.sides else lock == records.lock
    plan = replace(plan, template=name, lock=None if is_same else lock)
    plan = _with_version(plan, records.lock, ours, files)
    unit = Unit(folder, plan, (), records.lock_text, unsettled=bool(records.sides))
    if plan.blocked:
        return TemplateUpdate(unit, ())
    _check_merged(worktree, name, ours, plan.changes, files.modes)
    text = source_text(source)
    path = join(folder, SOURCE_NAME)
    extra = [] if text == records.source_text else [Write(path, records.source_text, text, unit=folder)]
    return TemplateUpdate(unit, tuple(writes_of([unit], extra)))


def _by_line(
    folder: str, base: Lock, ours: Mapping[str, str], files: SourceFiles, choice: Choice, executable: frozenset[str]
) -> Plan:
    """Return the plan without its lock. Files are merged by line, except examples, which are YAML.

    So texts of templates are planned with names of their own (``line_merged_name``).
    """
    texts = {line_merged_name(path): text for path, text in files.texts.items()}
    before = {line_merged_name(path): one for path, one in base.files.items()}
    paths = {*files.texts, *base.files}
    here = {line_merged_name(path): text for path, text in ours.items() if path in paths}
    question = Question(
        (),
        {line_merged_name(one): choice.settle(join(folder, one)) for one in paths},
        {line_merged_name(one): choice.resets(join(folder, one)) for one in paths},
        frozenset(map(line_merged_name, executable)),
    )
    modes = {line_merged_name(path): mode for path, mode in files.modes.items()}
    new = replace(base, files={})
    try:
        plan = make_plan(
            folder,
            "",
            replace(base, files=before),
            here,
            Rendered(texts, {one: one for one in texts}, modes),
            new,
            question,
        )
    except Invalid as error:
        raise Invalid(replace(one, path=join(folder, plain_name(one.path))) for one in error.problems) from None
    changes = (replace(one, path=plain_name(one.path), moved_from=plain_name(one.moved_from)) for one in plan.changes)
    return replace(plan, changes=tuple(sorted(changes, key=lambda one: one.path)))


def edited_paths(base: Lock, ours: Mapping[str, str]) -> list[str]:
    """Return the files that differ from those of the source: changed, deleted and added ones."""
    before = {path: one.text for path, one in base.files.items()}
    both = before.keys() & ours.keys()
    return sorted([*(before.keys() ^ ours.keys()), *(path for path in both if differs(before[path], ours[path]))])


def _with_version(plan: Plan, base: Lock, ours: Mapping[str, str], files: SourceFiles) -> Plan:
    """Return the plan with a version above both, if both sides have raised it: the merged template is a third one."""
    before = base.files[_VERSION].text if _VERSION in base.files else ""
    numbers = [one.strip() for one in (ours.get(_VERSION, ""), files.texts.get(_VERSION, ""))]
    is_raised = all(one.isdecimal() and len(one) < 10 and one != before.strip() for one in numbers)
    if not is_raised:
        return plan
    text = f"{max(map(int, numbers)) + 1}\n"
    changes = (
        replace(one, merged=text, conflicts=()) if one.path == _VERSION and not one.reset else one
        for one in plan.changes
    )
    return replace(plan, changes=tuple(changes))


def _check_merged(
    worktree: Worktree, name: str, ours: Mapping[str, str], changes: tuple[Change, ...], modes: Mapping[str, int]
) -> None:
    """Raise Invalid if the merged files are no template, unless the present ones are none either."""
    own = worktree.own_template(name)
    if own is not None and template_problem(name, own):
        return
    texts = dict(ours)
    for one in changes:
        texts.pop(one.moved_from, None)
        texts.pop(one.path, None)
        if one.merged is not None:
            texts[one.path] = one.merged
    try:
        own_template_of(name, TemplateFiles(texts, {one: modes.get(one, 0o644) for one in texts}))
    except Invalid as error:
        first = error.problems[0]
        message = f"cannot be merged with your edits: {first.message}"
        raise invalid(first.path, message, f"edit it first, so that it can be: {first.hint}") from None
