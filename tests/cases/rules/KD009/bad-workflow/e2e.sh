#!/usr/bin/env bash
kubectl apply -f app.yaml
kubectl wait pods --all --for condition=Ready
