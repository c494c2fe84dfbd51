package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"sort"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
)

func init() { operations["dispatch"] = dispatched }

// dispatched answers {"text": "...", "labels": [{...}], "at": "2026-11-30T09:00:00Z"} with the routes that take each
// alert: {"routes": [[{"receiver", "group_by", "group", "group_wait", "group_interval", "repeat_interval", "muted"}]]}.
// "group_by" is null for all labels, times are seconds, and "muted" says whether the stages of the pipeline for time
// intervals drop it at that time.
func dispatched(line json.RawMessage) (any, error) {
	var one struct {
		Text   string              `json:"text"`
		Labels []map[string]string `json:"labels"`
		At     time.Time           `json:"at"`
	}
	if err := json.Unmarshal(line, &one); err != nil {
		return nil, err
	}
	read, err := loadUTF8(one.Text)
	if err != nil {
		return nil, err
	}
	root := dispatch.NewRoute(read.Route, nil)
	known, _ := intervalsOf(read)
	intervener := timeinterval.NewIntervener(known)
	found := [][]fields{}
	for _, labels := range one.Labels {
		set := labelSet(labels)
		routes := []fields{}
		for _, route := range root.Match(set) {
			muted, err := mutedAt(route, intervener, one.At, set)
			if err != nil {
				return nil, err
			}
			opts := route.RouteOpts
			routes = append(routes, fields{
				"receiver": opts.Receiver, "group_by": groupBy(opts), "group": group(opts, set), "muted": muted,
				"group_wait": opts.GroupWait.Seconds(), "group_interval": opts.GroupInterval.Seconds(),
				"repeat_interval": opts.RepeatInterval.Seconds(),
			})
		}
		found = append(found, routes)
	}
	return fields{"routes": found}, nil
}

func groupBy(opts dispatch.RouteOpts) any {
	if opts.GroupByAll {
		return nil
	}
	names := []string{}
	for name := range opts.GroupBy {
		names = append(names, string(name))
	}
	sort.Strings(names)
	return names
}

// group returns the labels that an alert is grouped by, as the dispatcher has it.
func group(opts dispatch.RouteOpts, set model.LabelSet) model.LabelSet {
	found := model.LabelSet{}
	for name, value := range set {
		if _, ok := opts.GroupBy[name]; ok || opts.GroupByAll {
			found[name] = value
		}
	}
	return found
}

// mutedAt runs the two stages of the pipeline for time intervals.
func mutedAt(route *dispatch.Route, muter notify.TimeMuter, at time.Time, set model.LabelSet) (bool, error) {
	metrics := notify.NewMetrics(prometheus.NewRegistry(), featurecontrol.NoopFlags{})
	ctx := notify.WithNow(notify.WithGroupKey(context.Background(), "g"), at)
	ctx = notify.WithMuteTimeIntervals(ctx, route.RouteOpts.MuteTimeIntervals)
	ctx = notify.WithActiveTimeIntervals(ctx, route.RouteOpts.ActiveTimeIntervals)
	stages := notify.MultiStage{
		notify.NewTimeActiveStage(muter, metrics),
		notify.NewTimeMuteStage(muter, metrics),
	}
	_, left, err := stages.Exec(ctx, slog.New(slog.DiscardHandler), alert.New(model.Alert{Labels: set}, at, false))
	return len(left) == 0, err
}
