"""F2-006: marked images whose tag a kustomization replaces.

Sources: fluxcd/image-automation-controller 1.2, ``internal/update``; kustomize, ``api/filters/imagetag``.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...images.references import parse_reference
from ..readers.flux2_markers import read_markers
from ..readers.kustomized_images import ImageReplacement, image_replacement
from ..readers.objects import containers, is_patch, objects
from ..rule import File, Scope, rule
from .flux_examples import marker_example

_MARKED = marker_example('# {"$imagepolicy": "flux-system:web"}')
_ENTRY = "# kustomization.yaml\nresources:\n  - web.yaml\nimages:\n  - name: example/web\n    newTag: 1.0.1"


@rule(
    "F2-006", "error", ("kubernetes",), "a marked image whose tag a kustomization replaces",
    explanation="images of a kustomization replaces the tag or digest that Flux writes to the workload, so that no "
    "update ever runs. Entries are left by Argo CD Image Updater, which writes there, or by hand. Either place can "
    "have the tag, with the marker beside it. Checked for the kustomizations that list the manifest, and for those "
    "that Kustomizations of Flux among the files apply.",
    bad=f"{_ENTRY}\n---\n# web.yaml\n{_MARKED}",
    good=f'{_ENTRY} # {{"$imagepolicy": "flux-system:web:tag"}}\n---\n# web.yaml\n{marker_example("")}',
    source="https://fluxcd.io/flux/guides/image-update/#configure-image-update-for-custom-resources", across=True,
)  # fmt: skip
def tags_that_never_run(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that what Flux writes to the image of a container is what runs."""
    marked = {one.value.start: one for one in read_markers(file, scope)[0] if one.part in {"", "tag"}}
    if not marked or is_patch(file, scope):
        return
    for workload in objects(file):
        for container in containers(workload) if workload.pod is not None else ():
            marker = marked.get(container.image.start) if container.image is not None else None
            if marker is None:
                continue
            name = parse_reference(marker.value.text).name
            found = image_replacement(file.path, name, scope)
            if found is not None and not _is_marked(found, scope):
                key = f"{found.path}:{found.value.line}"
                message = f"what Flux writes here never runs: {key} replaces the tag of {name} by {found.value.text}"
                hint = f"write {found.value.text} here and remove the entry, or mark the entry's newTag, with :tag"
                yield Finding(marker.line, marker.column, message, hint)


def _is_marked(one: ImageReplacement, scope: Scope) -> bool:
    """Return whether Flux also writes the replacement."""
    file = scope.by_path.get(one.path)
    markers = read_markers(file, scope)[0] if file is not None else []
    return any(marker.value.start == one.value.start for marker in markers)
