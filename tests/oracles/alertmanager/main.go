// Command alertmanager says what Alertmanager makes of a configuration, and what Helm makes of values.
//
// It reads a request a line, {"text": "...", "labels": [{"severity": "critical"}]}, and answers each with a line: the
// receivers that alerts reach, {"routes": [["pager"]]}, or {"error": "..."} where Alertmanager does not load the text.
// With "chart" the text is Helm values: Alertmanager's configuration is alertmanager.config in them, over "chart".
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/common/model"
	"sigs.k8s.io/yaml"
)

type fields = map[string]any

type request struct {
	Text   string              `json:"text"`
	Labels []map[string]string `json:"labels"`
	Chart  fields              `json:"chart"`
}

type response struct {
	Routes [][]string `json:"routes,omitempty"`
	Error  string     `json:"error,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var one request
		if err := json.Unmarshal(in.Bytes(), &one); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		routes, err := answer(one)
		said := response{Routes: routes}
		if err != nil {
			said.Error = err.Error()
		}
		if err := out.Encode(said); err != nil {
			os.Exit(1)
		}
	}
}

func answer(one request) ([][]string, error) {
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
		set := model.LabelSet{}
		for name, value := range labels {
			set[model.LabelName(name)] = model.LabelValue(value)
		}
		names := []string{}
		for _, route := range root.Match(set) {
			names = append(names, route.RouteOpts.Receiver)
		}
		found = append(found, names)
	}
	return found, nil
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
