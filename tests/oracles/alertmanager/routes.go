package main

import (
	"encoding/json"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/common/model"
	"sigs.k8s.io/yaml"
)

func init() { operations["routes"] = routes }

// routes answers {"text": "...", "labels": [{"severity": "critical"}]} with the receivers that alerts reach,
// {"routes": [["pager"]]}. With "chart" the text is Helm values: Alertmanager's configuration is alertmanager.config in
// them, over "chart".
func routes(line json.RawMessage) (any, error) {
	var one struct {
		Text   string              `json:"text"`
		Labels []map[string]string `json:"labels"`
		Chart  fields              `json:"chart"`
	}
	if err := json.Unmarshal(line, &one); err != nil {
		return nil, err
	}
	text := one.Text
	if one.Chart != nil {
		made, err := rendered(text, one.Chart)
		if err != nil {
			return nil, err
		}
		text = made
	}
	read, err := config.Load(text)
	if err != nil {
		return nil, err
	}
	root := dispatch.NewRoute(read.Route, nil)
	found := [][]string{}
	for _, labels := range one.Labels {
		names := []string{}
		for _, route := range root.Match(labelSet(labels)) {
			names = append(names, route.RouteOpts.Receiver)
		}
		found = append(found, names)
	}
	return fields{"routes": found}, nil
}

func labelSet(labels map[string]string) model.LabelSet {
	set := model.LabelSet{}
	for name, value := range labels {
		set[model.LabelName(name)] = model.LabelValue(value)
	}
	return set
}

// rendered returns the configuration that the chart writes of values.
func rendered(text string, chart fields) (string, error) {
	var values fields
	if err := yaml.Unmarshal([]byte(text), &values); err != nil {
		return "", err
	}
	part, _ := values["alertmanager"].(fields)
	made, err := yaml.Marshal(merged(chart, part["config"]))
	return string(made), err
}

// merged returns values over others as Helm has it: maps are united, and null removes a default.
func merged(below, over any) any {
	under, isMap := below.(fields)
	above, both := over.(fields)
	if !isMap || !both {
		return over
	}
	found := fields{}
	for key, value := range under {
		found[key] = value
	}
	for key, value := range above {
		before, known := under[key]
		switch {
		case known && value == nil:
			delete(found, key)
		case known:
			found[key] = merged(before, value)
		default:
			found[key] = value
		}
	}
	return found
}
