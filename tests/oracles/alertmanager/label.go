package main

import (
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/matcher/compat"
	"github.com/prometheus/alertmanager/pkg/labels"
)

func init() { operations["label"] = label }

// label answers {"text": "..."} with the name and value that amtool config routes test reads, or with its error.
func label(line json.RawMessage) (any, error) {
	var one struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(line, &one); err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	classic, err := featurecontrol.NewFlags(quiet, featurecontrol.FeatureClassicMode)
	if err != nil {
		return nil, err
	}
	compat.InitFromFlags(quiet, featurecontrol.NoopFlags{})
	defer compat.InitFromFlags(quiet, classic)
	found, err := compat.Matcher(one.Text, "cli")
	if err != nil {
		return nil, err
	}
	if found.Type != labels.MatchEqual {
		return nil, errors.New("labels must be specified as key=value pairs")
	}
	return fields{"name": found.Name, "value": found.Value}, nil
}
