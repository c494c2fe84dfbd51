"""Rules of Kubernetes objects: schemas, removed API versions, selectors, fields that exclude each other."""
