IMAGE := payments
TAG ?= dev

.PHONY: build
build:
	docker build -t $(IMAGE):$(TAG) .

test:
	go test -short ./...
