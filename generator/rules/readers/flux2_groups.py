"""API groups of Flux v2."""

IMAGE_GROUP = "image.toolkit.fluxcd.io"
ALERT_GROUP = "notification.toolkit.fluxcd.io"
SOURCE_GROUP = "source.toolkit.fluxcd.io"
KUSTOMIZE_GROUP = "kustomize.toolkit.fluxcd.io"
OPERATOR_GROUP = "fluxcd.controlplane.io"
