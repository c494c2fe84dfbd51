"""The job matrix of the images workflow: which images a change needs, in how many jobs. Pure.

A job builds its images one after another. Image automation commits new tags to manifests: such a commit must need no
image, else it would start itself again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from . import behaviour, mergekeys
from .errors import Problem
from .matrix import MAX_MINUTES, says, spread
from .template_features import BuiltImage, ImageBuild
from .tree import DOT_DIR, LOCK_NAME, SPEC_NAME, join

MINUTES = 30  # for one image on all platforms
_NOT_SOURCES = (f"{DOT_DIR}/", ".github/", ".git/")
# Argo CD Image Updater writes two types of files, by name:
# https://argocd-image-updater.readthedocs.io/en/stable/basics/update-methods/
_WRITTEN = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def image_builds() -> tuple[ImageBuild, ...]:
    """Return how units of the shipped templates build images."""
    known = (behaviour.of(name).image for name in behaviour.names())
    return tuple(one for one in known if one)


def build_keys() -> tuple[str, ...]:
    """Return the keys of specs without which a unit builds no image."""
    return tuple(sorted({one.key for one in image_builds()}))


def inherits_build(defaults: Any) -> bool:
    """Tell whether the defaults of specs in a config's data let units build images."""
    return says(defaults, build_keys())


def may_be_source(path: str) -> bool:
    """Tell whether an image may depend on a file, by its path: no spec, lock, workflow or setting."""
    name = path.rpartition("/")[2]
    return not path.startswith(_NOT_SOURCES) and name not in {SPEC_NAME, LOCK_NAME}


def is_automated(path: str, text: str) -> bool:
    """Tell whether image automation may commit to a manifest, which is in the build folder by chance."""
    name = path.rpartition("/")[2]
    if name in _WRITTEN or name.startswith(".argocd-source-"):
        return True
    parts = mergekeys.table()["parts"]
    return name.endswith((".yaml", ".yml")) and any(one in text for one in (*parts["annotations"], *parts["markers"]))


def concerns(image: BuiltImage, sources: Collection[str]) -> bool:
    """Tell whether one of the changed files is in the folder that an image is built from."""
    return any(image.folder in {".", one} or one.startswith(f"{image.folder}/") for one in sources)


def names_other(key: str, names: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether a changed spec names another image or builds it from another folder."""
    return any(old.get(one) != new.get(one) for one in ("template", key, *names))


def distinct(found: Sequence[tuple[str, BuiltImage]]) -> tuple[list[tuple[str, BuiltImage]], list[Problem]]:
    """Return units and images without repeated images, and the problems of images that two folders would make."""
    first: dict[str, tuple[str, BuiltImage]] = {}
    problems = []
    for unit, image in found:
        other, known = first.setdefault(image.name, (unit, image))
        if known.folder != image.folder:
            message = f"builds {image.name} from {image.folder}, and {join(other, SPEC_NAME)} from {known.folder}"
            hint = "give the images different names, or build them from one folder"
            problems.append(Problem(join(unit, SPEC_NAME), 1, 1, message, hint))
    return list(first.values()), problems


def image_rows(found: Sequence[tuple[str, BuiltImage]]) -> dict[str, Any]:
    """Return the matrix as data, at most 256 jobs: name, images with their folders, and timeout in minutes."""
    include = [
        {
            "name": part[0][0] + (f" and {len(part) - 1} more" if len(part) > 1 else ""),
            "builds": [{"image": one.name, "folder": one.folder} for _, one in part],
            "minutes": min(MINUTES * len(part), MAX_MINUTES),
        }
        for part in spread(found)
    ]
    return {"include": include, "count": len(found)}
