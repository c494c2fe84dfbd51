"""Constraints between fields of Kubernetes objects, by the rules of ``schemas/merge-fits.json``.

The merge asks whether a result satisfies them, and the rules whether a file does.
"""
