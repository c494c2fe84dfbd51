#!/bin/sh
set -eu
kubectl port-forward service/app 8080:80 &
curl --fail localhost:8080
