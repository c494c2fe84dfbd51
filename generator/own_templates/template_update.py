"""Update a template that was copied or added: a merge of the recorded, the present and the new files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..choice import Choice
from ..errors import Invalid, invalid
from ..lock import Lock
from ..plan import Change, Plan, make_plan
from ..planned import Unit
from ..question import Question
from ..render import Rendered
from ..template import own_template_of, template_folder, template_problem
from ..template_folder import SOURCE_NAME, TemplateFiles
from ..tree import join
from ..worktree import Worktree, Write
from ..writes import writes_of
from .source_record import Recorded, SourceFiles, folder_texts, source_text
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
    paths = {*records.lock.files, *files.texts}
    question = Question(
        (),
        {one: choice.settle(join(folder, one)) for one in paths},
        {one: choice.resets(join(folder, one)) for one in paths},
    )
    rendered = Rendered(files.texts, {one: one for one in files.texts}, files.modes)
    new = replace(files.locked(name, source.version), files={})
    here = {one: text for one, text in ours.items() if one in paths}
    plan = make_plan(folder, name, records.lock, here, rendered, new, question)
    plan = _with_version(plan, records.lock, ours, files)
    unit = Unit(folder, plan, (), records.lock_text)
    if plan.blocked:
        return TemplateUpdate(unit, ())
    _check_merged(worktree, name, ours, plan.changes, files.modes)
    text = source_text(source)
    path = join(folder, SOURCE_NAME)
    extra = [] if text == records.source_text else [Write(path, records.source_text, text, unit=folder)]
    return TemplateUpdate(unit, tuple(writes_of([unit], extra)))


def edited_paths(base: Lock, ours: Mapping[str, str]) -> list[str]:
    """Return the files that differ from those of the source: changed, deleted and added ones."""
    before = {path: one.text for path, one in base.files.items()}
    return sorted(path for path in {*before, *ours} if before.get(path) != ours.get(path))


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
