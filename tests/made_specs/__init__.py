"""Plausible specs of the template ``service``, made at random as data: every key of its schema, and fields of
Kubernetes' objects in those that take them.

``drawing`` walks the schema, so that a new key is made without a change here; ``samples`` has texts for its patterns,
``parts`` and ``pod_parts`` make fields of objects, ``keys`` what only fits together with something else, and
``settling`` makes a whole spec consistent.
"""
