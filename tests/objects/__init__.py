"""Valid objects of Kubernetes, made at random as data, and edits that keep them valid.

Names come from small sets, so that two sides often choose the same one. What is made here is meant to be valid and is
only used after the API server's own validation has said so (``tests/apiserver.py``).
"""
