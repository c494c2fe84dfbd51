"""Edits of services, ingresses and network policies."""

from __future__ import annotations

from . import read

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {a: b}}
spec:
  type: ClusterIP
  selector: {app: web}
  ports:
    - {name: http, port: 80, targetPort: 8080}
    - {name: metrics, port: 9090}
"""
SERVICE_EDITS = """
external name    = {type: ExternalName, externalName: a.example.org}
external bare    = {type: ExternalName, externalName: a.example.org, selector: null, ports: null}
node port type   = {type: NodePort}
node port        = {type: NodePort, ports: [{name: http, nodePort: 30080}]}
node port same   = {type: NodePort, ports: [{name: metrics, nodePort: 30080}]}
load balancer    = {type: LoadBalancer}
balancer port    = {type: LoadBalancer, ports: [{name: http, nodePort: 30081}]}
balancer class   = {type: LoadBalancer, loadBalancerClass: a.b/c}
balancer ranges  = {type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]}
balancer address = {type: LoadBalancer, loadBalancerIP: 10.0.0.1}
no node ports    = {type: LoadBalancer, allocateLoadBalancerNodePorts: false}
local traffic    = {type: LoadBalancer, externalTrafficPolicy: Local}
node local       = {type: NodePort, externalTrafficPolicy: Local}
health port      = {type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 30090}
headless         = {clusterIP: None}
headless lists   = {clusterIP: None, clusterIPs: [None]}
headless portless = {clusterIP: None, ports: null}
address          = {clusterIP: 10.0.0.9}
other address    = {clusterIP: 10.0.0.8, clusterIPs: [10.0.0.8]}
dual stack       = {ipFamilyPolicy: PreferDualStack}
single stack     = {ipFamilyPolicy: SingleStack}
dual families    = {ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6]}
family           = {ipFamilies: [IPv4]}
family six       = {ipFamilies: [IPv6]}
dual address     = {ipFamilyPolicy: PreferDualStack, clusterIP: 10.0.0.7, clusterIPs: [10.0.0.7, "fd00::1"]}
affinity         = {sessionAffinity: ClientIP}
affinity config  = {sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}}
no affinity      = {sessionAffinity: None}
external address = {externalIPs: [192.0.2.1]}
internal traffic = {internalTrafficPolicy: Local}
not ready        = {publishNotReadyAddresses: true}
distribution     = {trafficDistribution: PreferClose}
no selector      = {selector: null}
selector         = {selector: {app: shop}}
grpc             = {ports: [{name: grpc, port: 9000}]}
debug            = {ports: [{name: debug, port: 9000}]}
grpc elsewhere   = {ports: [{name: grpc, port: 9001}]}
http moved       = {ports: [{name: http, port: 9091}]}
metrics moved    = {ports: [{name: metrics, port: 9091}]}
no metrics       = {ports: [{name: metrics, gone: true}]}
no http          = {ports: [{name: http, gone: true}]}
target           = {ports: [{name: http, targetPort: web}]}
protocol         = {ports: [{name: metrics, protocol: UDP}]}
app protocol     = {ports: [{name: http, appProtocol: http}]}
"""
ONE_PORT = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""
ONE_PORT_EDITS = """
named            = {ports: [{port: 80, name: http}]}
second           = {ports: [{port: 80, name: http}, {port: 443, name: https}]}
udp              = {ports: [{port: 80, name: a}, {port: 80, name: b, protocol: UDP}]}
target           = {ports: [{port: 80, targetPort: 8080}]}
moved            = {ports: [{port: 80, gone: true}, {port: 8080}]}
another          = {ports: [{port: 80, gone: true}, {port: 443}]}
node port        = {type: NodePort, ports: [{port: 80, nodePort: 30080}]}
headless         = {clusterIP: None}
external         = {type: ExternalName, externalName: a.b, ports: null}
portless         = {clusterIP: None, ports: null}
"""
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
    - host: a.example.org
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
          - {path: /api, pathType: Prefix, backend: {service: {name: api, port: {name: http}}}}
  tls: [{secretName: web, hosts: [a.example.org]}]
"""
_PATHS = "rules: [{host: a.example.org, http: {paths: [%s]}}]"
INGRESS_EDITS = f"""
class            = {{ingressClassName: nginx}}
default backend  = {{defaultBackend: {{service: {{name: web, port: {{number: 80}}}}}}}}
default resource = {{defaultBackend: {{resource: {{apiGroup: a.b, kind: C, name: d}}}}}}
only default     = {{rules: null, tls: null, defaultBackend: {{service: {{name: web, port: {{number: 80}}}}}}}}
exact            = {{{_PATHS % "{path: /, pathType: Exact}"}}}
regex            = {{{_PATHS % "{path: /, pathType: ImplementationSpecific}"}}}
bare             = {{{_PATHS % "{path: /, gone: true}, {path: /a, pathType: ImplementationSpecific, backend: {service: {name: web, port: {number: 80}}}}"}}}
port name        = {{{_PATHS % "{path: /, backend: {service: {port: {number: null, name: http}}}}"}}}
port             = {{{_PATHS % "{path: /, backend: {service: {port: {number: 81}}}}"}}}
resource         = {{{_PATHS % "{path: /, backend: {service: null, resource: {apiGroup: a.b, kind: C, name: d}}}"}}}
no api           = {{{_PATHS % "{path: /api, gone: true}"}}}
no root          = {{{_PATHS % "{path: /, gone: true}"}}}
another path     = {{{_PATHS % "{path: /b, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}"}}}
another host     = {{rules: [{{host: b.example.org, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}
wildcard         = {{rules: [{{host: "*.example.org", http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}
host alone       = {{rules: [{{host: a.example.org, http: null}}]}}
no tls           = {{tls: null}}
tls host         = {{tls: [{{secretName: web, hosts: [a.example.org, b.example.org]}}]}}
"""
POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: a}}}]
      ports: [{protocol: TCP, port: 8080}]
"""
_FROM = "ingress: [{ports: [{protocol: TCP, port: 8080}], from: [%s]}]"
_PORTS = "ingress: [{from: [{podSelector: {matchLabels: {app: a}}}], ports: [%s]}]"
POLICY_EDITS = f"""
block            = {{{_FROM % "{ipBlock: {cidr: 10.0.0.0/8}}"}}}
block except     = {{{_FROM % "{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}"}}}
namespace        = {{{_FROM % "{podSelector: {matchLabels: {app: a}}, namespaceSelector: {}}"}}}
only namespace   = {{{_FROM % "{namespaceSelector: {}}"}}}
other pods       = {{{_FROM % "{podSelector: {matchLabels: {app: b}}}"}}}
two peers        = {{{_FROM % "{podSelector: {matchLabels: {app: a}}}, {ipBlock: {cidr: 10.0.0.0/8}}"}}}
end port         = {{{_PORTS % "{protocol: TCP, port: 8080, endPort: 8090}"}}}
port up          = {{{_PORTS % "{protocol: TCP, port: 9000}"}}}
port name        = {{{_PORTS % "{protocol: TCP, port: http}"}}}
no port          = {{{_PORTS % "{protocol: TCP}"}}}
udp              = {{{_PORTS % "{protocol: UDP, port: 8080}"}}}
all ports        = {{ingress: [{{from: [{{podSelector: {{matchLabels: {{app: a}}}}}}]}}]}}
egress           = {{policyTypes: [Ingress, Egress], egress: [{{}}]}}
no ingress       = {{ingress: null}}
no types         = {{policyTypes: null}}
selector         = {{podSelector: {{matchLabels: {{app: b}}}}}}
"""
END_PORT = POLICY.replace("port: 8080", "port: 8080, endPort: 9000")
END_PORT_EDITS = f"""
port up          = {{{_PORTS % "{protocol: TCP, port: 8500, endPort: 9000}"}}}
end down         = {{{_PORTS % "{protocol: TCP, port: 8080, endPort: 8090}"}}}
selector         = {{podSelector: {{matchLabels: {{app: b}}}}}}
no end           = {{{_PORTS % "{protocol: TCP, port: 8080}"}}}
port name        = {{{_PORTS % "{protocol: TCP, port: http}"}}}
both up          = {{{_PORTS % "{protocol: TCP, port: 9500, endPort: 9600}"}}}
udp              = {{{_PORTS % "{protocol: UDP, port: 8080, endPort: 9000}"}}}
"""
CLASS = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: web}
spec: {controller: a.b/c, parameters: {scope: Cluster, kind: A, name: b}}
"""
CLASS_EDITS = """
namespaced       = {parameters: {scope: Namespace, namespace: a}}
name             = {parameters: {name: c}}
kind             = {parameters: {kind: C, apiGroup: a.b}}
none             = {parameters: null}
"""
TABLES = (
    read("Service", SERVICE, SERVICE_EDITS, "spec"),
    read("Service, one port", ONE_PORT, ONE_PORT_EDITS, "spec"),
    read("Ingress", INGRESS, INGRESS_EDITS, "spec"),
    read("NetworkPolicy", POLICY, POLICY_EDITS, "spec"),
    read("NetworkPolicy, a range", END_PORT, END_PORT_EDITS, "spec"),
    read("IngressClass", CLASS, CLASS_EDITS, "spec"),
)
