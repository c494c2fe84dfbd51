"""Edits of volumes, quotas, roles, configuration and webhooks."""

from __future__ import annotations

from . import read

VOLUME = """
apiVersion: v1
kind: PersistentVolume
metadata: {name: web}
spec:
  capacity: {storage: 5Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  hostPath: {path: /srv}
"""
VOLUME_EDITS = """
pod once         = {accessModes: [ReadWriteOncePod]}
many             = {accessModes: [ReadWriteOnce, ReadWriteMany]}
many alone       = {accessModes: [ReadWriteMany]}
recycle          = {persistentVolumeReclaimPolicy: Recycle}
root             = {hostPath: {path: /}}
nfs              = {hostPath: null, nfs: {server: a, path: /b}}
csi              = {hostPath: null, csi: {driver: a.b, volumeHandle: c}}
csi class        = {hostPath: null, csi: {driver: a.b, volumeHandle: c}, volumeAttributesClassName: gold}
local            = {hostPath: null, local: {path: /a}, nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}]}]}}}
affinity         = {nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}]}]}}}
class            = {storageClassName: fast}
block            = {volumeMode: Block}
bigger           = {capacity: {storage: 6Gi}}
delete           = {persistentVolumeReclaimPolicy: Delete}
options          = {mountOptions: [ro]}
nfs options      = {hostPath: null, nfs: {server: a, path: /b}, mountOptions: [ro]}
"""
CLAIM = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: web}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}
"""
CLAIM_EDITS = """
pod once         = {accessModes: [ReadWriteOncePod]}
many             = {accessModes: [ReadWriteOnce, ReadWriteMany]}
bigger           = {resources: {requests: {storage: 10Gi}}}
limit            = {resources: {limits: {storage: 6Gi}}}
source           = {dataSource: {kind: PersistentVolumeClaim, name: a}}
source ref       = {dataSourceRef: {kind: PersistentVolumeClaim, name: b}}
source snapshot  = {dataSource: {apiGroup: a.b, kind: VolumeSnapshot, name: a}}
class            = {storageClassName: fast}
no class         = {storageClassName: ""}
volume           = {volumeName: a}
selector         = {selector: {matchLabels: {a: b}}}
block            = {volumeMode: Block}
attributes       = {volumeAttributesClassName: gold}
"""
QUOTA = """
apiVersion: v1
kind: ResourceQuota
metadata: {name: web}
spec: {hard: {pods: "10"}}
"""
QUOTA_EDITS = """
best effort      = {scopes: [BestEffort]}
not best effort  = {scopes: [NotBestEffort]}
terminating      = {scopes: [Terminating]}
not terminating  = {scopes: [NotTerminating]}
cpu              = {hard: {requests.cpu: "4"}}
memory           = {hard: {limits.memory: 4Gi}}
storage          = {hard: {requests.storage: 4Gi}}
services         = {hard: {services: "4"}}
pods             = {hard: {pods: "20"}}
no pods          = {hard: {pods: null, configmaps: "4"}}
selector         = {scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [a]}]}}
best selector    = {scopeSelector: {matchExpressions: [{scopeName: BestEffort, operator: Exists}]}}
"""
RANGE = """
apiVersion: v1
kind: LimitRange
metadata: {name: web}
spec: {limits: [{type: Container, min: {cpu: 100m}, max: {cpu: "2"}, default: {cpu: 500m}, defaultRequest: {cpu: 200m}}]}
"""
RANGE_EDITS = """
min up           = {limits: [{type: Container, min: {cpu: 200m}}]}
max down         = {limits: [{type: Container, max: {cpu: 500m}}]}
default up       = {limits: [{type: Container, default: {cpu: "2"}}]}
default down     = {limits: [{type: Container, default: {cpu: 200m}}]}
request up       = {limits: [{type: Container, defaultRequest: {cpu: 500m}}]}
request down     = {limits: [{type: Container, defaultRequest: {cpu: 100m}}]}
no defaults      = {limits: [{type: Container, default: null, defaultRequest: null}]}
low              = {limits: [{type: Container, min: {cpu: 10m}, max: {cpu: 80m}, default: {cpu: 50m}, defaultRequest: {cpu: 20m}}]}
ratio            = {limits: [{type: Container, maxLimitRequestRatio: {cpu: 20}}]}
pod              = {limits: [{type: Pod, max: {cpu: "4"}}]}
pod min          = {limits: [{type: Pod, min: {cpu: "5"}}]}
claim            = {limits: [{type: PersistentVolumeClaim, max: {storage: 4Gi}}]}
memory           = {limits: [{type: Container, max: {memory: 4Gi}}]}
memory min       = {limits: [{type: Container, min: {memory: 5Gi}}]}
"""
ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web}
rules:
  - {apiGroups: [""], resources: [pods], verbs: [get, list]}
  - {apiGroups: [apps], resources: [deployments], verbs: [get]}
"""
_APPS = "{apiGroups: [apps], resources: [deployments], verbs: [get]}"
ROLE_EDITS = f"""
no get           = {{rules: [{{apiGroups: [""], resources: [pods], verbs: [list]}}, {_APPS}]}}
no list          = {{rules: [{{apiGroups: [""], resources: [pods], verbs: [get]}}, {_APPS}]}}
urls             = {{rules: [{{nonResourceURLs: [/a], verbs: [get]}}, {_APPS}]}}
more urls        = {{rules: [{{apiGroups: [""], resources: [pods], verbs: [get, list]}}, {_APPS}, {{nonResourceURLs: [/a], verbs: [get]}}]}}
names            = {{rules: [{{apiGroups: [""], resources: [pods], resourceNames: [a], verbs: [get, list]}}, {_APPS}]}}
aggregation      = {{aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{a: b}}}}]}}}}
aggregated       = {{rules: null, aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{a: b}}}}]}}}}
"""
BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects: [{kind: ServiceAccount, name: web, namespace: a}]
"""
BINDING_EDITS = """
cluster role     = {roleRef: {kind: ClusterRole}}
role name        = {roleRef: {name: a}}
user             = {subjects: [{name: web, kind: User, apiGroup: rbac.authorization.k8s.io, namespace: null}]}
group            = {subjects: [{name: web, kind: Group, apiGroup: rbac.authorization.k8s.io, namespace: null}]}
namespace        = {subjects: [{name: web, namespace: b}]}
another          = {subjects: [{name: b, kind: User, apiGroup: rbac.authorization.k8s.io}]}
nobody           = {subjects: null}
"""
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {a.txt: "1", b.txt: "2"}
"""
CONFIG_EDITS = """
new text         = {data: {c.txt: "3"}}
new bytes        = {binaryData: {c.txt: aGVsbG8=}}
a in bytes       = {data: {a.txt: null}, binaryData: {a.txt: aGVsbG8=}}
a other          = {data: {a.txt: "9"}}
no a             = {data: {a.txt: null}}
no b             = {data: {b.txt: null}}
immutable        = {immutable: true}
"""
OPAQUE = """
apiVersion: v1
kind: Secret
metadata: {name: web}
data: {a: aGVsbG8=}
"""
OPAQUE_EDITS = """
basic            = {type: kubernetes.io/basic-auth, data: {username: YQ==, password: YQ==}}
ssh              = {type: kubernetes.io/ssh-auth, data: {ssh-privatekey: YQ==}}
tls              = {type: kubernetes.io/tls, data: {tls.crt: YQ==, tls.key: YQ==}}
opaque           = {type: Opaque}
strings          = {stringData: {b: a}}
username         = {data: {username: YQ==}}
no a             = {data: {a: null}}
empty            = {data: null}
immutable        = {immutable: true}
"""
TLS = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\ntype: kubernetes.io/tls\ndata: {tls.crt: YQ==, tls.key: YQ==}"
)
TLS_EDITS = """
opaque           = {type: Opaque}
other keys       = {type: Opaque, data: {tls.crt: null, tls.key: null, a: YQ==}}
no key           = {type: Opaque, data: {tls.key: null}}
authority        = {data: {ca.crt: YQ==}}
certificate      = {data: {tls.crt: Yg==}}
"""
WEBHOOKS = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: web}
webhooks:
  - name: a.example.org
    clientConfig: {service: {name: web, namespace: a}}
    sideEffects: None
    admissionReviewVersions: [v1]
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
"""
WEBHOOK_EDITS = """
url              = {webhooks: [{name: a.example.org, clientConfig: {service: null, url: "https://a.b/"}}]}
path             = {webhooks: [{name: a.example.org, clientConfig: {service: {path: /a}}}]}
failure          = {webhooks: [{name: a.example.org, failurePolicy: Ignore}]}
match            = {webhooks: [{name: a.example.org, matchConditions: [{name: a, expression: "true"}]}]}
operations       = {webhooks: [{name: a.example.org, rules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [pods]}]}]}
subresources     = {webhooks: [{name: a.example.org, rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods, pods/exec]}]}]}
all resources    = {webhooks: [{name: a.example.org, rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: ["*"]}]}]}
delete           = {webhooks: [{name: a.example.org, rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, DELETE], resources: [pods]}]}]}
update           = {webhooks: [{name: a.example.org, rules: [{apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [pods]}]}]}
"""
STORAGE = """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: web}
provisioner: a.b/c
"""
STORAGE_EDITS = """
wait             = {volumeBindingMode: WaitForFirstConsumer}
topologies       = {allowedTopologies: [{matchLabelExpressions: [{key: a, values: [b]}]}]}
parameters       = {parameters: {a: b}}
retain           = {reclaimPolicy: Retain}
"""
PRIORITY = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: web}\nvalue: 10\n"
PRIORITY_EDITS = """
default          = {globalDefault: true}
never            = {preemptionPolicy: Never}
value            = {value: 20}
"""
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: as.a.b}
spec:
  group: a.b
  scope: Namespaced
  names: {plural: as, singular: a, kind: A, listKind: AList}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""
_V1 = "{name: v1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}"
_STORED = "served: true, storage: true, schema: {openAPIV3Schema: {type: object}}"
DEFINITION_EDITS = f"""
second           = {{versions: [{{name: v2, served: true, storage: false, schema: {{openAPIV3Schema: {{type: object}}}}}}]}}
store second     = {{versions: [{_V1}, {{name: v2, {_STORED}}}]}}
store third      = {{versions: [{_V1}, {{name: v3, {_STORED}}}]}}
not stored       = {{versions: [{{name: v1, gone: true}}, {{name: v2, {_STORED}}}]}}
cluster          = {{scope: Cluster}}
short            = {{names: {{shortNames: [aa]}}}}
"""
TABLES = (
    read("PersistentVolume", VOLUME, VOLUME_EDITS, "spec"),
    read("PersistentVolumeClaim", CLAIM, CLAIM_EDITS, "spec"),
    read("ResourceQuota", QUOTA, QUOTA_EDITS, "spec"),
    read("LimitRange", RANGE, RANGE_EDITS, "spec"),
    read("ClusterRole", ROLE, ROLE_EDITS),
    read("RoleBinding", BINDING, BINDING_EDITS),
    read("ConfigMap", CONFIG, CONFIG_EDITS),
    read("Secret", OPAQUE, OPAQUE_EDITS),
    read("Secret for TLS", TLS, TLS_EDITS),
    read("ValidatingWebhookConfiguration", WEBHOOKS, WEBHOOK_EDITS),
    read("StorageClass", STORAGE, STORAGE_EDITS),
    read("PriorityClass", PRIORITY, PRIORITY_EDITS),
    read("CustomResourceDefinition", DEFINITION, DEFINITION_EDITS, "spec"),
)
