# make sample: set up, and run a demonstration in a sample repository in ./sample
# make test:   set up, and run the tests
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TESTS ?=

GO ?= go
ORACLES := tests/oracles

.PHONY: sample test tried-oracles lint docs oracles bench e2e dist lock clean

sample: $(VENV)/.ready
	$(BIN)/python tests/support/sample.py sample

# The packages, mypy and Go's linker take one core each for most of their time.
test:
	@$(MAKE) --no-print-directory --jobs=2 lint tried-oracles
	@$(BIN)/python -m compileall -q generator  # once, not in each of the thousands of processes, where none may write
	$(BIN)/pytest -n auto --dist worksteal $(TESTS)

tried-oracles:
	@if command -v $(GO) >/dev/null; then $(MAKE) --no-print-directory oracles || echo 'The oracles were not built: the tests that need them are skipped.'; fi

lint: $(VENV)/.ready
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Generate the tables and reference pages of the documentation, and the schemas that follow from others.
docs: $(VENV)/.ready
	$(BIN)/python -m tests.alerting.alerting_schema
	$(BIN)/python -m tests.project.kubernetes_fields
	$(BIN)/python -m tests.project.workload_schemas
	$(BIN)/python -m tests.alertmanager.rules_page
	$(BIN)/python -m tests.docs.tables --write

# Programs that verify results in tests: the real code of Kubernetes, of Flux's libraries, and Go's YAML parsers. The
# first build takes some minutes.
oracles: $(addprefix $(ORACLES)/bin/,kubernetes kubernetes-1.36 kubernetes-1.37 yaml tags alertmanager operator helm compose kind flux1 flux2 setters crds.yaml)

# A separate module, because it links two releases of one library.
$(ORACLES)/bin/tags: $(wildcard $(ORACLES)/tags/*)
	cd $(ORACLES)/tags && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -o ../bin/tags .
	@touch $@

# A separate module, because Alertmanager needs other releases than Kubernetes.
# A separate module, since Helm links other releases of Kubernetes' libraries.
$(ORACLES)/bin/helm: $(wildcard $(ORACLES)/helm/*)
	cd $(ORACLES)/helm && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -o ../bin/helm .
	@touch $@

$(ORACLES)/bin/alertmanager: $(wildcard $(ORACLES)/alertmanager/*)
	cd $(ORACLES)/alertmanager && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -o ../bin/alertmanager .
	@touch $@

# A separate module, of which no other one needs a part.
$(ORACLES)/bin/compose: $(wildcard $(ORACLES)/compose/*)
	cd $(ORACLES)/compose && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -o ../bin/compose .
	@touch $@

# A separate module, of which no other one needs a part either.
$(ORACLES)/bin/kind: $(wildcard $(ORACLES)/kind/*)
	cd $(ORACLES)/kind && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -o ../bin/kind .
	@touch $@

# A separate module, because the operator needs other releases than Alertmanager's newest.
$(ORACLES)/bin/operator: $(wildcard $(ORACLES)/operator/*)
	cd $(ORACLES)/operator && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -o ../bin/operator .
	@touch $@

# The CustomResourceDefinitions of other projects, from their modules; nothing is compiled.
$(ORACLES)/bin/crds.yaml: $(wildcard $(ORACLES)/crds/*)
	mkdir -p $(ORACLES)/bin
	cd $(ORACLES)/crds && $(GO) mod download
	cd $(ORACLES)/crds && $(GO) list -m -f '{{.Dir}}' $$(awk '$$2 ~ /^v[0-9]/ { print $$1 }' go.mod) | while read -r folder; do \
	  for file in "$$folder"/config/crd/bases/*.yaml "$$folder"/artifacts/flagger/crd.yaml \
	      "$$folder"/manifests/crds/application-crd.yaml \
	      "$$folder"/example/prometheus-operator-crd-full/*.yaml \
	      "$$folder"/config/crd/standard/gateway.networking.k8s.io_httproutes.yaml \
	      "$$folder"/config/crds/bases/external-secrets.io_externalsecrets.yaml \
	      "$$folder"/helm/sealed-secrets/crds/*.yaml "$$folder"/deploy/vpa-v1-crd-gen.yaml; do \
	    if [ -f "$$file" ]; then echo ---; cat "$$file"; fi; \
	  done; \
	done >../bin/crds.yaml

# A separate module, with the releases of 2022 that Flux v1 needs.
$(ORACLES)/bin/flux1: $(wildcard $(ORACLES)/flux1/* $(ORACLES)/flux1/*/*)
	cd $(ORACLES)/flux1 && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -o ../bin/flux1 .
	@touch $@

# A separate module, with a path below that of Flux's controller, whose internal packages it links.
$(ORACLES)/bin/flux2: $(wildcard $(ORACLES)/flux2/*)
	cd $(ORACLES)/flux2 && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -o ../bin/flux2 .
	@touch $@

# A separate module, with a path below that of Flux's other controller.
$(ORACLES)/bin/setters: $(wildcard $(ORACLES)/setters/*)
	cd $(ORACLES)/setters && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -o ../bin/setters .
	@touch $@

# The source of bin/kubernetes, linked with the newer releases.
$(ORACLES)/bin/kubernetes-%: $(ORACLES)/kubernetes-%.mod $(ORACLES)/kubernetes-%.sum $(wildcard $(ORACLES)/kubernetes/*.go)
	cd $(ORACLES) && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -modfile=kubernetes-$*.mod \
	  -tags=without_webhooks,kubernetes_$(subst .,_,$*) -o bin/kubernetes-$* ./kubernetes
	@touch $@

$(ORACLES)/bin/%: $(ORACLES)/go.mod $(ORACLES)/go.sum $(wildcard $(ORACLES)/*/*.go)
	cd $(ORACLES) && CGO_ENABLED=0 $(GO) build -buildvcs=false -trimpath -ldflags='-s -w' -o bin/$* ./$*
	@touch $@

bench: $(VENV)/.ready
	test -d $(VENV)-peers || $(PYTHON) -m venv $(VENV)-peers
	$(VENV)-peers/bin/pip install --quiet --disable-pip-version-check cruft==2.16.0 copier==9.19.1
	$(BIN)/python benchmarks/run.py --peers $(VENV)-peers/bin
	$(BIN)/python benchmarks/yaml_edits.py
	$(BIN)/python benchmarks/against_git.py

# Generated end-to-end tests on real clusters: docs/user/e2e.md.
e2e: $(VENV)/.ready
	$(BIN)/python tests/support/real_kind.py

# Build the source distribution and the wheel in dist/, with the build tool pinned in requirements-dev.txt.
dist: $(VENV)/.ready
	rm -rf dist
	$(BIN)/hatchling build --directory dist

# Create the virtual environment, with the hashes in requirements-dev.txt.
$(VENV)/.ready: requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# Run this after changing the dependencies in pyproject.toml.
lock: $(VENV)/.ready
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --group dev --extra lsp --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --output-file requirements-dev.txt

clean:
	rm -rf $(VENV) $(VENV)-peers $(VENV)-go $(ORACLES)/bin sample dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
