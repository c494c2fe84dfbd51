"""Alertmanager's configuration: what Alertmanager loads and then misunderstands, and what it or the operator refuses.

A rule is a check of one configuration with its words above it (`configured.configuration_rule`).
"""
