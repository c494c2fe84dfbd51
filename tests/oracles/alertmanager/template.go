package main

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"
)

func init() { operations["template"] = executed }

// executed answers {"text": "...", "files": ["..."], "alerts": [{"labels": {}, "annotations": {}}], "group": {}} with
// what Alertmanager sends of a text: {"output": "..."}. The templates that it can call are Alertmanager's own and those
// of "files". Alerts with "resolved": true are resolved; with "html" the text is one of HTML.
func executed(line json.RawMessage) (any, error) {
	var one struct {
		Text   string            `json:"text"`
		HTML   bool              `json:"html"`
		Files  []string          `json:"files"`
		Group  map[string]string `json:"group"`
		Alerts []struct {
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
			Resolved    bool              `json:"resolved"`
		} `json:"alerts"`
	}
	if err := json.Unmarshal(line, &one); err != nil {
		return nil, err
	}
	made, err := template.FromGlobs(nil)
	if err != nil {
		return nil, err
	}
	made.ExternalURL = &url.URL{Scheme: "http", Host: "alertmanager.example.org"}
	for _, file := range one.Files {
		if err := made.Parse(strings.NewReader(file)); err != nil {
			return nil, err
		}
	}
	alerts := []*alert.Alert{}
	for _, each := range one.Alerts {
		start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		end := time.Time{}
		if each.Resolved {
			end = start.Add(time.Hour)
		}
		alerts = append(alerts, alert.New(model.Alert{
			Labels: labelSet(each.Labels), Annotations: labelSet(each.Annotations), StartsAt: start, EndsAt: end,
			GeneratorURL: "http://prometheus.example.org/graph",
		}, start, false))
	}
	data := made.Data("receiver", labelSet(one.Group), nil, "new", alerts...)
	run := made.ExecuteTextString
	if one.HTML {
		run = made.ExecuteHTMLString
	}
	output, err := run(one.Text, data)
	if err != nil {
		return nil, err
	}
	return fields{"output": output}, nil
}
