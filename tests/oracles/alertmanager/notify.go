package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	amcommoncfg "github.com/prometheus/alertmanager/config/common"
	"github.com/prometheus/alertmanager/config/receiver"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/notify/email"
	"github.com/prometheus/alertmanager/template"
	commoncfg "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

func init() { operations["notify"] = notifyStandIns }

type notifyRequest struct {
	Text        string            `json:"text"`
	Templates   map[string]string `json:"templates"`
	ExternalURL string            `json:"external_url"`
	Env         map[string]string `json:"env"`
	Groups      []alertGroup      `json:"groups"`
}

type alertGroup struct {
	Receiver string            `json:"receiver"`
	Labels   map[string]string `json:"labels"`
	Alerts   []struct {
		Labels       map[string]string `json:"labels"`
		Annotations  map[string]string `json:"annotations"`
		GeneratorURL string            `json:"generatorURL"`
		Resolved     bool              `json:"resolved"`
	} `json:"alerts"`
}

// delivery is what an integration sent for a group, and what it says of it.
type delivery struct {
	Integration string     `json:"integration"`
	Sent        []sentItem `json:"sent"`
	Error       string     `json:"error,omitempty"`
	Panic       string     `json:"panic,omitempty"`
}

// notifyStandIns answers {"text": "configuration", "templates": {"own.tmpl": "..."}, "external_url": "http://...",
// "env": {"AWS_REGION": "..."}, "groups": [{"receiver": "team", "labels": {}, "alerts": [{"labels": {},
// "annotations": {}, "generatorURL": "", "resolved": false}]}]} with what every integration of the receiver sends to
// its service, {"groups": [[{"integration": "slack[0]", "sent": [{"method": "POST", "url": "...", "headers": {},
// "body": "..."}], "error": "..."}]]}. Every address leads to a stand-in on loopback, which accepts everything.
func notifyStandIns(line json.RawMessage) (any, error) {
	var one notifyRequest
	if err := json.Unmarshal(line, &one); err != nil {
		return nil, err
	}
	read, err := config.Load(one.Text)
	if err != nil {
		return nil, err
	}
	tmpl, err := templatesOf(one.Templates)
	if err != nil {
		return nil, err
	}
	if tmpl.ExternalURL, err = url.Parse(one.ExternalURL); err != nil {
		return nil, err
	}
	// Nothing of this machine's own, such as AWS_CA_BUNDLE, which would change the client.
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "AWS_") {
			os.Unsetenv(name)
		}
	}
	for name, value := range one.Env {
		defer os.Unsetenv(name)
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	service, err := newStandIn()
	if err != nil {
		return nil, err
	}
	defer service.close()
	found := [][]delivery{}
	for _, group := range one.Groups {
		made, err := group.deliver(read, tmpl, service)
		if err != nil {
			return nil, err
		}
		found = append(found, made)
	}
	return fields{"groups": found}, nil
}

// templatesOf returns Alertmanager's templates and the given files.
func templatesOf(files map[string]string) (*template.Template, error) {
	folder, err := os.MkdirTemp("", "templates")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(name)), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return template.FromGlobs([]string{filepath.Join(folder, "*.tmpl")})
}

func (g alertGroup) deliver(read *config.Config, tmpl *template.Template, service *standIn) ([]delivery, error) {
	for _, own := range read.Receivers {
		if own.Name != g.Receiver {
			continue
		}
		redirect(reflect.ValueOf(&own).Elem(), service)
		quiet := slog.New(slog.DiscardHandler)
		integrations, err := receiver.BuildReceiverIntegrations(own, tmpl, quiet, commoncfg.WithDialContextFunc(service.dial))
		if err != nil {
			return nil, err
		}
		found := []delivery{}
		for _, one := range integrations {
			found = append(found, g.deliverTo(one, service))
		}
		return found, nil
	}
	return nil, fmt.Errorf("no receiver is named %s", g.Receiver)
}

func (g alertGroup) deliverTo(one notify.Integration, service *standIn) (made delivery) {
	made = delivery{Integration: one.String(), Sent: []sentItem{}}
	defer func() {
		if cause := recover(); cause != nil {
			made.Panic = fmt.Sprint(cause)
		}
		made.Sent = append(made.Sent, service.taken()...)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ctx = notify.WithGroupKey(ctx, "{}:{alertname=\"x\"}")
	ctx = notify.WithGroupLabels(ctx, labelSet(g.Labels))
	ctx = notify.WithReceiverName(ctx, g.Receiver)
	ctx = notify.WithRepeatInterval(ctx, time.Hour)
	ctx = notify.WithNow(ctx, time.Now())
	if err := one.Notify(ctx, g.types()...).Err(); err != nil {
		made.Error = err.Error()
	}
	return made
}

func (g alertGroup) types() []*alert.Alert {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	found := []*alert.Alert{}
	for _, one := range g.Alerts {
		end := time.Now().Add(time.Hour)
		if one.Resolved {
			end = start.Add(time.Minute)
		}
		found = append(found, alert.New(model.Alert{
			Labels:       labelSet(one.Labels),
			Annotations:  labelSet(one.Annotations),
			StartsAt:     start,
			EndsAt:       end,
			GeneratorURL: one.GeneratorURL,
		}, start, false))
	}
	return found
}

// redirect makes every integration of a receiver accept the stand-in's certificate, and mail go to it.
func redirect(own reflect.Value, service *standIn) {
	for at := range own.NumField() {
		listed := own.Field(at)
		if listed.Kind() != reflect.Slice {
			continue
		}
		for number := range listed.Len() {
			if mail, ok := listed.Index(number).Interface().(*email.EmailConfig); ok {
				mail.Smarthost = amcommoncfg.HostPort{Host: "127.0.0.1", Port: service.mailPort()}
				if mail.TLSConfig == nil {
					mail.TLSConfig = &commoncfg.TLSConfig{}
				}
				mail.TLSConfig.InsecureSkipVerify = true
				continue
			}
			one := listed.Index(number)
			if one.Kind() != reflect.Pointer || one.Elem().Kind() != reflect.Struct {
				continue
			}
			client := one.Elem().FieldByName("HTTPConfig")
			if !client.IsValid() || client.IsNil() {
				continue
			}
			own := *(client.Interface().(*commoncfg.HTTPClientConfig))
			own.TLSConfig.InsecureSkipVerify = true
			client.Set(reflect.ValueOf(&own))
		}
	}
}
