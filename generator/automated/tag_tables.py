"""What automation makes of the tags of images, as a table and as JSON. Prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ..images.candidates import Candidate
from ..images.tag_selection import TagSelection
from ..printable import Line, escaped
from .automated_image import TagChoice

MOST = 10  # rows of an image, unless all are shown
_HEAD = ("WORKLOAD", "CONTAINER", "IMAGE", "CREATED (UTC)")
_DEPLOYED, _CURRENT, _OTHER = "=>", "->", "  "
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class TagRow:
    """A tag: its build time, its rank under the policy (from 1; None if it is not taken), and why it is not taken."""

    candidate: Candidate
    rank: int | None = None
    rejection: str = ""


def tag_rows(choice: TagChoice) -> list[TagRow]:
    """Return the tags of an image: those that the policy takes, best first, then the others, the newest first."""
    selection = choice.selection
    ranked = [TagRow(one, number) for number, one in enumerate(selection.ranked, 1)]
    taken = {one.tag for one in selection.ranked}
    rest = list({one.tag: one for one in choice.candidates if one.tag not in taken}.values())
    rest.sort(key=lambda one: one.tag, reverse=True)
    rest.sort(key=lambda one: one.created or _LONG_AGO, reverse=True)
    return [*ranked, *(TagRow(one, None, selection.rejected.get(one.tag, "")) for one in rest)]


def choice_row(choice: TagChoice, shown: Callable[[str], str]) -> dict[str, Any]:
    """Return what automation makes of an image as JSON data, with all tags; ``shown`` makes paths those of users."""
    image = choice.image
    return {
        "path": shown(image.place.path),
        "line": image.place.line,
        "column": image.place.column,
        "automation": image.automation,
        "workload": {"type": image.workload.sort, "namespace": image.workload.namespace, "name": image.workload.name},
        "container": image.container,
        "image": image.image.name,
        "policy": image.policy,
        "remark": image.remark,
        "current": image.image.tag,
        "digest": image.image.digest,
        "deployed": choice.deployed.tag if choice.deployed else None,
        "reason": choice.reason,
        "by_chance": choice.by_chance,
        "tags": [
            {
                "tag": one.candidate.tag,
                "created": _iso(one.candidate.created),
                "rank": one.rank,
                "rejection": one.rejection,
            }
            for one in tag_rows(choice)
        ],
    }


def _iso(created: datetime | None) -> str | None:
    return created.isoformat().replace("+00:00", "Z") if created else None


def table_lines(choices: Iterable[TagChoice], shown: Callable[[str], str], *, everything: bool) -> Iterator[Line]:
    """Yield the table of all images, aligned; ``everything`` shows all of their tags.

    Of each image only the rows to show are kept, since thousands of images may have a list of thousands of tags.
    """
    rows = [(_without_tags(choice), *_fewer(choice, everything)) for choice in choices]
    if not rows:
        return
    names = [(_cell(str(one.workload)), _cell(one.container)) for one in (choice.image for choice, _, _ in rows)]
    tags = [f"{_OTHER} {_cell(row.candidate.tag)}" for _, some, _ in rows for row in some]
    widths = (
        max([len(_HEAD[0]), *(len(one) for one, _ in names)]),
        max([len(_HEAD[1]), *(len(one) for _, one in names)]),
        max([len(_HEAD[2]), *(len(one) for one in tags)]),
    )
    yield f"{_HEAD[0]:<{widths[0]}}  {_HEAD[1]:<{widths[1]}}  {_HEAD[2]:<{widths[2]}}  {_HEAD[3]}"
    indent = " " * (widths[0] + widths[1] + 4)
    for (choice, some, more), (workload, container) in zip(rows, names, strict=True):
        yield f"{workload:<{widths[0]}}  {container:<{widths[1]}}  {_cell(choice.image.image.name) or '(not known)'}"
        yield [("dim", f"{indent}{_policy(choice, shown)}")]
        for row in some:
            yield _tag_line(choice, row, indent, widths[2])
        if more:
            yield f"{indent}   and {more} more: --all shows them"
        yield [("", indent), ("nobody" if choice.deployed is None else "reached", _verdict(choice))]


def _without_tags(choice: TagChoice) -> TagChoice:
    return replace(choice, candidates=(), selection=TagSelection())


def _cell(text: str) -> str:
    return escaped(text)


def _fewer(choice: TagChoice, everything: bool) -> tuple[list[TagRow], int]:
    """Return the rows to show, always with the current tag, and how many are left out."""
    rows, current = tag_rows(choice), choice.image.image.tag
    if current and all(one.candidate.tag != current for one in rows):
        rows.append(TagRow(Candidate(current), None, "is not in the list"))
    if everything or len(rows) <= MOST:
        return rows, 0
    some = rows[:MOST]
    if current and all(one.candidate.tag != current for one in some):
        some = [*some[:-1], *(one for one in rows if one.candidate.tag == current)]
    return some, len(rows) - len(some)


def _policy(choice: TagChoice, shown: Callable[[str], str]) -> str:
    image = choice.image
    place = f"{image.automation}, {_cell(shown(image.place.path))}:{image.place.line}"
    remark = f": {image.remark}" if image.remark else ""
    return f"{image.policy or 'no policy'} ({place}){remark}"


def _tag_line(choice: TagChoice, row: TagRow, indent: str, width: int) -> Line:
    tag = row.candidate.tag
    is_current, is_deployed = tag == choice.image.image.tag, choice.deployed is not None and tag == choice.deployed.tag
    mark = _DEPLOYED if is_deployed else _CURRENT if is_current else _OTHER
    created = f"{row.candidate.created:%Y-%m-%d %H:%M:%S}" if row.candidate.created else ""
    notes = [*(["current"] if is_current else []), *([row.rejection] if row.rejection else [])]
    text = f"{mark} {_cell(tag)}"
    line = f"{indent}{text:<{width}}  {created:<19}  {', '.join(notes)}".rstrip()
    return [("reached" if is_deployed else "" if row.rank or is_current else "dim", line)]


def _verdict(choice: TagChoice) -> str:
    if choice.by_chance:
        return f"chance decides which tag is deployed: {choice.reason}"
    if choice.deployed is None:
        return f"nothing is deployed: {choice.reason}"
    if choice.deployed.tag == choice.image.image.tag:
        return f"{choice.deployed.tag} stays"
    return f"{choice.deployed.tag} would be deployed"
