ifeq ($(filter oneshell,$(.FEATURES)),)
$(error This needs GNU Make 4, and macOS has 3.81: brew install make, then gmake)
endif
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
# Each recipe is one script, so that one trap covers all its steps.
.ONESHELL:
.NOTPARALLEL:
.DEFAULT_GOAL := test
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules

# Variables marked override cannot be changed by the environment or the command line: no other cluster and no other
# kubeconfig is ever used. The checksum of this folder makes the cluster's name unique per unit and clone.
override OUT := $(shell pwd -P)/output
override CLUSTER := $(CLUSTER_PREFIX)-$(firstword $(shell cksum <<<"$$(pwd -P)"))
override CONTEXT := kind-$(CLUSTER)
override KUBECONFIG := $(OUT)/kubeconfig
# kind and its node images belong together: https://github.com/kubernetes-sigs/kind/releases
override NODE_IMAGE := $(or $(value NODE_IMAGE),$(DEFAULT_NODE_IMAGE))
KEEP ?=
export OUT CLUSTER CONTEXT KUBECONFIG NODE_IMAGE KEEP
# In a pod, kubectl without a kubeconfig would use the pod's cluster.
unexport KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT

define kind_steps
say() { printf '== %s\n' "$$*" >&2; }

need() { # Report all missing tools before anything is created.
  local tool missing=''
  for tool in "$$@"; do
    command -v "$$tool" >/dev/null || { say "$$tool is not installed"; missing=1; }
  done
  [[ -z $$missing ]]
}

delete() { # If kind was killed, its lock file is left.
  rm -f "$$OUT/made" "$$KUBECONFIG.lock"
  kind delete cluster --name "$$CLUSTER" --kubeconfig "$$KUBECONFIG" && rm -f "$$KUBECONFIG"
}

cluster() { # Reuse the cluster if it is complete and has the requested configuration; else create it again.
  local clusters wanted made=''
  need kind kubectl
  mkdir -p "$$OUT"
  printf '*\n' >"$$OUT/.gitignore"
  wanted="$$NODE_IMAGE $$(cksum <cluster.kind)"
  clusters=$$(kind get clusters)
  touched=1
  rm -f "$$KUBECONFIG.lock"
  if grep -xF -e "$$CLUSTER" <<<"$$clusters" >/dev/null; then
    [[ ! -f $$OUT/made ]] || made=$$(<"$$OUT/made")
    if [[ $$made == "$$wanted" ]] &&
      kind export kubeconfig --name "$$CLUSTER" --kubeconfig "$$KUBECONFIG" &&
      kubectl --context "$$CONTEXT" wait nodes --all --for=condition=Ready --timeout=60s; then
      return
    fi
    say "$$CLUSTER is incomplete, stopped or of another version: creating it again"
    delete
  fi
  rm -f "$$OUT/made" "$$KUBECONFIG"
  # --retain: a cluster that cannot start is kept until its logs are exported.
  kind create cluster --name "$$CLUSTER" --kubeconfig "$$KUBECONFIG" --image "$$NODE_IMAGE" \
    --config cluster.kind --wait 180s --retain
  # kind only warns about nodes that are not ready in time.
  kubectl --context "$$CONTEXT" wait nodes --all --for=condition=Ready --timeout=60s
  printf '%s\n' "$$wanted" >"$$OUT/made"
}

export_logs() {
  say "exporting logs to $$OUT/logs"
  kind export logs --name "$$CLUSTER" "$$OUT/logs"
  kubectl --context "$$CONTEXT" --request-timeout=30s describe pods --all-namespaces >"$$OUT/logs/pods.txt"
}

finish() { # Run once, on every exit, with the exit code. Export logs before the deletion, and keep the exit code.
  local code=$$1
  [[ -z $$ending ]] || return 0
  ending=1
  trap '' HUP INT TERM
  set +e
  [[ -n $$touched ]] || exit "$$code"
  [[ $$code == 0 || -n $$stopped ]] || export_logs
  if [[ ( -n $$KEEP && $$KEEP != 0 ) || ( -n $$stays && -f $$OUT/made ) ]]; then
    say "$$CLUSTER is kept, with KUBECONFIG=$$KUBECONFIG, until: make delete"
  elif ! delete; then
    say "$$CLUSTER could not be deleted: make delete"
    [[ $$code != 0 ]] || code=1
  fi
  exit "$$code"
}

stop() { # Signals may arrive twice, from the terminal and from make, and at any time.
  stopped=1
  finish "$$1"
}

touched='' stays='' stopped='' ending=''
trap 'finish "$$?"' EXIT
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM
endef
