package main

import (
	"encoding/json"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/timeinterval"
)

func init() { operations["intervals"] = intervalsAt }

// intervalsAt answers {"text": "...", "times": ["2026-11-30T09:00:00Z"]} with the names of the intervals that are
// active at each time, {"active": [["night"]]}.
func intervalsAt(line json.RawMessage) (any, error) {
	var one struct {
		Text  string      `json:"text"`
		Times []time.Time `json:"times"`
	}
	if err := json.Unmarshal(line, &one); err != nil {
		return nil, err
	}
	read, err := loadUTF8(one.Text)
	if err != nil {
		return nil, err
	}
	known, names := intervalsOf(read)
	intervener := timeinterval.NewIntervener(known)
	found := [][]string{}
	for _, at := range one.Times {
		active := []string{}
		for _, name := range names {
			if muted, _, err := intervener.Mutes([]string{name}, at); err != nil {
				return nil, err
			} else if muted {
				active = append(active, name)
			}
		}
		found = append(found, active)
	}
	return fields{"active": found}, nil
}

// intervalsOf returns the intervals by name, as Alertmanager's main has them, and their names in order.
func intervalsOf(read *config.Config) (map[string][]timeinterval.TimeInterval, []string) {
	known := map[string][]timeinterval.TimeInterval{}
	names := []string{}
	for _, one := range read.MuteTimeIntervals {
		known[one.Name] = one.TimeIntervals
		names = append(names, one.Name)
	}
	for _, one := range read.TimeIntervals {
		known[one.Name] = one.TimeIntervals
		names = append(names, one.Name)
	}
	return known, names
}
