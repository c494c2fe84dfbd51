package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/labelset"
	"github.com/prometheus/alertmanager/provider"
	"github.com/prometheus/common/model"
)

func init() { operations["inhibit"] = inhibited }

// inhibited answers {"text": "...", "labels": [{...}], "firing": [{...}]}, for every label set, with the answers that
// the inhibitor gives while that alert and those in "firing" are active: {"muted": [[false], [false, true]]}. There
// are two if it depends on which alert Alertmanager received last: every alert is the last one once. "labels" of a
// request may also be paired with their own "firing", a list for each, in "each".
func inhibited(line json.RawMessage) (any, error) {
	var one struct {
		Text   string                `json:"text"`
		Labels []map[string]string   `json:"labels"`
		Firing []map[string]string   `json:"firing"`
		Each   [][]map[string]string `json:"each"`
	}
	if err := json.Unmarshal(line, &one); err != nil {
		return nil, err
	}
	read, err := loadUTF8(one.Text)
	if err != nil {
		return nil, err
	}
	found := [][]bool{}
	for number, labels := range one.Labels {
		firing := one.Firing
		if one.Each != nil {
			firing = one.Each[number]
		}
		found = append(found, outcomes(read, labelSet(labels), firing))
	}
	return fields{"muted": found}, nil
}

// outcomes returns the different answers about an alert, false first.
func outcomes(read *config.Config, labels model.LabelSet, firing []map[string]string) []bool {
	sets := []model.LabelSet{labels}
	for _, one := range firing {
		sets = append(sets, labelSet(one))
	}
	seen := map[bool]bool{}
	for last := range sets {
		ordered := append(append([]model.LabelSet{}, sets[:last]...), sets[last+1:]...)
		seen[mutes(read, labels, append(ordered, sets[last]))] = true
	}
	found := []bool{}
	for _, answer := range []bool{false, true} {
		if seen[answer] {
			found = append(found, answer)
		}
	}
	return found
}

func mutes(read *config.Config, labels model.LabelSet, firing []model.LabelSet) bool {
	now := time.Now()
	list := []*alert.Alert{}
	for _, set := range firing {
		list = append(list, alert.New(model.Alert{Labels: set, StartsAt: now, EndsAt: now.Add(time.Hour)}, now, false))
	}
	inhibitor := inhibit.NewInhibitor(active(list), read.InhibitRules, slog.New(slog.DiscardHandler), eventrecorder.NopRecorder())
	done := make(chan struct{})
	go func() {
		inhibitor.Run()
		close(done)
	}()
	inhibitor.WaitForLoading()
	found := inhibitor.Mutes(context.Background(), labelset.FromModel(labels))
	inhibitor.Stop()
	<-done
	return found
}

// active is a store of alerts that are all there from the start, in order.
type active []*alert.Alert

func (a active) SlurpAndSubscribe(string) ([]*alert.Alert, provider.AlertIterator) {
	return a, a.Subscribe("")
}

func (active) Subscribe(string) provider.AlertIterator {
	return provider.NewAlertIterator(make(chan *provider.Alert), make(chan struct{}), nil)
}

func (a active) GetPending() provider.AlertIterator { return a.Subscribe("") }

func (active) Get(model.Fingerprint) (*alert.Alert, error) { return nil, provider.ErrNotFound }

func (active) Put(context.Context, ...*alert.Alert) error { return nil }
