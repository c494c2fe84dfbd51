# A run like those of the schedule; one of an earlier check is in its place.
local attempt state
kubectl --context "$$CONTEXT" --namespace {{ cookiecutter | namespace }} delete job {{ cookiecutter.name }}-e2e --ignore-not-found
kubectl --context "$$CONTEXT" --namespace {{ cookiecutter | namespace }} create job {{ cookiecutter.name }}-e2e --from=cronjob/{{ cookiecutter.name }}
for attempt in {1..150}; do
  state=$$(kubectl --context "$$CONTEXT" --namespace {{ cookiecutter | namespace }} get job {{ cookiecutter.name }}-e2e \
    --output 'jsonpath={.status.conditions[?(@.status=="True")].type}')
  case " $$state " in
    *' Complete '*) say "success at attempt $$attempt"; return ;;
    *' Failed '*) break ;;
  esac
  sleep 2
done
kubectl --context "$$CONTEXT" --namespace {{ cookiecutter | namespace }} logs job/{{ cookiecutter.name }}-e2e --all-containers --tail=100 >&2 || true
say "the job did not succeed: $${state:-still running}"
return 1
