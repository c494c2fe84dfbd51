ifeq ($(filter oneshell,$(.FEATURES)),)
$(error This needs GNU Make 4, and macOS has 3.81: brew install make, then gmake)
endif
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
# A recipe is one script, so that one trap covers all its steps.
.ONESHELL:
.NOTPARALLEL:
.DEFAULT_GOAL := test
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules

# Neither the environment nor the command line can change what is marked override: no other cluster and no other
# kubeconfig is ever touched. The checksum of this folder keeps the clusters of two units, and of two clones, apart.
override OUT := $(shell pwd -P)/output
override CLUSTER := $(CLUSTER_PREFIX)-$(firstword $(shell cksum <<<"$$(pwd -P)"))
override CONTEXT := kind-$(CLUSTER)
override KUBECONFIG := $(OUT)/kubeconfig
# kind and its node images belong together: https://github.com/kubernetes-sigs/kind/releases
override NODE_IMAGE := $(or $(value NODE_IMAGE),$(DEFAULT_NODE_IMAGE))
KEEP ?=
export OUT CLUSTER CONTEXT KUBECONFIG NODE_IMAGE KEEP
# In a pod kubectl without a kubeconfig would take the cluster that the pod runs in.
unexport KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT

define kind_steps
say() { printf '== %s\n' "$$*" >&2; }

need() { # Tell of every tool that is missing before anything is made.
  local tool missing=''
  for tool in "$$@"; do
    command -v "$$tool" >/dev/null || { say "$$tool is not installed"; missing=1; }
  done
  [[ -z $$missing ]]
}

delete() { # The lock is kind's, and stays behind where kind was killed.
  rm -f "$$OUT/made" "$$KUBECONFIG.lock"
  kind delete cluster --name "$$CLUSTER" --kubeconfig "$$KUBECONFIG" && rm -f "$$KUBECONFIG"
}

cluster() { # Use the cluster if it is whole and as asked for; make it anew if not.
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
    say "$$CLUSTER is half made, stopped or of another version: making it anew"
    delete
  fi
  rm -f "$$OUT/made" "$$KUBECONFIG"
  # --retain: a cluster that cannot start is kept until its logs are exported.
  kind create cluster --name "$$CLUSTER" --kubeconfig "$$KUBECONFIG" --image "$$NODE_IMAGE" \
    --config cluster.kind --wait 180s --retain
  # kind only warns of nodes that are not ready in time.
  kubectl --context "$$CONTEXT" wait nodes --all --for=condition=Ready --timeout=60s
  printf '%s\n' "$$wanted" >"$$OUT/made"
}

export_logs() {
  say "exporting logs to $$OUT/logs"
  kind export logs --name "$$CLUSTER" "$$OUT/logs"
  kubectl --context "$$CONTEXT" --request-timeout=30s describe pods --all-namespaces >"$$OUT/logs/pods.txt"
}

finish() { # Runs once, at every end, with the exit code. Logs come before the deletion, and no exit code is lost.
  local code=$$1
  [[ -z $$ending ]] || return 0
  ending=1
  trap '' HUP INT TERM
  set +e
  [[ -n $$touched ]] || exit "$$code"
  [[ $$code == 0 || -n $$stopped ]] || export_logs
  if [[ ( -n $$KEEP && $$KEEP != 0 ) || ( -n $$stays && -f $$OUT/made ) ]]; then
    say "$$CLUSTER stays, with KUBECONFIG=$$KUBECONFIG, until: make delete"
  elif ! delete; then
    say "$$CLUSTER could not be deleted: make delete"
    [[ $$code != 0 ]] || code=1
  fi
  exit "$$code"
}

stop() { # Signals may come twice, from the terminal and from make, and at any moment.
  stopped=1
  finish "$$1"
}

touched='' stays='' stopped='' ending=''
trap 'finish "$$?"' EXIT
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM
endef
