"""Alertmanager's configuration: read from YAML or Helm values, checked, routed, its templates run. Pure.

Values keep their place in the user's file through Helm's merge. The fields and versions are in
``schemas/alertmanager-fields.json``, the charts' defaults in ``schemas/alertmanager-charts.json``.
"""
