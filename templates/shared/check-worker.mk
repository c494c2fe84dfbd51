# Nobody can ask a worker whether it works: it must run for a while without a restart.
local restarts
sleep 20
restarts=$$(kubectl --context "$$CONTEXT" --namespace {{ cookiecutter | namespace }} get pods --selector {{ labels }} \
  --output 'jsonpath={.items[*].status.containerStatuses[*].restartCount}')
if [[ -z $$restarts || $$restarts =~ [1-9] ]]; then
  kubectl --context "$$CONTEXT" --namespace {{ cookiecutter | namespace }} logs --selector {{ labels }} --all-containers --tail=100 >&2 || true
  say "restarts of containers: $${restarts:-no pods}"
  return 1
fi
