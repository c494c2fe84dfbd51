"""F2-005: image policies, alerts and API versions of Flux v2.

Sources: fluxcd/image-reflector-controller 1.2, ``internal/policy``; fluxcd/notification-controller 1.9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...images import expressions
from ...images.semver import parse_range
from ...nearest import Guesses, name_list
from ...yaml import Node, get, items_at, key_of, pairs_at, text_at, walk_nodes
from ..readers import compiled
from ..readers.flux2_groups import ALERT_GROUP, IMAGE_GROUP
from ..readers.flux2_resources import may_share_namespace
from ..readers.objects import Object, named, objects, of_sort
from ..readers.unseen_objects import are_apart, may_be_unseen
from ..rule import File, Scope, at, rule
from ..schema_findings import has_placeholder
from .flux_examples import policy_example

# API group to (removed versions, current version)
_GONE = {
    IMAGE_GROUP: (frozenset({"v1alpha1", "v1alpha2", "v1beta1", "v1beta2"}), "v1"),
    ALERT_GROUP: (frozenset({"v1beta1", "v1beta2"}), "v1beta3"),
}
_SOURCES = frozenset(
    {
        *("Bucket", "GitRepository", "Kustomization", "HelmRelease", "HelmChart", "HelmRepository", "ImageRepository"),
        *("ImagePolicy", "ImageUpdateAutomation", "OCIRepository", "ArtifactGenerator", "ExternalArtifact"),
        *("FluxInstance", "ResourceSet", "ResourceSetInputProvider"),  # of Flux Operator, which sends events of its own
    }
)


_NUMERICAL = "  filterTags:\n    pattern: {}\n    extract: $ts\n  policy:\n    numerical:\n      order: asc\n"


@rule(
    "F2-005", "error", ("kubernetes",), "an image policy or alert of Flux v2 that cannot work",
    explanation="numerical fails on the first tag that is not a number and distinguishes 15 digits. interval is only "
    "valid with Always. An alert only reaches a Provider in its namespace, and only some types send events. Flux 2.9 "
    "removed v1beta1 and v1beta2 of the image resources.",
    bad=policy_example(_NUMERICAL.format("'^main-[a-f0-9]+-(?P<ts>.*)'")),
    good=policy_example(_NUMERICAL.format("'^main-[a-f0-9]+-(?P<ts>[0-9]{1,15})$'")),
    source="https://fluxcd.io/flux/components/image/imagepolicies/", across=True,
)  # fmt: skip
def resources_of_flux2(file: File, scope: Scope) -> Iterator[Finding]:
    """Check that a policy can order tags, an alert reaches its provider, and the API versions are served."""
    for one in objects(file):
        versions, instead = _GONE.get(one.group, (frozenset(), ""))
        if one.api.rpartition("/")[2] in versions and not (one.group == ALERT_GROUP and one.sort == "Receiver"):
            message = f"{one.api} was removed: the API server refuses the {one.sort}"
            yield at(get(one.node, "apiVersion") or one.node, message, f"write {one.group}/{instead}")
        if one.group == IMAGE_GROUP and one.sort == "ImagePolicy":
            yield from _image_policy(one)
        elif one.group == ALERT_GROUP and one.sort == "Alert":
            yield from _alert(one, scope)


def _image_policy(one: Object) -> Iterator[Finding]:
    spec = get(one.node, "spec")
    if any(x.text.startswith("ENC[") for x in walk_nodes(spec or one.node)):
        return  # SOPS has the values
    chosen = [key for key, _ in pairs_at(spec, "policy")]
    where = get(spec, "policy") or spec or one.node
    if get(spec, "policy") is not None and len(chosen) != 1:
        yield at(where, "a policy must have exactly one of semver, alphabetical and numerical", "keep one")
    pattern = get(spec, "filterTags", "pattern")
    fault = expressions.expression_fault(pattern.text) if pattern is not None and pattern.shape == "scalar" else ""
    if pattern is not None and fault:
        yield at(pattern, f"filterTags.pattern is not a valid RE2 expression: {fault}", "write it without look-around")
    range_ = get(spec, "policy", "semver", "range")
    if range_ is not None and range_.shape == "scalar" and parse_range(range_.text, "3.5.0") is None:
        yield at(range_, f"{range_.text!r} is not a valid version range", "write it like ~1.4 or >=1.0.0 <2.0.0")
    for name in ("numerical", "alphabetical"):
        order = get(spec, "policy", name, "order")
        if order is not None and order.text not in {"asc", "desc", ""} and not has_placeholder(order.text):
            yield at(order, f"the order is {order.text!r}, not asc or desc", "write asc to select the highest")
    if get(spec, "policy", "numerical") is not None and not fault:
        yield from _numerical(spec, pattern, where)
    yield from _interval(spec)


def _numerical(spec: Node | None, pattern: Node | None, where: Node) -> Iterator[Finding]:
    good = "write ^main-[a-f0-9]+-(?P<ts>[0-9]{1,15})$ and extract: $ts"
    if pattern is None:
        message = "numerical compares whole tags: a tag that is not a number makes the policy fail"
        yield at(where, message, f"add filterTags: {good}")
        return
    extract = text_at(spec, "filterTags", "extract")
    name = extract.strip("${}")
    source = expressions.captured(pattern.text, name) if extract.startswith("$") else ""
    source = source if extract else expressions.captured(f"({pattern.text.strip('^$')})", "1")
    _, ends = expressions.is_anchored(pattern.text)
    if extract and not source:
        yield at(pattern, f"extract is {extract}, but the pattern has no such group", good)
    elif not re.fullmatch(r"(?:\(\?:)?(?:\[0-9\]|\\d|\[\[:digit:\]\])+(?:\{[0-9,]+\}|[+*])?\)?", source):
        message = f"numerical needs digits, but {source or 'the whole tag'} matches more: one such tag fails the policy"
        yield at(pattern, message, good)
    elif extract and not expressions.takes_part(pattern.text, name):
        message = f"some tags match without the group of {extract}: one tag without a number fails the policy"
        yield at(pattern, message, good)
    elif (bound := re.search(r"(?:\{(?:[0-9]*,)?([0-9]*)\}|[+*])\)?\Z", source)) and int(bound.group(1) or 99) > 15:
        yield at(pattern, "numerical compares floats, which distinguish at most 15 digits", good)
    elif not ends:
        yield at(pattern, "the pattern is not anchored to the end of the tag, so that longer tags collide", good)


def _interval(spec: Node | None) -> Iterator[Finding]:
    reflection, interval = text_at(spec, "digestReflectionPolicy"), get(spec, "interval")
    if interval is not None and reflection != "Always":
        message = "interval is only valid with digestReflectionPolicy: Always: the API server refuses it here"
        yield at(key_of(spec, "interval") or interval, message, "remove it and set the interval in the ImageRepository")
    elif interval is None and reflection == "Always":
        where = get(spec, "digestReflectionPolicy")
        if where is not None:
            yield at(where, "digestReflectionPolicy: Always needs an interval", "add interval: 10m")


def _is_of_kubernetes(sort: str, scope: Scope) -> bool:
    """Tell whether a type is one of Kubernetes itself, whose controllers send Flux no events; others may do it."""
    return any(compiled.kubernetes(api, sort, scope.config.kubernetes) for api in ("v1", "apps/v1", "batch/v1"))


def _alert(one: Object, scope: Scope) -> Iterator[Finding]:
    for source in items_at(one.node, "spec", "eventSources"):
        sort = get(source, "kind")
        if sort is not None and sort.text not in _SOURCES and not has_placeholder(sort.text):
            close = Guesses().nearest(sort.text, _SOURCES)
            if close or _is_of_kubernetes(sort.text, scope):
                hint = f"did you mean {close}?" if close else f"name one of {', '.join(sorted(_SOURCES))}"
                yield at(sort, f"{sort.text} sends no events", hint)
    reference = get(one.node, "spec", "providerRef", "name")
    providers = of_sort(scope, ALERT_GROUP, "Provider")
    if reference is None or not providers or has_placeholder(reference.text):
        return
    same = [x for x in named(scope, "Provider", reference.text) if x.group == ALERT_GROUP]
    if not any(may_share_namespace(one, x, scope) for x in same):
        other = same[0] if same else None
        if all(are_apart(one, x) for x in same or providers) or may_be_unseen(ALERT_GROUP, "Provider", scope):
            return
        place = f"Provider {reference.text} is in the namespace {other.namespace or 'default'}" if other else ""
        known = place or f"known providers: {name_list({x.name for x in providers})}"
        message = f"the alert's namespace {one.namespace or 'default'} has no Provider {reference.text}"
        yield at(reference, message, f"{known}; an alert only reaches a Provider in its namespace")
