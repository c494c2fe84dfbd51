package main

import (
	"encoding/json"
	"fmt"

	"github.com/prometheus/alertmanager/config"
)

func init() { operations["refusal"] = refusal }

// refusal answers {"text": "..."} with {}, or with the error for which Alertmanager refuses the configuration. A crash
// is an error too.
func refusal(line json.RawMessage) (_ any, err error) {
	var one struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(line, &one); err != nil {
		return nil, err
	}
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("crash: %v", why)
		}
	}()
	_, err = config.Load(one.Text)
	return fields{}, err
}
