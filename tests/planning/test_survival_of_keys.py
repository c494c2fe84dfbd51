"""Edits of what each key generates outlive changes of its value, of a default, of the template, and all together.

The oracle is no part of the merge: each edit is told twice, in the text and in data, and PyYAML reads the result.
"""

from __future__ import annotations

import copy
import difflib
import json
import os
import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from generator import assets
from generator.merge import merge

from ..conftest import Repo
from .edit_sorts import SORTS, EditSort
from .grown_keys import FORMER_KEYS, OTHER_KEYS, SERVICE_KEYS, GrownKey
from .key_versions import CHANGES, DEFAULTS, KeyVersions, key_versions, newer_text, spec_text
from .manifest_edits import MINE, MadeEdit
from .manifest_spots import Gone, Spot, at, load, spots

KEYS = [*SERVICE_KEYS, *OTHER_KEYS]
EVERYWHERE = "SURVIVAL_EVERYWHERE" in os.environ  # at the first and the last place of each edit too; takes minutes
MOST_FILES = 2  # of each key; all with SURVIVAL_EVERYWHERE
loaded = cache(load)


def lines_of_key(without: str, base: str) -> set[int]:
    """Return the lines that a key adds to a text."""
    compared = difflib.SequenceMatcher(None, without.splitlines(), base.splitlines(), False)
    return {line for tag, _, _, start, end in compared.get_opcodes() if tag != "equal" for line in range(start, end)}


def chosen_spots(sort: EditSort, without: str, base: str) -> list[Spot]:
    """Return where an edit is made: in the middle of the key's lines, beside them if none of them fits."""
    fit = [one for one in spots(base) if sort.fits(one, base)]
    lines = lines_of_key(without, base)
    found = [one for one in fit if one.first in lines and not sort.is_of_file] or fit
    places = {0, len(found) // 2, len(found) - 1} if EVERYWHERE else {len(found) // 2}
    return [found[place] for place in sorted(places)] if found else []


def files_of_key(versions: KeyVersions) -> list[tuple[str, str, str]]:
    """Return the files that a key has lines in, most first: path, text without the key, and with it."""
    found = [(path, versions.without.get(path, ""), base) for path, base in versions.base.items()]
    found = [one for one in found if one[1] != one[2]]
    found.sort(key=lambda one: (-len(lines_of_key(one[1], one[2])), one[0]))
    return found if EVERYWHERE else found[:MOST_FILES]


def unordered(value: Any) -> Any:
    """Return a value whose lists are sorted: where the merge puts an item is its own matter."""
    if isinstance(value, dict):
        return {key: unordered(one) for key, one in value.items()}
    return (
        sorted(map(unordered, value), key=lambda one: json.dumps(one, sort_keys=True))
        if isinstance(value, list)
        else value
    )


def wanted(edit: MadeEdit, base: str, theirs: str) -> Any:
    """Return the data of the generated text with the edit; None if both sides changed the same."""
    data = copy.deepcopy(loaded(theirs))
    try:
        edit.change(data, loaded(base))
    except Gone:
        return None
    return data


def is_near(edit: MadeEdit, base: str, theirs: str) -> bool:
    """Tell whether the template changed something where the edit is: for a style in it, else beside it.

    An item without a name is known by what is in it.
    """
    path = edit.path if edit.is_style else edit.path[:-1]
    if nameless := [number for number, step in enumerate(path) if step.startswith("#")]:
        path = path[: nameless[0]]
    try:
        return bool(at(loaded(base), path) != at(loaded(theirs), path))
    except Gone:
        return True


def survival_fault(edit: MadeEdit, base: str, theirs: str, path: str) -> str:
    """Return what is wrong with the merge of an edit and a change, ``""`` for nothing."""
    merged = merge(base, edit.text, theirs, path)
    if merged.conflicts:
        last = edit.text.count("\n")
        if merged.text != edit.text:
            return "a conflict changes the text"
        if not all(one.field and 1 <= one.line <= last for one in merged.conflicts):
            return "a conflict has no place"
        return "" if is_near(edit, base, theirs) else "a conflict without a reason"
    data = wanted(edit, base, theirs)
    if data is None:
        return "one of two changes of the same is lost"
    if unordered(load(merged.text)) != unordered(data):
        return "the data are others"
    if not edit.is_kept(merged.text) or merged.text.count(MINE) != edit.text.count(MINE):
        return "the comment or the style is lost"
    again = merge(base, merged.text, theirs, path)
    return "" if (again.text, again.conflicts) == (merged.text, ()) else "a second merge changes something"


@pytest.mark.parametrize("key", KEYS, ids=lambda one: f"{one.template} {one.name}")
def test_every_edit_of_what_a_key_generates_survives(key: GrownKey) -> None:
    versions = key_versions(key)
    faults, made = [], set()
    for sort, how in SORTS.items():
        for path, without, base in files_of_key(versions):
            for spot in chosen_spots(how, without, base):
                edit = how.make(base, spot)
                assert edit.text != base
                for change in CHANGES:
                    theirs = versions.changed[change].get(path, base)
                    made |= {(sort, change)} if theirs != base else set()
                    if fault := survival_fault(edit, base, theirs, path):
                        faults.append(f"{fault}: {sort} at {path} {spot.path}, {change}")
    assert not faults, "\n".join(faults)
    assert {"spec", "all"} <= {change for _, change in made}


def test_every_sort_of_edits_meets_every_change() -> None:
    assert len(SORTS) == 17
    for how in SORTS.values():
        met = [
            change
            for key in (SERVICE_KEYS[0], SERVICE_KEYS[1])
            for path, without, base in files_of_key(key_versions(key))
            for change in CHANGES
            if chosen_spots(how, without, base) and key_versions(key).changed[change][path] != base
        ]
        assert set(met) == set(CHANGES)


def test_the_table_has_every_key_that_services_have_since_version_6() -> None:
    named = {one.name.partition(" of ")[0] for one in KEYS}
    properties = {
        name: set(json.loads(assets.schema_text(name))["properties"]) for name in ("service", "cronjob", "statefulset")
    }
    own = (properties["cronjob"] | properties["statefulset"]) - properties["service"]
    assert own <= named
    assert properties["service"] - FORMER_KEYS <= named


def own_template(repo: Repo, name: str) -> None:
    folder = Path(repo.root, ".scaffold/templates", name)
    shutil.copytree(assets.folder("templates") / name, folder)
    (folder / "version").write_text("99\n")
    for file in folder.rglob("*.yaml"):
        file.write_text(newer_text(file.read_text("utf-8")), "utf-8")


def change_repository(repo: Repo, change: str, units: Mapping[str, GrownKey]) -> None:
    templates = sorted({one.template for one in units.values()})
    if change in {"template", "all"}:
        for name in templates:
            own_template(repo, name)
    if change in {"default", "all"}:
        defaults = "defaults:\n" + "".join(f"  {name}: {DEFAULTS}\n" for name in templates)
        repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + defaults)
    if change in {"spec", "all"}:
        write_specs(repo, {name: (key, key.after) for name, key in units.items()})


def write_specs(repo: Repo, units: Mapping[str, tuple[GrownKey, str]]) -> None:
    for name, (key, lines) in units.items():
        repo.write(f"services/{name}/scaffold.yaml", re.sub(r"\bshop\b", name, spec_text(key, lines)))


def edit_unit(repo: Repo, name: str, key: GrownKey, change: str, first: int) -> tuple[str, MadeEdit, str]:
    """Make the first edit that fits, of those from a number on; return its file, the edit and the text before."""
    versions = key_versions(key)
    path, without = next(
        (path, without) for path, without, base in files_of_key(versions) if versions.changed[change].get(path) != base
    )
    base, without = repo.read(f"services/{name}/{path}"), re.sub(r"\bshop\b", name, without)
    sorts = [*SORTS.values()]
    sorts = [*sorts[first:], *sorts]
    how, (place, *_) = next((one, found) for one in sorts if (found := chosen_spots(one, without, base)))
    edit = how.make(base, place)
    repo.write(f"services/{name}/{path}", edit.text)
    return path, edit, base


@pytest.mark.parametrize("change", CHANGES)
def test_an_edit_of_each_key_survives_the_command(empty: Repo, change: str) -> None:
    units = {f"unit-{n}": key for n, key in enumerate(KEYS) if EVERYWHERE or CHANGES[n % len(CHANGES)] == change}
    write_specs(empty, {name: (key, key.before) for name, key in units.items()})
    empty.ok("regenerate")
    edits = {
        name: edit_unit(empty, name, key, change, number * 5 % len(SORTS))
        for number, (name, key) in enumerate(units.items())
    }
    assert empty.run("diff").code == 0, "an edit is no drift"
    change_repository(empty, change, units)
    before = empty.snapshot()
    done = empty.run("regenerate")
    for name, (path, edit, base) in edits.items():
        file = f"services/{name}/{path}"
        if f"conflict  {file}\n" in done.out:
            assert re.search(rf"^{file}:[0-9]+: [^ ]+: yours ", done.out, re.M), done.out
            kept = {one for one in before if one.startswith(f"services/{name}/")}
            assert {one: empty.snapshot()[one] for one in kept} == {one: before[one] for one in kept}
            continue
        theirs = empty.locked(path, f"services/{name}/scaffold.lock")
        assert theirs is not None
        assert theirs != base
        assert edit.is_kept(empty.read(file)), f"{edit}\n{empty.read(file)}"
        assert unordered(load(empty.read(file))) == unordered(wanted(edit, base, theirs))
    written = empty.snapshot()
    assert empty.run("regenerate").code == done.code
    assert empty.snapshot() == written
