"""What kustomizations build, as YAML nodes that keep the places where their values are from. Pure.

``building`` accumulates the objects of a kustomization as kustomize's ``api/internal/target`` does; ``views`` returns
files with their objects as built, for rules.
"""
