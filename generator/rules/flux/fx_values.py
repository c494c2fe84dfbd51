"""FX001, FX002, FX012 and FX013: values of Flux v1's annotations, contradictions, and annotations in a wrong place.

Flux v1 does not validate its annotations.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...yaml import get
from ..readers.flux1_workloads import BOOLEANS, FluxWorkload, each_workload, is_string, read_annotations
from ..readers.node_fixes import in_quotes_fix
from ..readers.objects import objects
from ..rule import File, Scope, at, rule
from .flux_examples import FLUXCTL, GOOD, flux1_example, pattern_example


@rule(
    "FX001", "error", ("kubernetes",), "an annotation of Flux whose value is not a string",
    explanation="Annotations are strings. kubectl and the API server refuse true, yes or 1 without quotes; in a "
    "HelmRelease, Flux then silently ignores all annotations.",
    bad=flux1_example("fluxcd.io/automated: true\nfluxcd.io/tag.web: glob:master-*"), good=GOOD,
    source="https://github.com/fluxcd/flux/issues/3143",
)  # fmt: skip
@each_workload
def strings(one: FluxWorkload) -> Iterator[Finding]:
    """Check that the value of an annotation is a string."""
    for note in one.annotations:
        if not is_string(note):
            what = "a map or list" if note.value.shape != "scalar" else f"{note.value.text}, which is not a string"
            message = f"{note.key.text} is {what}: the API server refuses it, and Flux ignores it on a HelmRelease"
            where = note.value if note.value.shape == "scalar" else note.key
            hint = f'write it in quotes: "{note.value.text}"' if note.value.text else "use a string"
            yield at(where, message, hint, fix=in_quotes_fix(note.value))


@rule(
    "FX002", "error", ("kubernetes",), 'a boolean of Flux that is neither "true" nor "false"',
    explanation='Flux compares with the string true. "True", "yes" and "1" silently count as false. ignore may also be '
    "sync_only.",
    bad=flux1_example('fluxcd.io/automated: "yes"\nfluxcd.io/tag.web: glob:master-*'), good=GOOD, source=FLUXCTL,
)  # fmt: skip
@each_workload
def booleans(one: FluxWorkload) -> Iterator[Finding]:
    """Check that a boolean policy is ``true`` or ``false``; ``ignore`` may be ``sync_only``."""
    for note in one.annotations:
        allowed = {"true", "false", *(["sync_only"] if note.policy == "ignore" else [])}
        if note.policy in BOOLEANS and is_string(note) and note.text not in allowed:
            near = "true" if note.text.strip().lower() in {"true", "yes", "y", "on", "1", "enabled"} else "false"
            message = f"{note.key.text} is {note.text!r}, which counts as false: Flux only recognizes the string true"
            yield at(note.value if note.text else note.key, message, f'write "{near}"')


@rule(
    "FX012", "warning", ("kubernetes",), "a pattern without automation, or automation that is locked or ignored",
    explanation="The annotations contradict each other: one of them has no effect, which a reader does not expect.",
    bad=flux1_example("fluxcd.io/tag.web: glob:master-*"), good=GOOD, source=FLUXCTL,
)  # fmt: skip
@each_workload
def ineffective_policies(one: FluxWorkload) -> Iterator[Finding]:
    """Check that patterns come with automation, and that automation is not locked or ignored."""
    automated = [note for note in one.annotations if note.policy == "automated"]
    if one.patterns and not automated and not one.is_part:
        message = f"{one.patterns[0].key.text} has no effect: {one.object.shown} is not automated"
        yield at(one.patterns[0].key, message, 'add fluxcd.io/automated: "true", or remove the pattern')
    elif one.patterns and not one.is_part and all(note.text == "false" for note in automated):
        message = f"{one.patterns[0].key.text} has no effect: {automated[0].key.text} is false"
        yield at(one.patterns[0].key, message, 'write "true", or remove the pattern')
    if any(note.text == "true" for note in automated):
        for note in one.annotations:
            if note.policy in {"locked", "ignore"} and note.text == "true":
                message = f"{note.key.text} disables the automation that {automated[0].key.text} enables"
                yield at(note.key, message, "keep one of them")


@rule(
    "FX013", "error", ("kubernetes",), "annotations of Flux on the pod template",
    explanation="Flux reads metadata.annotations of the workload. Below spec.template they have no effect.",
    bad="apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels:\n"
    "      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n      annotations:\n"
    '        fluxcd.io/automated: "true"\n    spec:\n      containers:\n        - name: web\n'
    "          image: example/web:master-1\n",
    good=pattern_example("glob:master-*"), source=FLUXCTL,
)  # fmt: skip
def pod_templates(file: File, _scope: Scope) -> Iterator[Finding]:
    """Check that annotations are on the workload, not on its pods."""
    if "flux" not in file.text:
        return
    for one in objects(file):
        inner = [get(one.node, "spec", "jobTemplate"), one.pod if one.sort != "Pod" else None]
        for part in inner:
            for note in read_annotations(get(part, "metadata", "annotations")):
                message = f"{note.key.text} is on the pod template, where Flux does not read it"
                yield at(note.key, message, f"move it to metadata.annotations of {one.shown}")
