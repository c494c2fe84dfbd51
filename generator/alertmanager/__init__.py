"""Alertmanager's configuration: reading YAML and Helm values, checks, routing, templates. Pure.

Values keep their place in the user's file through Helm's merge. Fields and versions are in
``schemas/alertmanager-fields.json``, the charts' defaults in ``schemas/alertmanager-charts.json``.
"""
