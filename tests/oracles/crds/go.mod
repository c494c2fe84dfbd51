// The projects whose CustomResourceDefinitions judge generated objects: the only place of their versions. Nothing of
// them is compiled; `make oracles` copies the definitions out of the modules, whose checksums are in go.sum.
module scaffold/tests/oracles/crds

go 1.26.3

require (
	github.com/argoproj-labs/argocd-image-updater v1.3.0
	github.com/argoproj/argo-cd/v3 v3.5.7
	github.com/fluxcd/flagger v1.44.0
	github.com/fluxcd/helm-controller v1.6.4
	github.com/fluxcd/image-automation-controller v1.2.4
	github.com/fluxcd/image-reflector-controller v1.2.4
	github.com/fluxcd/notification-controller v1.9.3
	github.com/fluxcd/source-controller v1.9.6
	github.com/prometheus-operator/prometheus-operator v0.94.1
)
