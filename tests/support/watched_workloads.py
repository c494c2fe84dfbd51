"""Specs of workers, stateful workloads and jobs that are watched."""

from __future__ import annotations

_COMMON = "image: ghcr.io/example/app\ntag: v1.2.3\nautomation: none\ne2e: false\n"
WORKER = f"template: worker\nname: mailer\n{_COMMON}"
STATEFUL = f"template: statefulset\nname: ledger\n{_COMMON}"
JOB = f"template: cronjob\nname: report\nschedule: '@hourly'\nactive_deadline: 600\n{_COMMON}"
WATCHED = """\
prometheus: {labels: {release: monitoring}}
alerts: {labels: {team: shop}, runbooks: "https://runbooks.example.org/", latency: {threshold: 30}}
dashboard: {folder: Shops, grafana: "https://grafana.example.org"}
resources: {limits: {cpu: 1}}
network_policy: {}
autoscaling: {max: 5}
"""
WHOLE_WORKER = f"""\
{WORKER}{WATCHED}ports: [{{name: metrics, port: 9100}}]
metrics: {{requests: {{total: messages_total, errors: 'result="error"', duration: message_seconds}}}}
volumes:
  data: {{mountPath: /data, claim: {{accessModes: [ReadWriteMany], resources: {{requests: {{storage: 1Gi}}}}}}}}
"""
WHOLE_STATEFUL = f"""\
{STATEFUL}{WATCHED}ports: [{{name: sql, port: 5432}}, {{name: metrics, port: 9100}}]
metrics: {{interval: 30s, requests: {{duration: query_seconds, errors: 'result="error"'}}}}
volumes:
  data: {{mountPath: /data, claim: {{resources: {{requests: {{storage: 1Gi}}}}}}}}
  log: {{mountPath: /log, claim: {{resources: {{requests: {{storage: 1Gi}}}}}}}}
"""
WHOLE_JOB = f"""\
{JOB}prometheus: {{labels: {{release: monitoring}}}}
alerts: {{labels: {{team: shop}}, runbooks: "https://runbooks.example.org/"}}
volumes: {{data: {{mountPath: /data, claim: {{resources: {{requests: {{storage: 1Gi}}}}}}}}}}
"""
ENVIRONMENTS = """\
environments:
  dev: {alerts: false}
  staging: {alerts: {severity: info, labels: {stage: staging}}}
  prod: {namespace: {name: prod}, resources: {limits: {cpu: 2}}}
"""
