"""Fields of Kubernetes in specs: what the API server refuses is refused in the spec, and what it accepts is not.

A line is what a spec has besides its first keys; ``\\n`` is the end of a line in it.
"""

from __future__ import annotations

import pytest

from generator.errors import Invalid

from ..made_specs.building import built_text
from ..made_specs.judging import unit_faults

FIRST = "template: service\nname: x\nimage: a/b\ntag: v1.2.3\ne2e: false\n"
REFUSED = r"""
service_account: {cluster_roles: [".."]}
service: {spec: {externalTrafficPolicy: Local}}
service: {spec: {loadBalancerSourceRanges: [10.0.0.0/8]}}
service: {spec: {loadBalancerClass: a/b}}
service: {spec: {allocateLoadBalancerNodePorts: true}}
service: {spec: {ports: [{port: 80, nodePort: 30000}]}}
service: {spec: {clusterIP: nonsense}}
service: {spec: {ipFamilies: [IPv4, IPv4]}}
service: {spec: {externalIPs: [a]}}
service: {spec: {trafficDistribution: Sometimes}}
service: {spec: {ports: [{port: 9090}]}}
service: {spec: {ports: [{port: 9090, name: x}]}, service_port: 80}
deployment: {spec: {strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}}}
deployment: {spec: {strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}}}
deployment: {spec: {minReadySeconds: 700}}
deployment: {spec: {progressDeadlineSeconds: 5, minReadySeconds: 10}}
deployment: {spec: {revisionHistoryLimit: -1}}
pod: {spec: {activeDeadlineSeconds: 100}}
pod: {spec: {restartPolicy: Never}}
pod: {spec: {initContainers: [{name: a}]}}
pod: {spec: {containers: [{name: a}]}}
pod: {spec: {activeDeadlineSeconds: 0}}
pod: {spec: {affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: "a b"}]}}}}
pod: {spec: {dnsConfig: {nameservers: [dns.example.com]}}}
pod: {spec: {dnsConfig: {options: [{value: "2"}]}}}
pod: {spec: {dnsConfig: {searches: ["a b"]}}}
pod: {spec: {nodeName: A_B}}
pod: {spec: {os: {name: macos}}}
pod: {spec: {readinessGates: [{conditionType: "a b"}]}}
pod: {spec: {resourceClaims: [{name: a}]}}
pod: {spec: {resources: {claims: [{name: a}]}}}
pod: {spec: {schedulingGates: [{name: "a b"}]}}
pod: {spec: {securityContext: {seccompProfile: {localhostProfile: a}}}}
container: {securityContext: {seccompProfile: {type: Localhost}}}
container: {restartPolicy: Sometimes}
container: {livenessProbe: {tcpSocket: {port: ""}}}
pod: {spec: {tolerations: [{value: a}]}}
pod: {spec: {tolerations: [{key: "a b", operator: Exists}]}}
pod: {spec: {tolerations: [{key: a, operator: Sometimes}]}}
pod: {spec: {volumes: [{name: A_B, emptyDir: {}}]}}
deployment: {spec: {progressDeadlineSeconds: 0}}
pod: {spec: {hostNetwork: true}}\npod_security: privileged\ncontainer: {ports: [{containerPort: 9000, hostPort: 9001}]}
pod: {spec: {dnsPolicy: None}}
pod: {spec: {hostAliases: [{ip: nonsense}]}}
pod: {spec: {terminationGracePeriodSeconds: -1}}
pod: {spec: {tolerations: [{operator: Exists, value: a}]}}
pod: {spec: {tolerations: [{key: a, effect: Sometimes}]}}
pod: {spec: {tolerations: [{effect: NoSchedule, tolerationSeconds: 5, key: a}]}}
pod: {spec: {nodeSelector: {"a b": c}}}
pod: {spec: {hostname: A_B}}
pod: {spec: {topologySpreadConstraints: [{maxSkew: 0, topologyKey: a, whenUnsatisfiable: DoNotSchedule}]}}
pod: {spec: {securityContext: {sysctls: [{name: "a b", value: c}]}}}
pod: {spec: {securityContext: {supplementalGroups: [-1]}}}
pod: {spec: {hostUsers: false, hostNetwork: true}}\npod_security: privileged
pod: {spec: {shareProcessNamespace: true, hostPID: true}}\npod_security: privileged
pod: {spec: {priorityClassName: A_B}}
pod: {spec: {affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {a: b}}}]}}}}
pod: {metadata: {labels: {a: "b c"}}}
pod: {metadata: {annotations: {"a b": c}}}
metadata: {annotations: {"a b": c}}
deployment: {metadata: {labels: {"-a": b}}}
deployment: {metadata: {finalizers: [abc]}}
container: {lifecycle: {preStop: {sleep: {seconds: 100}}}}
container: {lifecycle: {preStop: {exec: {command: [a]}, sleep: {seconds: 1}}}}
container: {imagePullPolicy: Sometimes}
container: {resources: {limits: {memory: 1Mi}}}
container: {resources: {requests: {nvidia.com/gpu: 1}}}
container: {resources: {limits: {foo: 1}}}
container: {resources: {limits: {cpu: -1}}}
container: {ports: [{containerPort: 70000}]}
container: {ports: [{containerPort: 9000, name: http}]}
container: {ports: [{containerPort: 8080, name: other}]}
container: {ports: [{containerPort: 9000, name: A_B}]}
container: {ports: [{containerPort: 9000, name: http}]}
container: {env: [{name: "a=b", value: c}]}
container: {env: [{name: a, value: c, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}
container: {env: [{name: a, valueFrom: {fieldRef: {fieldPath: metadata.nonsense}}}]}
container: {env: [{name: a, valueFrom: {resourceFieldRef: {resource: limits.nonsense}}}]}
container: {volumeMounts: [{name: x, mountPath: /x}]}
container: {volumeMounts: [{name: tmp, mountPath: /y, subPath: ../a}]}
container: {securityContext: {runAsUser: -5}}
container: {securityContext: {privileged: true, allowPrivilegeEscalation: false}}\npod_security: privileged
container: {resizePolicy: [{resourceName: disk, restartPolicy: NotRequired}]}
container: {name: A_B}
container: {livenessProbe: {successThreshold: 2}}
container: {livenessProbe: {httpGet: {path: /, port: nonsense}}}
probes: {liveness: {periodSeconds: -1}}
probes: {readiness: {terminationGracePeriodSeconds: 5}}
probes: {readiness: {tcpSocket: {port: 0}}}
probes: {readiness: {grpc: {port: http}}}
probes: {readiness: {httpGet: {path: /, port: 8080, scheme: http}}}
probes: {readiness: {httpGet: {path: /, port: 8080, host: 10.0.0.1}}}
disruption_budget: {unhealthyPodEvictionPolicy: Never}\nreplicas: 2
autoscaling: {max: 3, metrics: [{type: Pods}]}
autoscaling: {max: 3, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization}}}]}
autoscaling: {max: 3, behavior: {scaleUp: {stabilizationWindowSeconds: 9999}}}
autoscaling: {max: 3, behavior: {scaleUp: {policies: [{type: Pods, value: 0, periodSeconds: 60}]}}}
autoscaling: {max: 3, behavior: {scaleUp: {policies: []}}}
volumes: {a: {mountPath: /a, emptyDir: {sizeLimit: -1}}}
volumes: {a: {mountPath: /a, subPath: ../x, emptyDir: {}}}
volumes: {a: {mountPath: /a, subPath: /x, emptyDir: {}}}
volumes: {a: {mountPath: /a, configMap: {}}}
volumes: {a: {mountPath: /a, configMap: {name: x, defaultMode: 9999}}}
volumes: {a: {mountPath: /a, configMap: {name: x, items: [{key: a, path: /x}]}}}
volumes: {a: {mountPath: /a, secret: {}}}
volumes: {a: {mountPath: /a, projected: {sources: [{serviceAccountToken: {expirationSeconds: 5, path: t}}]}}}
volumes: {a: {mountPath: /a, csi: {}}}
volumes: {a: {mountPath: /a, persistentVolumeClaim: {}}}
volumes: {a: {mountPath: /a, downwardAPI: {items: [{path: a}]}}}
volumes: {a: {mountPath: /a, ephemeral: {}}}
volumes: {a: {mountPath: /a, ephemeral: {volumeClaimTemplate: {spec: {resources: {requests: {storage: 1Gi}}}}}}}
volumes: {a: {mountPath: /a, claim: {resources: {requests: {storage: 0}}}}}
volumes: {a: {mountPath: /a, claim: {accessModes: [Sometimes], resources: {requests: {storage: 1Gi}}}}}
volumes: {a: {mountPath: /a, claim: {accessModes: [ReadWriteOncePod, ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}
volumes: {a: {mountPath: /a, claim: {storageClassName: A_B, resources: {requests: {storage: 1Gi}}}}}
volumes: {a: {mountPath: /a, claim: {resources: {requests: {storage: -1Gi}}}}}
volumes: {a: {mountPath: /a, claim: {selector: {matchLabels: {a: "b c"}}, resources: {requests: {storage: 1Gi}}}}}
volumes: {a: {mountPath: /a, claim: {volumeMode: Block, resources: {requests: {storage: 1Gi}}}}}
volumes: {a: {mountPath: /a, claim: {volumeAttributesClassName: A_B, resources: {requests: {storage: 1Gi}}}}}
volumes: {a: {mountPath: /a, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: -1Gi}}}}}}}
deployment: {spec: {revisionHistoryLimit: 3000000000}}
deployment: {spec: {strategy: {rollingUpdate: {maxSurge: -1}}}}
deployment: {spec: {strategy: {rollingUpdate: {maxSurge: a few}}}}
deployment: {spec: {strategy: {rollingUpdate: {maxUnavailable: 101%}}}}
env: {A: {secretKeyRef: {name: x}}}
env: {A: {configMapKeyRef: {key: x}}}
env: {A: {fieldRef: {fieldPath: spec.nonsense}}}
env_from: [{prefix: "1=", secretRef: {name: x}}]
env_from: [{secretRef: {name: A_B}}]
service_account: {rules: [{apiGroups: [""], resources: [pods]}]}
service_account: {rules: [{nonResourceURLs: [/a], verbs: [get]}]}
service_account: {rules: [{resources: [pods], verbs: [get]}]}
network_policy: {from: [{ipBlock: {cidr: nonsense}}]}
network_policy: {from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}
network_policy: {from: [{}]}
network_policy: {from: [{podSelector: {matchExpressions: [{key: a, operator: In}]}}]}
network_policy: {egress: [{ports: [{port: 0}]}]}
network_policy: {egress: [{ports: [{port: 80, endPort: 70}]}]}
network_policy: {egress: [{ports: [{port: http, endPort: 70}]}]}
network_policy: {egress: [{ports: [{protocol: ICMP}]}]}
ingress: {hosts: [10.0.0.1]}
http_route: {parents: [{name: a}, {name: a}]}
http_route: {parents: [{name: a, sectionName: b}, {name: a}]}
resources: {requests: {cpu: "0.0001"}}
ingress: {hosts: [a.example.com], paths: [/a//b]}
ingress: {hosts: [a.example.com], paths: [/a/..]}
http_route: {parents: [{name: a}], paths: ["/a?b=c"]}
http_route: {parents: [{name: a}], paths: ["/a/./b"]}
metadata: {annotations: {"2048": a}}
service_account: {annotations: {"null": a}}
ingress: {hosts: [a.example.com], annotations: {"2024-05-01": a}}
ports: [{name: a, port: 1, app_protocol: a/b/c}]
namespace: {create: false}\nvolumes: {a: {mountPath: /a, hostPath: {path: /b}}}
namespace: {name: default}\npod: {spec: {hostNetwork: true}}
pod_security: baseline\ncontainer: {securityContext: {privileged: true}}
environments: {a: {namespace: {name: y}}}\npod: {spec: {initContainers: [{name: i, image: "a:1"}]}}
disruption_budget: {minAvailable: -1}\nreplicas: 2
disruption_budget: {maxUnavailable: 200%}\nreplicas: 2
volumes: {a: {mountPath: /a, nfs: {server: a, path: b}}}\npod_security: baseline
volumes: {a: {mountPath: /a, hostPath: {path: /a/../b}}}\npod_security: privileged
deployment: {spec: null}
deployment: {metadata: null}
deployment: {metadata: {labels: null}}
service: {metadata: null}
service: {spec: null}
service: {spec: {ports: null}}
pod: {metadata: null}
pod: {metadata: {labels: null}}
pod: {spec: null}
pod: {spec: {containers: null}}
pod: {spec: {containers: [{name: side}]}}
env: {A: {secretKeyRef: {name: a, key: a/b}}}
env: {A: {configMapKeyRef: {name: A B, key: x}}}
env: {A: {resourceFieldRef: {resource: limits.cpu, divisor: 3}}}
env: {A: {resourceFieldRef: {resource: limits.cpu, divisor: 1k}}}
env: {A: {resourceFieldRef: {resource: limits.memory, divisor: 1m}}}
volumes: {a: {mountPath: /a, hostPath: {path: /x, type: Foo}}}\npod_security: privileged
volumes: {a: {mountPath: /a, downwardAPI: {items: [{path: x, fieldRef: {fieldPath: status.hostIP}}]}}}
volumes: {a: {mountPath: /a, projected: {sources: [{configMap: {}}]}}}
probes: {readiness: {httpGet: {path: /, httpHeaders: [{name: a b, value: x}]}}}
probes: {readiness: {exec: {command: []}}}
probes: {readiness: {periodSeconds: 2147483648}}
container: {resources: {limits: {nvidia.com/gpu: 0.5}}}
container: {resources: {claims: [{name: ''}]}}
container: {securityContext: {seccompProfile: {type: Localhost}}}\npod_security: privileged
container: {volumeMounts: [{name: tmp, mountPath: ''}]}
container: {resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}, {resourceName: cpu, restartPolicy: NotRequired}]}
pod: {spec: {initContainers: [{name: a, image: "a/b:1", resources: {limits: {hugepages-2Mi: 2Mi}}}]}}\npod_security: privileged
pod: {spec: {resources: {limits: {nvidia.com/gpu: 1}}}}
pod: {spec: {schedulingGates: [{name: a b}]}}
pod: {spec: {schedulingGates: [{name: a}, {name: a}]}}
pod: {spec: {readinessGates: [{conditionType: x y}]}}
pod: {spec: {resourceClaims: [{name: gpu}]}}
pod: {spec: {nodeName: A b}}
pod: {spec: {hostAliases: [{ip: 1.2.3.4, hostnames: [A_b]}]}}
pod: {spec: {hostAliases: [{ip: 1.2.3.400, hostnames: [a]}]}}
pod: {spec: {dnsConfig: {nameservers: [a]}}}
pod: {spec: {dnsConfig: {nameservers: [1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4]}}}
pod: {spec: {dnsConfig: {options: [{value: x}]}}}
pod: {spec: {dnsConfig: {searches: [a b]}}}
pod: {spec: {securityContext: {appArmorProfile: {type: Localhost}}}}\npod_security: privileged
pod: {spec: {securityContext: {seccompProfile: {type: RuntimeDefault, localhostProfile: x}}}}
pod: {spec: {securityContext: {seccompProfile: {type: Localhost, localhostProfile: ../x}}}}
pod: {spec: {securityContext: {sysctls: [{name: kernel.shm_rmid_forced, value: "1"}, {name: kernel.shm_rmid_forced, value: "0"}]}}}
pod: {spec: {tolerations: [{operator: Equal, value: x}]}}
pod: {spec: {tolerations: [{effect: NoSchedule}]}}
pod: {spec: {tolerations: [{key: a b, operator: Exists}]}}
pod: {spec: {tolerations: [{key: a, value: b c}]}}
pod: {spec: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 101, preference: {matchExpressions: [{key: a, operator: Exists}]}}]}}}}
pod: {spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.foo, operator: In, values: [a]}]}]}}}}}
pod: {spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Gt, values: [x]}]}]}}}}}
pod: {spec: {affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: a, matchLabelKeys: [x]}]}}}}
pod: {spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b c]}]}]}}}}}
pod: {spec: {affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: a, labelSelector: {matchLabels: {"a b": c}}}]}}}}
pod: {spec: {volumes: [{name: a, csi: {driver: A B}}]}}
pod: {spec: {volumes: [{name: a, ephemeral: {volumeClaimTemplate: {spec: {}}}}]}}
pod: {spec: {volumes: [{name: a, image: {reference: "x/y:z", pullPolicy: Foo}}]}}
pod: {spec: {volumes: [{name: a, downwardAPI: {items: [{path: x}]}}]}}
pod: {spec: {volumes: [{name: A_b, emptyDir: {}}]}}
deployment: {spec: {strategy: {rollingUpdate: {maxUnavailable: 150%}}}}
deployment: {spec: {strategy: {rollingUpdate: {maxSurge: "1"}}}}
deployment: {spec: {progressDeadlineSeconds: 0}}
service: {spec: {ports: [{port: 80, appProtocol: a b}]}}
service: {spec: {sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}}}
network_policy: {from: [{ipBlock: {cidr: 10.0.0.0/33}}]}
network_policy: {from: [{ipBlock: {cidr: 10.1.2.3/8}}]}
network_policy: {egress: [{to: [{ipBlock: {cidr: "2001:db8::1/32"}}]}]}
network_policy: {from: [{ipBlock: {cidr: "1:2:3/32"}}]}
pod: {spec: {dnsConfig: {nameservers: [010.1.1.1]}}}
network_policy: {from: [{ipBlock: {cidr: 10.0.0.0/8, except: [a]}}]}
network_policy: {from: [{podSelector: {matchLabels: {"a b": c}}}]}
network_policy: {egress: [{ports: [{port: "80"}]}]}
autoscaling: {max: 3, metrics: [{type: Pods, pods: {metric: {name: x}, target: {type: Utilization, averageUtilization: 50}}}]}
autoscaling: {max: 3, metrics: [{type: External, external: {metric: {name: x}, target: {type: Value, value: "0"}}}]}
autoscaling: {max: 3, metrics: [{type: External, external: {metric: {name: x}, target: {type: Foo, value: 1}}}]}
autoscaling: {max: 3, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 5, averageValue: 1}}}]}
autoscaling: {max: 3, metrics: [{type: ContainerResource, containerResource: {name: cpu, container: A_b, target: {type: Utilization, averageUtilization: 5}}}]}
config: {mount: /x, data: {a: "x\x7f"}}
autoscaling: {max: 3}\ncontainer: {resources: null}
autoscaling: {max: 3}\ncontainer: {resources: {requests: {cpu: null}}}
autoscaling: {max: 3}\npod: {spec: {containers: [{name: app, resources: {requests: {cpu: null}}}]}}
autoscaling: {max: 3}\npod: {spec: {containers: [{name: side, image: "a/b:1"}]}}\npod_security: privileged
autoscaling: {max: 3}\npod: {spec: {initContainers: [{name: side, image: "a/b:1", restartPolicy: Always}]}}\npod_security: privileged
autoscaling: {max: 3, metrics: [{type: ContainerResource, containerResource: {name: cpu, container: nope, target: {type: Utilization, averageUtilization: 5}}}]}
replicas: 3\ndisruption_budget: {minAvailable: 3}\nenvironments: {dev: {replicas: 2}}
replicas: 3\ndisruption_budget: {maxUnavailable: null}
ports: [{name: dns, port: 53, protocol: UDP}]\ningress: {hosts: [a.example.com]}
ports: [{name: dns, port: 53, protocol: UDP}, {name: http, port: 80}]\nhttp_route: {parents: [{name: a}], port: dns}
volumes: {a: {mountPath: /a, claim: {volumeMode: Block, resources: {requests: {storage: 1Gi}}}}}
volumes: {a: {mountPath: /a, claim: {resources: {requests: {storage: 1Gi}}}}}\nenvironments: {dev: {replicas: 2}}
service_account: {create: false, name: x, annotations: {a: b}}
env: {A: "\x9f"}
container: {args: [a, "\uFFFE"]}
metadata: {annotations: {a: "\x80"}}
"""
ACCEPTED = r"""
deployment: {metadata: {annotations: null}, spec: {strategy: null}}
secrets: {a.b: {mount: /x}, a-b: {mount: /y}}
secrets: {a.b.c: {mount: /x}, a-b.c: {mount: /y}, a.b-c: {mount: /z}}
probes: {startup: {}, readiness: {}, liveness: {}}
config: {mount: /x, data: {a: "\x85 \x1b \uFEFF \u2028 \U0001F600"}}
env: {exec: {secretKeyRef: {name: a, key: b}}, resources: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}, tolerations: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
volumes: {exec: {mountPath: /a, emptyDir: {}}, sources: {mountPath: /b, claim: {resources: {requests: {storage: 1.5}}}}}
container: {securityContext: {seccompProfile: {type: Localhost, localhostProfile: a/b.json}}}\npod_security: privileged
container: {resources: {limits: {hugepages-2Mi: 4Mi}}}
container: {volumeMounts: [{name: tmp, mountPath: x, mountPropagation: None}]}
pod: {spec: {tolerations: [{key: "", operator: Exists}, {operator: Exists}, {key: a/b, value: ""}]}}
pod: {spec: {dnsConfig: {nameservers: ["2001:db8::1", 10.1.1.1], searches: ["_a.b_c.d.", "."], options: [{name: ndots, value: "2"}]}}}
pod: {spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [a]}]}, {matchExpressions: [{key: a, operator: Lt, values: ["5"]}]}]}}}}}
pod: {spec: {affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, podAffinityTerm: {topologyKey: a/b, matchLabelKeys: [x], mismatchLabelKeys: [y], labelSelector: {matchLabels: {a: ""}}}}]}}}}
pod: {spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: a b, whenUnsatisfiable: DoNotSchedule, nodeTaintsPolicy: Honor}]}}
deployment: {spec: {strategy: {rollingUpdate: {maxSurge: 200%, maxUnavailable: 100%}}}}
network_policy: {from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {namespaceSelector: {matchLabels: {a/b: ""}}}]}
service: {spec: {ports: [{port: 80, appProtocol: kubernetes.io/h2c}], sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86400}}}}
autoscaling: {max: 3, metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 500m}}}, {type: Object, object: {describedObject: {kind: A, name: b, apiVersion: v1}, metric: {name: c}, target: {type: Value, value: "0.5"}}}]}
service_account: {cluster_roles: ["a.", "..."]}
namespace: {omit: true}\nservice_account: {cluster_roles: [view], rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]}
namespace: {omit: true}\nservice_account: {cluster_rules: []}
service: {spec: {sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}}}
pod: {spec: {imagePullSecrets: [{name: A_B}]}}
container: {lifecycle: {stopSignal: SIGTERM}}
container: {terminationMessagePath: ""}
container: {stdinOnce: true, tty: true}
container: {ports: [{containerPort: 9000, name: admin}]}
container: {workingDir: ""}
container: {command: null, args: []}
probes: {liveness: {periodSeconds: 0}}
volumes: {a: {mountPath: /a, emptyDir: {medium: Disk}}}
volumes: {a: {mountPath: /a, projected: {sources: []}}}
volumes: {a: {claim: {volumeMode: Block, resources: {requests: {storage: 1Gi}}}}}\ncontainer: {volumeDevices: [{name: a, devicePath: /dev/a}]}
autoscaling: {max: 3}\nresources: {requests: {cpu: null}, limits: {cpu: 1}}
autoscaling: {max: 3}\nsidecars: [{name: s, image: a/b, tag: v1}]\npod: {spec: {initContainers: [{name: i, image: "a/b:1", securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}}
autoscaling: {max: 3}\ncontainer: {resources: {requests: null}}\npod: {spec: {resources: {requests: {cpu: 1}}}}
autoscaling: {max: 3, metrics: [{type: ContainerResource, containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 5}}}]}
replicas: 3\ndisruption_budget: {minAvailable: 3}
ports: [{name: dns, port: 53, protocol: UDP}, {name: http, port: 80}]\ningress: {hosts: [a.example.com]}\nhttp_route: {parents: [{name: a}]}
env: {A: {resourceFieldRef: {resource: limits.cpu, containerName: nonsense}}}
ingress: {hosts: ["*.com"]}
http_route: {parents: [{name: a}], hosts: [10.0.0.1]}
service_account: {cluster_roles: ["system:discovery", "a:b"]}
labels: {a/b: x}\nmetadata: {annotations: {k: v}}
config: {data: {a: b}, mount: /tmp}
config: {data: {a: b}, mount: /a/../b}
secrets: {a: {mount: /etc/x, external: {secretStoreRef: {name: v}, data: [{secretKey: "..", remoteRef: {key: a}}]}}}
resources: {limits: {memory: "1e50"}}
resources: {requests: {memory: 0}, limits: {memory: 0}}
volumes: {a: {mountPath: /a, subPath: "a/..b", configMap: {name: x, defaultMode: 511, items: [{key: a, path: b/..c}]}}}
container: {env: [{name: "a b", valueFrom: {fieldRef: {fieldPath: "metadata.labels['a/b']"}}}]}
container: {resources: {limits: {hugepages-2Mi: 4Mi, example.com/gpu: 1}}}
pod: {spec: {hostAliases: [{ip: "2001:db8::1"}], hostname: a-0, priorityClassName: a.b}}
pod: {spec: {tolerations: [{key: a, effect: NoExecute, tolerationSeconds: 5}, {operator: Exists}]}}
pod: {metadata: {annotations: {example.com/A_b.c: "any text"}, labels: {a: ""}}}
deployment: {metadata: {finalizers: [example.com/a]}, spec: {revisionHistoryLimit: 0}}
container: {ports: [{containerPort: 65535, name: a-15-characters}]}
container: {ports: [{containerPort: 8080, name: http}], securityContext: {runAsUser: 2147483647}}
probes: {readiness: {tcpSocket: {port: 65535}, periodSeconds: 0}}
autoscaling: {max: 3, behavior: {scaleUp: {stabilizationWindowSeconds: 3600, policies: [{type: Pods, value: 1, periodSeconds: 1800}]}}}
autoscaling: {max: 3, metrics: [{type: Pods, pods: {metric: {name: a}, target: {type: AverageValue, averageValue: 5}}}]}
network_policy: {from: [{ipBlock: {cidr: "2001:db8::/64"}}], egress: [{ports: [{port: http}, {port: 1, endPort: 65535}]}]}
network_policy: {from: [{podSelector: {matchExpressions: [{key: a, operator: Exists}]}}]}
http_route: {parents: [{name: a, sectionName: b}, {name: a, sectionName: c}, {name: a, namespace: d}], paths: [/a.b/%20]}
ingress: {hosts: [a.example.com], paths: [/a//b], path_type: ImplementationSpecific}
ingress: {hosts: [1.example.com]}\nservice_port_name: longer-than-fifteen
service: {spec: {clusterIP: "", sessionAffinity: None, trafficDistribution: PreferSameNode}}
volumes: {a: {mountPath: /a, downwardAPI: {items: [{path: a, resourceFieldRef: {containerName: app, resource: limits.hugepages-2Mi}}]}}}
volumes: {a: {mountPath: /a, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}}
namespace: {create: false}\npod_security: baseline\nvolumes: {a: {mountPath: /a, nfs: {server: a, path: /b}}}
service_account: {annotations: {"on": a, 1.2.3: b, example.com/1: c}}
deployment: {spec: {strategy: {rollingUpdate: {maxSurge: 200%, maxUnavailable: 0}}, revisionHistoryLimit: 2147483647}}
pod: {spec: {dnsConfig: {nameservers: ["2001:db8::1"], searches: [., a.b., _x.y], options: [{name: ndots, value: "2"}]}}}
pod: {spec: {tolerations: [{key: example.com/a, value: b}], resourceClaims: [{name: a, resourceClaimName: b}]}}
pod: {spec: {securityContext: {seccompProfile: {type: Localhost, localhostProfile: a.json}}}}
disruption_budget: {minAvailable: 100%}\nreplicas: 2
disruption_budget: {maxUnavailable: 0}\nreplicas: 2
volumes: {a: {mountPath: /a, hostPath: {path: /a..b/..c/}}}\npod_security: privileged
"""
# The same of other templates, after what makes a valid spec of each.
OTHERS = {
    "statefulset": "template: statefulset\nname: x\nimage: a/b\ntag: v1.2.3\ne2e: false\n",
    "cronjob": "template: cronjob\nname: x\nimage: a/b\ntag: v1.2.3\ne2e: false\nschedule: '@daily'\n",
}
OTHERS_REFUSED = r"""
statefulset: statefulset: {spec: {minReadySeconds: -1}}
statefulset: statefulset: {spec: {ordinals: {start: -1}}}
statefulset: statefulset: {spec: {ordinals: {start: 3000000000}}}
statefulset: statefulset: {spec: {updateStrategy: {rollingUpdate: {partition: -1}}}}
statefulset: statefulset: {spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0%}}}}
statefulset: statefulset: {spec: {volumeClaimTemplates: [{metadata: {name: a}}]}}
statefulset: statefulset: {spec: {volumeClaimTemplates: [{metadata: {name: a}, spec: {accessModes: [ReadWriteOnce]}}]}}
statefulset: volumes: {a: {mountPath: /a, claim: {accessModes: [ReadWriteOncePod, ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}
statefulset: volumes: {a: {mountPath: /a, claim: {selector: {matchLabels: {a: "b c"}}, resources: {requests: {storage: 1Gi}}}}}
cronjob: job: {spec: {completionMode: Indexed}}
cronjob: job: {spec: {completionMode: Sometimes}}
cronjob: job: {spec: {completions: -1}}
cronjob: job: {spec: {managedBy: a}}
cronjob: job: {spec: {parallelism: 3000000000}}
cronjob: job: {spec: {podFailurePolicy: {rules: [{action: Ignore}]}}}
cronjob: job: {spec: {podReplacementPolicy: Sometimes}}
cronjob: job: {spec: {ttlSecondsAfterFinished: -1}}
cronjob: time_zone: Mars/Base
cronjob: time_zone: europe/berlin
cronjob: environments: {a: {time_zone: Mars/Base}}
"""
OTHERS_ACCEPTED = r"""
statefulset: statefulset: {spec: {updateStrategy: {rollingUpdate: {partition: 0, maxUnavailable: 100%}}, ordinals: {start: 1}}}
statefulset: volumes: {a: {mountPath: /a, claim: {accessModes: [ReadWriteOncePod], resources: {requests: {storage: 1Gi}}}}}
cronjob: job: {spec: {completionMode: Indexed, completions: 2, managedBy: example.com/a, podReplacementPolicy: Failed}}
cronjob: job: {spec: {podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}}}
cronjob: time_zone: America/Argentina/Buenos_Aires
cronjob: time_zone: Etc/GMT+5
cronjob: time_zone: US/Pacific
cronjob: time_zone: EST5EDT
"""
# Accepted by Kubernetes, and of no use: Flux fills in the texts later.
FILLED_IN = r"""
pod: {spec: {priorityClassName: "${class}", nodeSelector: {pool: "${pool}"}}}
env: {A: {secretKeyRef: {name: "${env}-db", key: a}}}
pod: {spec: {hostAliases: [{ip: "${address}", hostnames: [a]}]}}
"""


def lines(table: str) -> list[str]:
    return table.strip("\n").split("\n")


def text_of(line: str) -> str:
    return FIRST + line.replace(r"\n", "\n") + "\n"


@pytest.mark.parametrize("line", lines(REFUSED))
def test_what_kubernetes_refuses_is_refused_at_its_place(line: str) -> None:
    with pytest.raises(Invalid) as raised:
        built_text(text_of(line))
    assert min(one.line for one in raised.value.problems) > FIRST.count("\n")
    assert all(one.hint for one in raised.value.problems)


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("line", lines(ACCEPTED))
def test_what_is_accepted_is_valid(line: str) -> None:
    assert list(unit_faults(built_text(text_of(line)))) == []


def test_the_level_of_pod_security_is_that_of_the_version_of_kubernetes() -> None:
    text = text_of('pod: {spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_notsent_lowat, value: "1"}]}}}')
    assert built_text(text, 'kubernetes: "1.37"\n').objects()
    with pytest.raises(Invalid, match=r"the sysctl .* is not among the safe ones"):
        built_text(text, 'kubernetes: "1.36"\n')


def text_of_other(line: str) -> str:
    name, _, own = line.partition(": ")
    return OTHERS[name] + own + "\n"


@pytest.mark.parametrize("line", lines(OTHERS_REFUSED))
def test_what_kubernetes_refuses_of_others_is_refused_at_its_place(line: str) -> None:
    with pytest.raises(Invalid) as raised:
        built_text(text_of_other(line))
    assert min(one.line for one in raised.value.problems) == text_of_other(line).count("\n")
    assert all(one.hint for one in raised.value.problems)


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("line", lines(OTHERS_ACCEPTED))
def test_what_is_accepted_of_others_is_valid(line: str) -> None:
    assert list(unit_faults(built_text(text_of_other(line)))) == []


@pytest.mark.parametrize("line", lines(FILLED_IN))
def test_what_flux_fills_in_is_accepted(line: str) -> None:
    assert built_text(text_of(line)).objects()


DEFAULTS = "defaults: {service: {autoscaling: {max: 3}, config: {data: {a: b}}}}\n"


def test_what_the_config_has_is_not_missing_in_the_spec() -> None:
    made = built_text(text_of(r"autoscaling: {min: 2}\nconfig: {mount: /x}"), DEFAULTS)
    assert made.values["autoscaling"] == {"max": 3, "min": 2}
    assert made.values["config"] == {"data": {"a": "b"}, "mount": "/x"}


def test_what_is_missing_in_both_is_told_at_the_spec() -> None:
    with pytest.raises(Invalid) as raised:
        built_text(text_of("autoscaling: {min: 2}"), "defaults: {service: {replicas: 2}}\n")
    assert [(one.message, one.line) for one in raised.value.problems] == [("autoscaling.max is missing", 6)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "network_policy:\n  from:\n    - podSelector: {}\n    - ipBlock:\n        cidr: 10.0.0.0/8\n        except: [11.0.0.0/8]\n",
            "11:18",
        ),
        (
            "network_policy:\n  same_namespace: false\n  from:\n    - ipBlock:\n        cidr: 10.0.0.0/8\n        except: [11.0.0.0/8]\n",
            "11:18",
        ),
        ("network_policy:\n  egress:\n    - to: []\n    - ports:\n        - {port: x, endPort: 5}\n", "10:12"),
        ("service:\n  spec:\n    ports:\n      - port: 80\n        nodePort: 30000\n", "10:9"),
        ("replicas: 1\ncontainer: {ports: null}\n", "7:1"),
        ("probes:\n  readiness:\n    terminationGracePeriodSeconds: 4\n", "7:3"),
        ("pod: {spec: {os: {name: windows}}}\n", "6:1"),
    ],
)
def test_a_field_is_told_where_the_spec_has_it(text: str, place: str) -> None:
    with pytest.raises(Invalid) as raised:
        built_text(FIRST + text)
    assert f"{raised.value.problems[0].line}:{raised.value.problems[0].column}" == place
