"""Which files of values are merged by their names: an index of the run, against comparing each file with all others."""

from __future__ import annotations

import posixpath

from hypothesis import given
from hypothesis import strategies as st

from generator.rules import File, Scope
from generator.rules.alertmanager.sibling_values import has_siblings

USUAL = ("values.yaml", "values-prod.yaml", "values.eu.yaml", "app-values.yaml")
NAMES = (*USUAL, "grafana.yaml", "values.yml")
FOLDERS = ("", "a", "base", "a/base", "a/b", "a/prod", "a/b/c", "base/a", "base/base", "common/a", "a/common")
SHARED = {"base", "common", "default", "defaults", "shared", "global", "all"}
PATHS = st.builds(posixpath.join, st.sampled_from(FOLDERS), st.sampled_from(NAMES))


def overrides(folder: str, other: str) -> bool:
    """Tell whether values of the folder ``other`` are usually merged over those of ``folder``."""
    if not other:
        return False
    if folder == posixpath.dirname(other):
        return True
    beside = posixpath.dirname(folder) == posixpath.dirname(other)
    return beside and posixpath.basename(folder) in SHARED


def are_siblings(path: str, other: str) -> bool:
    (folder, name), (other_folder, other_name) = posixpath.split(path), posixpath.split(other)
    if folder == other_folder and "grafana.yaml" not in {name, other_name}:
        return True
    return name == other_name and (overrides(folder, other_folder) or overrides(other_folder, folder))


@given(st.lists(PATHS, min_size=1, max_size=6, unique=True))
def test_the_index_finds_what_comparing_each_with_all_finds(paths: list[str]) -> None:
    scope = Scope(tuple(File(one, "", "values") for one in paths))
    for path in paths:
        wanted = any(are_siblings(path, one) for one in paths if one != path)
        assert has_siblings(path, scope) is wanted, path


@given(st.lists(PATHS, min_size=1, max_size=6, unique=True), PATHS)
def test_files_of_other_families_are_no_siblings(paths: list[str], path: str) -> None:
    scope = Scope(tuple(File(one, "", "kubernetes") for one in paths))
    assert has_siblings(path, scope) is False
