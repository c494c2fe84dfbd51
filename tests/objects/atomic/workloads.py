"""Edits of what runs pods, beside the pods."""

from __future__ import annotations

from . import read

_POD = '{containers: [{name: app, image: "web:1"}, {name: side, image: "side:1"}]'
STATEFUL_SET = f"""
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: web}}
spec:
  replicas: 3
  serviceName: web
  selector: {{matchLabels: {{app: web}}}}
  updateStrategy: {{type: RollingUpdate, rollingUpdate: {{partition: 1}}}}
  volumeClaimTemplates:
    - {{metadata: {{name: data}}, spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}}}
    - {{metadata: {{name: logs}}, spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {_POD}, volumes: [{{name: tmp, emptyDir: {{}}}}]}}
"""
_CLAIM = "{metadata: {name: %s}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}"
_DATA, _LOGS = _CLAIM % "data", _CLAIM % "logs"
STATEFUL_EDITS = f"""
replicas         = {{replicas: 5}}
on delete        = {{updateStrategy: {{type: OnDelete, rollingUpdate: null}}}}
partition        = {{updateStrategy: {{rollingUpdate: {{partition: 2}}}}}}
unavailable      = {{updateStrategy: {{rollingUpdate: {{maxUnavailable: 2}}}}}}
parallel         = {{podManagementPolicy: Parallel}}
retention        = {{persistentVolumeClaimRetentionPolicy: {{whenDeleted: Delete}}}}
ordinals         = {{ordinals: {{start: 1}}}}
min ready        = {{minReadySeconds: 5}}
mount data       = {{template: {{spec: {{containers: [{{name: app, volumeMounts: [{{name: data, mountPath: /data}}]}}]}}}}}}
mount logs       = {{template: {{spec: {{containers: [{{name: app, volumeMounts: [{{name: logs, mountPath: /logs}}]}}]}}}}}}
mount tmp        = {{template: {{spec: {{containers: [{{name: app, volumeMounts: [{{name: tmp, mountPath: /data}}]}}]}}}}}}
no logs          = {{volumeClaimTemplates: [{_DATA}]}}
no claims        = {{volumeClaimTemplates: null}}
no tmp           = {{template: {{spec: {{volumes: null}}}}}}
logs empty       = {{volumeClaimTemplates: [{_DATA}], template: {{spec: {{volumes: [{{name: logs, emptyDir: {{}}}}]}}}}}}
volume data      = {{template: {{spec: {{volumes: [{{name: data, emptyDir: {{}}}}]}}}}}}
claim bigger     = {{volumeClaimTemplates: [{_LOGS}, {_DATA.replace("1Gi", "2Gi")}]}}
claim limit      = {{volumeClaimTemplates: [{_LOGS}, {_DATA.replace("requests: {storage: 1Gi}", "requests: {storage: 1Gi}, limits: {storage: 1Gi}")}]}}
label            = {{template: {{metadata: {{labels: {{app: shop}}}}}}, selector: {{matchLabels: {{app: shop}}}}}}
select more      = {{template: {{metadata: {{labels: {{tier: a}}}}}}, selector: {{matchLabels: {{tier: a}}}}}}
label more       = {{template: {{metadata: {{labels: {{tier: b}}}}}}}}
restart always   = {{template: {{spec: {{restartPolicy: Always}}}}}}
"""
DAEMON_SET = f"""
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {_POD}}}
"""
DAEMON_EDITS = """
on delete        = {updateStrategy: {type: OnDelete}}
surge            = {updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}}
surge typed      = {updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 2, maxUnavailable: 0}}}
unavailable      = {updateStrategy: {rollingUpdate: {maxUnavailable: 2}}}
percent          = {updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 10%}}}
min ready        = {minReadySeconds: 5}
history          = {revisionHistoryLimit: 2}
image            = {template: {spec: {containers: [{name: app, image: "web:2"}]}}}
ports            = {template: {spec: {containers: [{name: app, ports: [{containerPort: 80, hostPort: 8080}]}]}}}
host network     = {template: {spec: {hostNetwork: true}}}
label            = {template: {metadata: {labels: {app: a}}}, selector: {matchLabels: {app: a}}}
select more      = {template: {metadata: {labels: {tier: a}}}, selector: {matchLabels: {tier: a}}}
label more       = {template: {metadata: {labels: {tier: b}}}}
"""
JOB = f"""
apiVersion: batch/v1
kind: Job
metadata: {{name: web}}
spec:
  backoffLimit: 3
  template:
    spec: {_POD}, restartPolicy: Never}}
"""
JOB_EDITS = """
completions      = {completions: 5, parallelism: 2}
completions few  = {completions: 2}
indexed          = {completionMode: Indexed, completions: 3}
indexed five     = {completionMode: Indexed, completions: 5, maxFailedIndexes: 4, backoffLimitPerIndex: 1}
not indexed      = {completionMode: NonIndexed}
per index        = {completionMode: Indexed, completions: 3, backoffLimitPerIndex: 1}
failed indexes   = {completionMode: Indexed, completions: 4, backoffLimitPerIndex: 1, maxFailedIndexes: 4}
success policy   = {completionMode: Indexed, completions: 3, successPolicy: {rules: [{succeededCount: 3}]}}
success indexes  = {completionMode: Indexed, completions: 6, successPolicy: {rules: [{succeededIndexes: "0-4"}]}}
failure policy   = {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [1]}}]}}
failure of app   = {podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {containerName: app, operator: In, values: [1]}}]}}
failure of side  = {podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {containerName: side, operator: In, values: [1]}}]}}
fail index       = {completionMode: Indexed, completions: 3, backoffLimitPerIndex: 1, podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: {operator: In, values: [1]}}]}}
failed alone     = {podReplacementPolicy: Failed}
terminating      = {podReplacementPolicy: TerminatingOrFailed}
restart          = {template: {spec: {restartPolicy: OnFailure}}}
no side          = {template: {spec: {containers: [{name: side, gone: true}]}}}
no app           = {template: {spec: {containers: [{name: app, gone: true}]}}}
deadline         = {activeDeadlineSeconds: 60}
ttl              = {ttlSecondsAfterFinished: 60}
suspend          = {suspend: true}
backoff          = {backoffLimit: 9}
managed          = {managedBy: a.b/c}
image            = {template: {spec: {containers: [{name: app, image: "web:2"}]}}}
label            = {template: {metadata: {labels: {app: web}}}}
"""
_JOB = "\n".join("    " + line for line in JOB.split("spec:\n", 1)[1].rstrip().splitlines())
CRON_JOB = f"""
apiVersion: batch/v1
kind: CronJob
metadata: {{name: web}}
spec:
  schedule: "0 1 * * *"
  jobTemplate:
    spec:
{_JOB}
"""
CRON_EDITS = """
schedule         = {schedule: "0 2 * * *"}
time zone        = {timeZone: Etc/UTC}
forbid           = {concurrencyPolicy: Forbid}
suspend          = {suspend: true}
history          = {successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1}
start            = {startingDeadlineSeconds: 60}
"""
AUTOSCALER = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  minReplicas: 2
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
"""
AUTOSCALER_EDITS = """
min up           = {minReplicas: 4}
max down         = {maxReplicas: 3}
max two          = {maxReplicas: 2}
max up           = {maxReplicas: 10}
both up          = {minReplicas: 8, maxReplicas: 20}
no min           = {minReplicas: null}
one              = {minReplicas: 1, maxReplicas: 1}
target           = {scaleTargetRef: {kind: StatefulSet}}
average value    = {metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageUtilization: null, averageValue: 1}}}]}
another metric   = {metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}, {type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 70}}}]}
container metric = {metrics: [{type: ContainerResource, containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 80}}}]}
pods metric      = {metrics: [{type: Pods, pods: {metric: {name: a}, target: {type: AverageValue, averageValue: 1}}}]}
no metrics       = {metrics: null}
slow down        = {behavior: {scaleDown: {stabilizationWindowSeconds: 60}}}
policy           = {behavior: {scaleDown: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}}}
no scale down    = {behavior: {scaleDown: {selectPolicy: Disabled}}}
tolerance        = {behavior: {scaleUp: {selectPolicy: Max}}}
"""
BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
"""
BUDGET_EDITS = """
two              = {minAvailable: 2}
percent          = {minAvailable: 50%}
unavailable      = {minAvailable: null, maxUnavailable: 1}
always           = {unhealthyPodEvictionPolicy: AlwaysAllow}
selector         = {selector: {matchLabels: {tier: web}}}
neither          = {minAvailable: null}
"""
_JOBS = read("Job", JOB, JOB_EDITS, "spec")
_CRON = read("CronJob", CRON_JOB, CRON_EDITS, "spec")
TABLES = (
    read("StatefulSet", STATEFUL_SET, STATEFUL_EDITS, "spec"),
    read("DaemonSet", DAEMON_SET, DAEMON_EDITS, "spec"),
    _JOBS,
    type(_CRON)(
        "CronJob",
        _CRON.base,
        {
            **_CRON.edits,
            **read("", CRON_JOB, JOB_EDITS.replace("suspend  ", "job suspend"), "spec.jobTemplate.spec").edits,
        },
    ),
    read("HorizontalPodAutoscaler", AUTOSCALER, AUTOSCALER_EDITS, "spec"),
    read("PodDisruptionBudget", BUDGET, BUDGET_EDITS, "spec"),
)
