#!/usr/bin/env bash
finish() {
  kind export logs out
}
trap finish EXIT
kubectl apply -f app.yaml
