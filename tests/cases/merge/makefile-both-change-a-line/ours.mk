IMAGE := payments
TAG ?= latest

.PHONY: build
build:
	docker build -t $(IMAGE):$(TAG) .

test:
	go test -race ./...
