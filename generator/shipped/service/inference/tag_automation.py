"""What updates the tag of a Deployment's image, if its annotations say so as the template would write them."""

from __future__ import annotations

from collections.abc import Sequence

from ....adoptable import Inferred
from ....images.references import Reference
from ....rules.readers.flux1_workloads import read_annotations
from ....rules.readers.objects import Container, Object
from ....yaml import get
from ..containers import tag_faults, usual_rule
from .hand_written import node_source

_FLUX1 = "flux-v1"
# What others write into manifests, which no value of a spec stands for.
_SIGNS = ("fluxcd.io/", "flux.weave.works/", "keel.sh/", "argocd-image-updater", '"$imagepolicy"')


def automation_values(
    one: Object, main: Container, image: Reference, tag: str
) -> tuple[Sequence[Inferred], Sequence[str]]:
    """Return the automation of a Deployment and its tag policy: none if the manifest's is not that of the template.

    Annotations and markers that stay are told.
    """
    path = one.file.path
    found = {x.key.text: x for x in read_annotations(get(one.node, "metadata", "annotations"))}
    switch = found.get("fluxcd.io/automated")
    pattern = found.get(f"fluxcd.io/tag.{main.name}")
    if switch and switch.text == "true" and pattern and image.tag == tag:
        values = {"automation": _FLUX1, "tag": tag, "tags": pattern.text}
        if not tag_faults(values, [], pattern.text):
            own = [Inferred(("automation",), _FLUX1, node_source(switch.value, path), fixed=True)]
            usual = usual_rule({"automation": _FLUX1, "tag": tag})
            rule = (
                [Inferred(("tags",), pattern.text, node_source(pattern.value, path))] if pattern.text != usual else []
            )
            return [*own, *rule], ()
    sign = next((each for each in _SIGNS if each in one.file.text), "")
    note = f"{path}: the automation of tags there ({sign.strip(chr(34))}) stays yours: the spec says automation: none"
    return [Inferred(("automation",), "none")], [note] if sign else []
