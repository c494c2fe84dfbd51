"""Show which of the tags of images automation would deploy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Invalid, Problem, invalid
from .console import err, out, out_json
from .options import Root, Terse, complete_units

if TYPE_CHECKING:
    from ..automated import AutomatedImage, Manifests
    from ..images.candidates import Candidate


class TagsFormat(StrEnum):
    """Output format of tags."""

    TEXT = "text"
    JSON = "json"


EXAMPLES = (
    "scaffold tags services/payments --from tags.txt",
    "scaffold tags payments --container app --from - --format json",
    "scaffold tags clusters/prod --registry --all",
)
_MOST_NAMED = 5


def run_tags(
    targets: Annotated[
        list[str],
        typer.Argument(
            help="Units, or files and folders with manifests.", metavar="UNIT|FILE...", autocompletion=complete_units
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option("--from", help="File with the tags, TAG [TIME] a line; - is standard input.", metavar="FILE"),
    ] = None,
    registry: Annotated[
        bool, typer.Option("--registry", help="Ask the registries of the images for the tags.")
    ] = False,
    container: Annotated[
        str | None, typer.Option("--container", help="Only the images of this container.", metavar="NAME")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show all tags, not only the first ten.")] = False,
    root: Root = None,
    fmt: Annotated[TagsFormat, typer.Option("--format", help="Output format.")] = TagsFormat.TEXT,
    quiet: Terse = False,
) -> int:
    """Show which of the tags of an image would be deployed.

    Reads the policies in the manifests, as Flux, Argo CD Image Updater and Keel do.
    """
    if registry == (source is not None):
        raise invalid("--from", *_one_source(registry))
    from .. import automated  # noqa: PLC0415 - slow to load

    found = automated.read_manifests(targets, Path.cwd(), root)
    images = _of_container(automated.automated_images(found.files, found.scope), container)
    return _show(targets, found, images, source, fmt, everything=everything, quiet=quiet)


def _show(
    targets: Sequence[str],
    found: Manifests,
    images: Sequence[AutomatedImage],
    source: str | None,
    fmt: TagsFormat,
    *,
    everything: bool,
    quiet: bool,
) -> int:
    """List the tags of images, from ``source`` or None for their registries, show them, and return the exit code."""
    from .. import automated, findings  # noqa: PLC0415 - slow to load
    from ..automated import tag_tables  # noqa: PLC0415

    def shown_problem(one: Problem) -> Problem:
        return findings.shown_from(one, found.selection.base, Path.cwd(), found.selection.is_root)

    def shown(path: str) -> str:
        return shown_problem(Problem(path, 0, 0, "")).path

    for path, reason in found.left_out if not quiet else ():
        err(f"{shown(path)}: skipped: {reason}")
    if source is None:
        found.problems += [_unknown_image(one) for one in images if one.policy and not one.image.name]
    tags, failed = _listed(images, source)
    choices = (automated.choose_tag(one, tags[one.image.full_name]) for one in images if one.image.full_name in tags)
    remarks = (*automated.ignored_settings(found.files, found.scope), *found.edited_policies(images))
    for one in remarks if not quiet else ():
        err(*(f"note: {line}" if not line.startswith(" ") else line for line in findings.lines(shown_problem(one))))
    if source is not None and not quiet:
        err(*_undated(images, tags, source))
    if fmt is TagsFormat.JSON:
        out_json([tag_tables.choice_row(one, shown) for one in choices])
    else:
        out(*tag_tables.table_lines(choices, shown, everything=everything))
    problems = dict.fromkeys([*map(shown_problem, found.problems), *failed])
    if not (images or problems):
        err(f"{', '.join(targets[:_MOST_NAMED])}: no image here is updated by automation")
    for one in problems:
        err(*findings.lines(one))
    return 2 if problems else 0


def _one_source(registry: bool) -> tuple[str, str]:
    """Return message and hint for both sources of tags, or none."""
    if registry:
        return "cannot be used with --registry", "choose one of them"
    return "is missing, and --registry too: there are no tags", "add --from FILE, --from - or --registry"


def _of_container(images: Sequence[AutomatedImage], container: str | None) -> Sequence[AutomatedImage]:
    """Return the images of a container, or all. Raises Invalid if there is none."""
    chosen = [one for one in images if container in {None, one.container}]
    if images and not chosen:
        known = ", ".join(sorted({one.container for one in images if one.container})[:_MOST_NAMED])
        raise invalid("--container", f"no image here has the container {container!r}", f"known containers: {known}")
    return chosen


def _listed(
    images: Sequence[AutomatedImage], source: str | None
) -> tuple[Mapping[str, Sequence[Candidate]], Sequence[Problem]]:
    """Return the tags of each image by its whole name, and the problems of images whose tags cannot be listed.

    Raises Invalid for a file that is not a list, and for one with the tags of several images.
    """
    groups: dict[str, list[AutomatedImage]] = {}
    for one in images:
        groups.setdefault(one.image.full_name, []).append(one)
    if source is None:
        return _of_registries(groups)
    _check_one_image([group for group in groups.values() if any(one.policy for one in group)])
    from ..registry.tag_lists import read_candidates  # noqa: PLC0415

    return dict.fromkeys(groups, read_candidates(source)), ()


def _check_one_image(groups: Sequence[Sequence[AutomatedImage]]) -> None:
    """Raise Invalid if one list would be used for several images."""
    if len(groups) < 2:
        return
    named = [f"{group[0].image.name or 'one that is not known'} ({group[0].container})" for group in groups]
    containers = {one.container for group in groups for one in group}
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    message = f"is one list, but there are {len(groups)} images: {', '.join(named[:_MOST_NAMED])}{more}"
    hint = "choose one with --container NAME" if len(containers) > 1 else "name the file of one workload"
    raise invalid("--from", message, f"{hint}, or use --registry")


def _undated(images: Sequence[AutomatedImage], tags: Mapping[str, Sequence[Candidate]], source: str) -> Iterator[str]:
    """Yield a note on tags that a policy orders by their times, and that have none in the list."""
    for one in images:
        ordered = [each for each in tags[one.image.full_name] if one.needs_time(each.tag)]
        without = [each.tag for each in ordered if each.created is None]
        if without and len(ordered) > 1:
            more = f" and {len(without) - 1} more" if len(without) > 1 else ""
            yield f"note: {source}: {without[0]}{more} have no time, by which {one.policy or 'the policy'} orders tags"
            return


def _any_needs_time(group: Sequence[AutomatedImage]) -> Callable[[str], bool]:
    return lambda tag: any(one.needs_time(tag) for one in group)


def _of_registries(
    groups: Mapping[str, Sequence[AutomatedImage]],
) -> tuple[Mapping[str, Sequence[Candidate]], Sequence[Problem]]:
    """Ask for the tags of each image once, and for the build times that a policy needs."""
    from ..registry import list_candidates  # noqa: PLC0415

    found: dict[str, Sequence[Candidate]] = {}
    problems: list[Problem] = []
    for name, group in groups.items():
        if not any(one.policy for one in group):
            found[name] = ()
            continue
        if not group[0].image.name:
            continue  # told already
        try:
            found[name] = list_candidates(group[0].image, with_times=_any_needs_time(group))
        except Invalid as error:
            problems += error.problems
    return found, problems


def _unknown_image(one: AutomatedImage) -> Problem:
    place = one.place
    message = f"which image {one.policy} is for is not known: its ImageRepository is not among the files"
    return Problem(place.path, place.line, place.column, message, "name the file of the ImageRepository too")
