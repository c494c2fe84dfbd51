"""Rules for kustomizations."""
