"""Rules of Alertmanager's configuration: mistakes that load silently, and faults that it or the operator refuses.

A rule is a check of one configuration, decorated with its texts (`configured.configuration_rule`).
"""
