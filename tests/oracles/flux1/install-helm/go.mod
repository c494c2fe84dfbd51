// Flux requires this module, which no proxy has; the oracle imports nothing of it.
module github.com/fluxcd/helm-operator/pkg/install

go 1.16
