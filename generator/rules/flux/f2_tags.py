"""F2-003: marked tags that their policy does not take.

Source: fluxcd/image-reflector-controller 1.2, ``internal/policy``; ``flux2_ranking`` has its rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...images.backends.flux_v2.flux2_ranking import ImagePolicy, rank_tags
from ...images.candidates import Candidate
from ...images.references import is_tag, parse_reference
from ...yaml import text_at
from ..readers.flux2_markers import Flux2Marker, read_markers
from ..readers.flux2_resources import policy_fields, policy_of_marker, repository_of_policy
from ..rule import File, Scope, rule
from .flux_examples import marker_example, policy_example

_FOUR_NUMBERS = re.compile(r"v?[0-9]+(?:\.[0-9]+){3,}(?:[-+].*)?\Z")
_RANGE = "  policy:\n    semver:\n      range: {}\n"


@rule(
    "F2-003", "warning", ("kubernetes", "kustomization", "values"), "a marked tag that its policy does not take",
    explanation="Flux replaces a tag that its policy does not take by the best one that it takes, which may be older: "
    "a pin or a rollback does not last. Versions have three numbers for Flux v2, so that a range never takes 1.2 or "
    "1.2.3.4. Checked only if the policy is among the files.",
    bad=policy_example(_RANGE.format("~2.0")) + "---\n" + marker_example('# {"$imagepolicy": "flux-system:web"}'),
    good=policy_example(_RANGE.format("~1.0")) + "---\n" + marker_example('# {"$imagepolicy": "flux-system:web"}'),
    source="https://fluxcd.io/flux/components/image/imagepolicies/", across=True,
)  # fmt: skip
def refused_tags(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that the tag on a marked line matches the policy of its marker."""
    for marker in read_markers(file, scope)[0]:
        policy = policy_of_marker(marker, scope)
        tag = _marked_tag(marker)
        if policy is None or not is_tag(tag) or text_at(policy.node, "spec", "suspend") == "true":
            continue
        fields, _ = policy_fields(policy, repository_of_policy(policy, scope))
        if fields is None or "$" in fields.range or (fields.order == "semver" and not fields.range):
            continue
        why = rank_tags(fields, [Candidate(tag)]).rejected.get(tag)
        if why:
            message = f"the tag {tag} {why} (ImagePolicy {policy.name}): Flux replaces it, even by an older one"
            yield Finding(marker.value.line, marker.value.column, message, _hint(fields, tag))


def _hint(fields: ImagePolicy, tag: str) -> str:
    if fields.order == "semver" and _FOUR_NUMBERS.match(tag):
        return "for Flux v2 a version has three numbers: order these tags with filterTags and numerical or alphabetical"
    return "write a tag that the policy takes, or change the policy; to stay at this tag, remove the marker"


def _marked_tag(marker: Flux2Marker) -> str:
    """Return the tag on a marked line, ``""`` if the marker is not for one."""
    if marker.part == "tag":
        return marker.value.text
    return parse_reference(marker.value.text).tag if marker.part == "" else ""
