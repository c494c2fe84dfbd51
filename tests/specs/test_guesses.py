"""Which known name a misspelt one is said to be: one that a reader would name too, else none."""

from __future__ import annotations

import pytest

from generator.nearest import Guesses

# The name, the known names, and the guess.
GUESSES = (
    ("replica", ("replicas", "paused"), "replicas"),
    ("createTimestamp", ("creationTimestamp", "deletionTimestamp"), "creationTimestamp"),
    ("serviceaccountname", ("serviceAccount", "serviceAccountName"), "serviceAccountName"),
    ("securtyContxt", ("securityContext",), "securityContext"),
    ("secretKeyRf", ("secretKeyRef",), "secretKeyRef"),
    ("ingressClass", ("ingressClassName", "rules"), "ingressClassName"),
    ("NodeTaintsPolicy", ("nodeAffinityPolicy", "nodeTaintsPolicy"), "nodeTaintsPolicy"),
    ("restrat", ("restart", "ports"), "restart"),
    # Names that have letters in common, and are others.
    ("NotAList", ("NodeList", "PodList"), ""),
    ("serviceName", ("service", "resource"), ""),
    ("x-kubernetes-patch-merge-key", ("x-kubernetes-list-map-keys", "x-kubernetes-map-type"), ""),
    ("teams", ("tags",), ""),
    ("id", ("uid", "kind"), ""),
    ("started", ("status",), ""),
    ("recursiveReadOnly", ("readOnly",), ""),
    ("payments-dev", ("payments-prod",), ""),
    ("orders-us-east", ("orders-us-west",), ""),
    ("web-2", ("web-1",), ""),
    ("v1beta1", ("v1beta2",), ""),
)


@pytest.mark.parametrize(("name", "known", "guess"), GUESSES)
def test_a_guess_is_what_a_reader_would_say(name: str, known: tuple[str, ...], guess: str) -> None:
    assert Guesses().nearest(name, known) == guess
