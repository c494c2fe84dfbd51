"""Constraints between fields of Kubernetes objects, by the rules of ``schemas/merge-fits.json``."""
