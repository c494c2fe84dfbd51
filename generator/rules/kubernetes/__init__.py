"""Rules of Kubernetes objects: schemas, removed versions, selectors, fields that exclude each other."""
