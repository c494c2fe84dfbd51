"""Initialise a repository: its config, git's files, and the units that templates have in every repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__, behaviour, config, disk, repository, spec
from .assets import backends_text
from .config import Config
from .errors import Invalid, invalid
from .images.backends import DEFAULT
from .merge_driver import with_driver_attributes
from .pipeline import Pipeline
from .planned import Unit
from .spec_editing import edit_spec
from .stage import STAGE
from .template_features import Initial
from .tree import DOT_DIR, SPEC_NAME, join
from .worktree import Worktree, Write
from .writes import schema_writes, writes_of
from .yaml import dump, parse_one

_ATTRIBUTES = (
    "# scaffold: locks are generated, and compared byte for byte\n",
    "scaffold.lock text eol=lf linguist-generated\n",
)
_IGNORED = ("# scaffold: state of a run\n", f"/{STAGE}/\n")
_CONFIG = """\
# yaml-language-server: $schema=schemas/config.schema.json
# Settings shared by all units of this repository. A unit is a folder with a scaffold.yaml.
requires: "{requires}"

# What updates image tags: {backends}.
automation: {automation}

{more}\
# Defaults for specs, by template; a spec's own value comes first.
#   defaults:
#     {template}:
#       {example}
"""


@dataclass(frozen=True)
class Ready:
    """The writes, the planned units (none if another file takes the place of a spec), and notes."""

    writes: tuple[Write, ...]
    units: tuple[Unit, ...]
    notes: tuple[str, ...]


def ready(worktree: Worktree, automation: str | None, install: str | None, *, driver: bool = False) -> Ready:
    """Return the writes that initialise a repository; none if it is initialised already.

    ``driver`` adds the attributes of git's merge driver. ``install`` is the requirement that workflows install
    (default: the config's, else this installation's source). A conflicting file blocks its unit, and nothing else.
    Raises Invalid.
    """
    initial = {name: one for name in behaviour.names() if (one := behaviour.of(name).initial)}
    current = worktree.read(config.PATH)
    if current is None:
        text, settings = _new_config(worktree, automation, install, initial.values())
    else:
        text, settings = _edited_config(worktree, current, automation, install, initial.values())
    out = [] if text == current else [Write(config.PATH, current, text)]
    out += _git_writes(worktree, driver=driver)
    out += schema_writes(worktree)
    units: list[Unit] = []
    notes: list[str] = []
    branch = repository.default_branch(worktree.root)
    for template, one in initial.items():
        if not one.is_wanted(settings.data):
            continue
        path = join(one.folder, SPEC_NAME)
        had = worktree.read(path)
        if had is not None and (other := spec.parse_spec(had, path).template) != template:
            notes.append(f"{path} is the spec of a {other} unit, so no {template} unit is created")
            continue
        notes += [note] if (note := one.note(settings.data)) else []
        unit, wanted = _unit(worktree, settings, (template, one.values(branch)), one, had)
        units.append(unit)
        out += writes_of([unit], [] if wanted == had else [Write(path, had, wanted, unit=one.folder)])
    return Ready(tuple(out), tuple(units), tuple(notes))


def _unit(
    worktree: Worktree, settings: Config, new: tuple[str, Mapping[str, Any]], one: Initial, had: str | None
) -> tuple[Unit, str]:
    """Return a planned unit of an initialised repository, and the text of its spec. Raises Invalid.

    ``new`` is the template of a new unit, and the values of its spec.
    """
    path = join(one.folder, SPEC_NAME)
    if had is None and (reason := repository.unseen(worktree.root, path)):
        raise invalid(path, f"would not be found by any command: {reason}", "change .gitignore")
    wanted = had
    if wanted is None:
        up = "/".join([".."] * (one.folder.count("/") + 1))
        template, values = new
        data = {"template": template, "name": template, **values}
        wanted = spec.spec_text(data, f"{up}/{DOT_DIR}/schemas/{template}.schema.json")
    unit = Pipeline(worktree, settings, pending={one.folder: wanted}).unit(one.folder)
    if unit.plan is None:
        raise unit.bug or Invalid(unit.problems)
    return unit, wanted


def _new_config(
    worktree: Worktree, automation: str | None, install: str | None, initial: Iterable[Initial]
) -> tuple[str, Config]:
    requires = config.compatible(__version__)
    branch = repository.default_branch(worktree.root)
    template, example = next((name, said) for name in behaviour.names() if (said := behaviour.of(name).example))
    parts = [(one.about, one.settings(None, requires, install, branch)) for one in initial]
    text = _CONFIG.format(
        requires=requires,
        automation=automation or DEFAULT,
        backends=backends_text(),
        more="".join(f"{about}{dump(_nested(found))}\n" for about, found in parts if found),
        template=template,
        example=example,
    )
    return text, config.parse_config(text)


def _edited_config(
    worktree: Worktree, current: str, automation: str | None, install: str | None, initial: Iterable[Initial]
) -> tuple[str, Config]:
    """Return the existing config with the given values set, every other byte kept."""
    own = worktree.own_templates
    settings = config.parse_config(current, own)
    changes: dict[tuple[str, ...], Any] = {}
    if automation:
        changes["automation",] = automation
    for one in initial:
        changes |= one.settings(settings.data, str(settings.data.get("requires", "")), install, "")
    if not changes:
        return current, settings
    node = parse_one(current, config.PATH)
    if node.shape == "scalar":  # only comments
        joint = "" if not current or current.endswith("\n") else "\n"
        text = current + joint + dump(_nested(changes))
    else:
        text = edit_spec(current, config.PATH, changes)
    return text, config.parse_config(text, own)


def _nested(changes: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for (*above, last), value in changes.items():
        below = out
        for key in above:
            below = below.setdefault(key, {})
        below[last] = value
    return out


def _git_writes(worktree: Worktree, *, driver: bool) -> list[Write]:
    out = []
    for path, lines in ((".gitattributes", _ATTRIBUTES), (".gitignore", _IGNORED)):
        had = worktree.read(path)
        present = set((had or "").splitlines())
        missing = [line for line in lines if line.rstrip("\n") not in present]
        text = had or ""
        if [line for line in missing if not line.startswith("#")]:
            joint = "" if not had or had.endswith("\n") else "\n"
            text = f"{text}{joint}{''.join(missing)}"
        if driver and path == ".gitattributes":
            text = with_driver_attributes(text)
        if text != (had or ""):
            out.append(Write(path, had, text))
    return out


@contextmanager
def with_dot_dir(root: Path) -> Iterator[None]:
    """Have the folder of a root during a run that writes, which stages files there; one that was made for it and is
    empty at the end is removed. Raises Invalid as ``make_dot_dir`` does.
    """
    was_there = disk.exists(root / DOT_DIR, shown=DOT_DIR)
    make_dot_dir(root)
    try:
        yield
    finally:
        if not was_there:
            with suppress(OSError):
                (root / DOT_DIR).rmdir()


def make_dot_dir(root: Path) -> None:
    """Create the folder that marks a root. Raises Invalid if it cannot be created, or is not a folder."""
    place = root / DOT_DIR
    try:
        with suppress(FileExistsError):
            place.mkdir()
    except OSError as error:
        raise disk.system_error(DOT_DIR, error) from None
    if not disk.is_folder(place, shown=DOT_DIR):
        raise invalid(DOT_DIR, "is a symbolic link, or not a folder", "replace it with a folder")
