package main

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/matcher/compat"
)

func init() { operations["refusal"] = refusal }

// refusal answers {"text": "..."} with {}, or with the error for which Alertmanager refuses the configuration. A crash
// is an error too. Names are in UTF-8, as its command has it; with "classic" they are not, as with the operator, which
// is also the default of the library, and of the other operations.
func refusal(line json.RawMessage) (_ any, err error) {
	var one struct {
		Text    string `json:"text"`
		Classic bool   `json:"classic"`
	}
	if err := json.Unmarshal(line, &one); err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	classic, err := featurecontrol.NewFlags(quiet, featurecontrol.FeatureClassicMode)
	if err != nil {
		return nil, err
	}
	if !one.Classic {
		compat.InitFromFlags(quiet, featurecontrol.NoopFlags{})
		defer compat.InitFromFlags(quiet, classic)
	}
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("crash: %v", why)
		}
	}()
	_, err = config.Load(one.Text)
	return fields{}, err
}
