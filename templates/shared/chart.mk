override RELEASE := $(RELEASE_NAME)
override NAMESPACE := $(RELEASE_NAMESPACE)
export RELEASE NAMESPACE

define chart_steps
field() { # A field of the object in a manifest, as the file has it now: edits are tested too.
  kubectl label --local --filename "$$1" e2e=read --output "jsonpath={$$2}"
}

install() { # install CHART [OPTION]...: all that the chart makes must be ready in time.
  if [[ -f fixture.manifest ]]; then
    kubectl --context "$$CONTEXT" apply --filename fixture.manifest
  fi
  say "helm upgrade --install $$RELEASE $$*"
  helm --kube-context "$$CONTEXT" --namespace "$$NAMESPACE" upgrade --install "$$RELEASE" "$$@" --wait --timeout 10m
}

check() { # Workloads that an operator of the chart makes, too.
  local found one
  found=$$(kubectl --context "$$CONTEXT" --namespace "$$NAMESPACE" get deployments,statefulsets,daemonsets --output name)
  for one in $$found; do
    kubectl --context "$$CONTEXT" --namespace "$$NAMESPACE" rollout status "$$one" --timeout=300s
  done
}

need helm
endef

.PHONY: test cluster deploy check delete clean

test:
	@$(kind_steps)
	$(chart_steps)
	$(steps)
	rm -rf "$$OUT/logs"
	cluster
	deploy
	check

cluster:
	@$(kind_steps)
	stays=1
	cluster

deploy:
	@$(kind_steps)
	$(chart_steps)
	$(steps)
	stays=1
	cluster
	deploy

check:
	@$(kind_steps)
	$(chart_steps)
	$(steps)
	stays=1
	cluster
	deploy
	check

delete:
	@$(kind_steps)
	need kind
	delete

clean: delete
	@rm -rf "$$OUT"
