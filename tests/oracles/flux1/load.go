package main

import (
	"encoding/json"
	"sort"

	"github.com/fluxcd/flux/pkg/cluster/kubernetes/resource"
	fluxresource "github.com/fluxcd/flux/pkg/resource"
)

type manifest struct {
	Text string `json:"text"`
}

type container struct {
	Name  string `json:"name"`
	Image string `json:"image"`
}

type object struct {
	ID         string            `json:"id"`
	Policies   map[string]string `json:"policies"`
	Workload   bool              `json:"workload"`
	Containers []container       `json:"containers"`
}

type loaded struct {
	Objects []object `json:"objects"`
	Error   string   `json:"error"`
}

// load says what Flux reads of a manifest: its objects, their policies, and the containers of workloads. It reads
// {"text": "kind: …"} and answers {"objects": […], "error": ""}, objects by their id.
func load(line []byte) (any, error) {
	var asked manifest
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	found := loaded{Objects: []object{}}
	objects, err := resource.ParseMultidoc([]byte(asked.Text), "manifest.yaml")
	if err != nil {
		found.Error = err.Error()
		return found, nil
	}
	for id, one := range objects {
		made := object{ID: id, Policies: map[string]string{}, Containers: []container{}}
		for name, value := range one.Policies() {
			made.Policies[string(name)] = value
		}
		if workload, ok := one.(fluxresource.Workload); ok {
			made.Workload = true
			for _, part := range workload.Containers() {
				made.Containers = append(made.Containers, container{part.Name, part.Image.String()})
			}
		}
		found.Objects = append(found.Objects, made)
	}
	sort.Slice(found.Objects, func(i, j int) bool { return found.Objects[i].ID < found.Objects[j].ID })
	return found, nil
}
