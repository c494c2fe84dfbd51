"""Edits of pods, in the template of a Deployment."""

from __future__ import annotations

from . import read

BASE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      volumes:
        - {name: data, emptyDir: {}}
        - {name: config, configMap: {name: web}}
        - {name: claim, persistentVolumeClaim: {claimName: web}}
      initContainers:
        - {name: init, image: "init:1"}
        - {name: migrate, image: "init:1", command: [migrate]}
      containers:
        - name: app
          image: "web:1"
          env: [{name: A, value: x}, {name: B, value: z}]
          ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9090}]
          resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: 500m, memory: 256Mi}}
          readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 5}
          volumeMounts: [{name: data, mountPath: /data}, {name: config, mountPath: /etc/web}]
        - {name: proxy, image: "proxy:1", ports: [{name: admin, containerPort: 8081}]}
"""

CONTAINERS = """
image               = {containers: [{name: app, image: "web:2"}]}
args                = {containers: [{name: app, args: [serve]}]}
requests up         = {containers: [{name: app, resources: {requests: {cpu: 400m}}}]}
limits down         = {containers: [{name: app, resources: {limits: {cpu: 200m}}}]}
both up             = {containers: [{name: app, resources: {requests: {cpu: "1"}, limits: {cpu: "2"}}}]}
memory request up   = {containers: [{name: app, resources: {requests: {memory: 256Mi}}}]}
memory limit down   = {containers: [{name: app, resources: {limits: {memory: 200M}}}]}
no limits           = {containers: [{name: app, resources: {limits: null}}]}
no cpu limit        = {containers: [{name: app, resources: {limits: {cpu: null}}}]}
no requests         = {containers: [{name: app, resources: {requests: null}}]}
no resources        = {containers: [{name: app, resources: null}]}
huge pages          = {containers: [{name: app, resources: {requests: {hugepages-2Mi: 4Mi}, limits: {hugepages-2Mi: 4Mi}}}]}
gpu                 = {containers: [{name: app, resources: {limits: {nvidia.com/gpu: 1}}}]}
gpu both            = {containers: [{name: app, resources: {requests: {nvidia.com/gpu: 2}, limits: {nvidia.com/gpu: 2}}}]}
proxy requests      = {containers: [{name: proxy, resources: {requests: {cpu: 300m, memory: 64Mi}}}]}
proxy limits        = {containers: [{name: proxy, resources: {limits: {cpu: 200m, memory: 32Mi}}}]}
privileged          = {containers: [{name: app, securityContext: {privileged: true}}]}
no escalation       = {containers: [{name: app, securityContext: {allowPrivilegeEscalation: false}}]}
sys admin           = {containers: [{name: app, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]}
cap sys admin       = {containers: [{name: app, securityContext: {capabilities: {add: [CAP_SYS_ADMIN]}}}]}
drop all            = {containers: [{name: app, securityContext: {capabilities: {drop: [ALL]}}}]}
hardened            = {containers: [{name: app, securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}}]}
run as user         = {containers: [{name: app, securityContext: {runAsUser: 1000}}]}
run as group        = {containers: [{name: app, securityContext: {runAsGroup: 1000}}]}
non root            = {containers: [{name: app, securityContext: {runAsNonRoot: true}}]}
se linux            = {containers: [{name: app, securityContext: {seLinuxOptions: {level: "s0:c1"}}}]}
unmasked            = {hostUsers: false, containers: [{name: app, securityContext: {procMount: Unmasked}}]}
seccomp             = {containers: [{name: app, securityContext: {seccompProfile: {type: RuntimeDefault}}}]}
seccomp local       = {containers: [{name: app, securityContext: {seccompProfile: {type: Localhost, localhostProfile: a.json}}}]}
seccomp unconfined  = {containers: [{name: app, securityContext: {seccompProfile: {type: Unconfined}}}]}
app armor           = {containers: [{name: app, securityContext: {appArmorProfile: {type: RuntimeDefault}}}]}
app armor local     = {containers: [{name: app, securityContext: {appArmorProfile: {type: Localhost, localhostProfile: a}}}]}
host port           = {containers: [{name: app, ports: [{containerPort: 8080, name: http, hostPort: 80}]}]}
same host port      = {containers: [{name: app, ports: [{containerPort: 8080, name: http, hostPort: 8080}]}]}
proxy host port     = {containers: [{name: proxy, ports: [{containerPort: 8081, name: admin, hostPort: 80}]}]}
proxy port          = {containers: [{name: proxy, ports: [{containerPort: 9000, name: admin}]}]}
app port            = {containers: [{name: app, ports: [{name: http, containerPort: 8888}]}]}
another port        = {containers: [{name: app, ports: [{name: grpc, containerPort: 9000}]}]}
another port again  = {containers: [{name: app, ports: [{name: debug, containerPort: 9000}]}]}
grpc elsewhere      = {containers: [{name: app, ports: [{name: grpc, containerPort: 9001}]}]}
no ports            = {containers: [{name: app, ports: null}]}
ready by tcp        = {containers: [{name: app, readinessProbe: {httpGet: null, tcpSocket: {port: 8080}}}]}
ready by command    = {containers: [{name: app, readinessProbe: {httpGet: null, exec: {command: [ready]}}}]}
ready by name       = {containers: [{name: app, readinessProbe: {httpGet: {port: http}}}]}
ready twice         = {containers: [{name: app, readinessProbe: {successThreshold: 2}}]}
live                = {containers: [{name: app, livenessProbe: {httpGet: {path: /live, port: 8080}, terminationGracePeriodSeconds: 10}}]}
live tcp            = {containers: [{name: app, livenessProbe: {tcpSocket: {port: 8080}}}]}
startup             = {containers: [{name: app, startupProbe: {grpc: {port: 8080}, failureThreshold: 30}}]}
pre stop            = {containers: [{name: app, lifecycle: {preStop: {exec: {command: [sleep, "5"]}}}}]}
pre stop sleep      = {containers: [{name: app, lifecycle: {preStop: {sleep: {seconds: 20}}}}]}
long sleep          = {terminationGracePeriodSeconds: 90, containers: [{name: app, lifecycle: {preStop: {sleep: {seconds: 60}}}}]}
stop signal         = {os: {name: linux}, containers: [{name: app, lifecycle: {stopSignal: SIGUSR1}}]}
env from field      = {containers: [{name: app, env: [{name: A, value: null, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]}
env other           = {containers: [{name: app, env: [{name: A, value: other}]}]}
env more            = {containers: [{name: app, env: [{name: C, value: more}]}]}
env from            = {containers: [{name: app, envFrom: [{configMapRef: {name: web}}]}]}
env from secret     = {containers: [{name: app, envFrom: [{secretRef: {name: web}}]}]}
another container   = {containers: [{name: agent, image: "agent:1"}]}
init container      = {initContainers: [{name: agent, image: "agent:1"}]}
no init containers  = {initContainers: null}
proxy to init       = {containers: [{name: proxy, gone: true}], initContainers: [{name: proxy, image: "proxy:1", restartPolicy: Always}]}
init to container   = {initContainers: [{name: init, gone: true}], containers: [{name: init, image: "init:1"}]}
no proxy            = {containers: [{name: proxy, gone: true}]}
no app              = {containers: [{name: app, gone: true}]}
sidecar             = {initContainers: [{name: init, restartPolicy: Always}]}
sidecar probe       = {initContainers: [{name: init, restartPolicy: Always, startupProbe: {tcpSocket: {port: 1}}}]}
sidecar hook        = {initContainers: [{name: init, restartPolicy: Always, lifecycle: {preStop: {exec: {command: [a]}}}}]}
init resources      = {initContainers: [{name: init, resources: {requests: {cpu: 600m}}}]}
resize policy       = {containers: [{name: app, resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]}]}
termination         = {containers: [{name: app, terminationMessagePolicy: FallbackToLogsOnError}]}
tty                 = {containers: [{name: app, tty: true, stdin: true}]}
"""
VOLUMES = """
mount claim         = {containers: [{name: app, volumeMounts: [{mountPath: /claim, name: claim}]}]}
device              = {containers: [{name: app, volumeDevices: [{devicePath: /dev/a, name: claim}]}]}
device at data      = {containers: [{name: app, volumeMounts: [{mountPath: /data, gone: true}], volumeDevices: [{devicePath: /data, name: claim}]}]}
claim is empty      = {volumes: [{name: claim, persistentVolumeClaim: null, emptyDir: {}}]}
no claim            = {volumes: [{name: claim, gone: true}]}
no config           = {volumes: [{name: config, gone: true}], containers: [{name: app, volumeMounts: [{mountPath: /etc/web, gone: true}]}]}
mount config        = {containers: [{name: proxy, volumeMounts: [{mountPath: /etc/web, name: config}]}]}
init mounts config  = {initContainers: [{name: init, volumeMounts: [{mountPath: /etc/web, name: config}]}]}
config elsewhere    = {containers: [{name: app, volumeMounts: [{mountPath: /etc/web, gone: true}, {mountPath: /etc/conf, name: config}]}]}
data elsewhere      = {containers: [{name: app, volumeMounts: [{mountPath: /data, gone: true}, {mountPath: /etc/conf, name: data}]}]}
more data           = {volumes: [{name: more, emptyDir: {}}], containers: [{name: app, volumeMounts: [{mountPath: /more, name: more}]}]}
more secret         = {volumes: [{name: more, secret: {secretName: web}}], containers: [{name: app, volumeMounts: [{mountPath: /more, name: more}]}]}
data in memory      = {volumes: [{name: data, emptyDir: {medium: Memory}}]}
data on host        = {volumes: [{name: data, emptyDir: null, hostPath: {path: /srv}}]}
data ephemeral      = {volumes: [{name: data, emptyDir: null, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}
data projected      = {volumes: [{name: data, emptyDir: null, projected: {sources: [{configMap: {name: a}}]}}]}
config mode         = {volumes: [{name: config, configMap: {defaultMode: 256}}]}
config items        = {volumes: [{name: config, configMap: {items: [{key: a, path: a}]}}]}
sub path            = {containers: [{name: app, volumeMounts: [{mountPath: /data, subPath: a}]}]}
sub path expr       = {containers: [{name: app, volumeMounts: [{mountPath: /data, subPathExpr: "$(A)"}]}]}
read only           = {containers: [{name: app, volumeMounts: [{mountPath: /data, readOnly: true}]}]}
read only below     = {containers: [{name: app, volumeMounts: [{mountPath: /data, readOnly: true, recursiveReadOnly: Enabled}]}]}
propagation         = {containers: [{name: app, volumeMounts: [{mountPath: /data, mountPropagation: HostToContainer}]}]}
bidirectional       = {containers: [{name: app, securityContext: {privileged: true}, volumeMounts: [{mountPath: /data, mountPropagation: Bidirectional}]}]}
"""
POD = """
host network        = {hostNetwork: true}
host network dns    = {hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet}
no host users       = {hostUsers: false}
host users          = {hostUsers: true}
host pid            = {hostPID: true}
host ipc            = {hostIPC: true}
share pids          = {shareProcessNamespace: true}
sysctl net          = {securityContext: {sysctls: [{name: net.core.somaxconn, value: "1"}]}}
sysctl ipc          = {securityContext: {sysctls: [{name: kernel.shmmax, value: "1"}]}}
pod user            = {securityContext: {runAsUser: 1000, fsGroup: 1000}}
pod seccomp         = {securityContext: {seccompProfile: {type: RuntimeDefault}}}
pod se linux        = {securityContext: {seLinuxOptions: {level: "s0:c1"}}}
pod non root        = {securityContext: {runAsNonRoot: true}}
fs group policy     = {securityContext: {fsGroup: 2, fsGroupChangePolicy: OnRootMismatch}}
groups              = {securityContext: {supplementalGroups: [1], supplementalGroupsPolicy: Strict}}
linux               = {os: {name: linux}}
windows             = {os: {name: windows}}
windows options     = {securityContext: {windowsOptions: {runAsUserName: user}}}
host process        = {hostNetwork: true, securityContext: {windowsOptions: {hostProcess: true, runAsUserName: user}}}
dns none            = {dnsPolicy: None, dnsConfig: {nameservers: [10.0.0.1]}}
dns config          = {dnsConfig: {options: [{name: ndots, value: "1"}]}}
dns default         = {dnsPolicy: Default}
dns searches        = {dnsConfig: {searches: [a.b]}}
fqdn                = {setHostnameAsFQDN: true}
hostname            = {hostname: a, subdomain: b}
hostname override   = {hostnameOverride: a}
grace               = {terminationGracePeriodSeconds: 10}
priority class      = {priorityClassName: high}
preemption          = {preemptionPolicy: Never}
runtime class       = {runtimeClassName: gvisor}
node name           = {nodeName: a}
node selector       = {nodeSelector: {disk: ssd}}
gates               = {schedulingGates: [{name: a.b/c}]}
pull secret         = {imagePullSecrets: [{name: a}]}
no token            = {automountServiceAccountToken: false}
account             = {serviceAccountName: web}
aliases             = {hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]}
tolerate            = {tolerations: [{key: a, operator: Exists, effect: NoSchedule}]}
tolerate all        = {tolerations: [{operator: Exists}]}
tolerate value      = {tolerations: [{key: a, operator: Equal, value: b, effect: NoExecute, tolerationSeconds: 5}]}
spread              = {topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule}]}
spread anyway       = {topologySpreadConstraints: [{topologyKey: zone, maxSkew: 2, whenUnsatisfiable: ScheduleAnyway}]}
spread domains      = {topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule, minDomains: 2}]}
spread labels       = {topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [hash], labelSelector: {matchLabels: {app: web}}}]}
spread selector     = {topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {hash: web}}}]}
anti affinity       = {affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {matchLabels: {app: web}}}]}}}
anti affinity keys  = {affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {matchLabels: {app: web}}, matchLabelKeys: [hash]}]}}}
node affinity       = {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}]}]}}}}
node affinity there = {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}]}]}}}}
claims              = {resourceClaims: [{name: gpu, resourceClaimTemplateName: gpu}], containers: [{name: app, resources: {claims: [{name: gpu}]}}]}
claim alone         = {resourceClaims: [{name: gpu, resourceClaimName: gpu}]}
pod resources       = {resources: {requests: {cpu: 250m}}}
pod limits          = {resources: {limits: {cpu: 600m, memory: 512Mi}}}
pod requests        = {resources: {requests: {cpu: "1"}}}
pod low limit       = {resources: {limits: {cpu: 500m}}}
"""
TEMPLATE = """
label               = {template: {metadata: {labels: {tier: web}}}}
select label        = {selector: {matchLabels: {tier: web}}, template: {metadata: {labels: {tier: web}}}}
rename app          = {selector: {matchLabels: {app: shop}}, template: {metadata: {labels: {app: shop}}}}
template tier other = {template: {metadata: {labels: {tier: other}}}}
select expression   = {selector: {matchExpressions: [{key: app, operator: Exists}]}}
select by tier only = {selector: {matchLabels: {app: null, tier: web}}, template: {metadata: {labels: {app: null, tier: web}}}}
annotation          = {template: {metadata: {annotations: {a: b}}}}
seccomp annotation  = {template: {metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/proxy: runtime/default}}}}
replicas            = {replicas: 5}
recreate            = {strategy: {type: Recreate}}
rolling             = {strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}}
rolling default     = {strategy: {rollingUpdate: {maxSurge: 0}}}
max unavailable 0   = {strategy: {rollingUpdate: {maxUnavailable: 0}}}
max surge percent   = {strategy: {rollingUpdate: {maxSurge: 0%, maxUnavailable: 1}}}
progress            = {progressDeadlineSeconds: 30}
min ready           = {minReadySeconds: 60}
history             = {revisionHistoryLimit: 2}
paused              = {paused: true}
"""
_PODS = read("Deployment, its pods", BASE, CONTAINERS + VOLUMES + POD, "spec.template.spec")
_TEMPLATE = read("Deployment", BASE, TEMPLATE, "spec")
TABLES = (type(_PODS)(_PODS.name, _PODS.base, {**_PODS.edits, **_TEMPLATE.edits}),)
