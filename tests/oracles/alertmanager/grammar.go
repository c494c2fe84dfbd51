package main

import (
	"log/slog"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/matcher/compat"
)

// loadUTF8 loads a configuration as Alertmanager does, with names in UTF-8. The package's default, which the operator
// keeps, is the classic grammar; it applies again afterwards.
func loadUTF8(text string) (*config.Config, error) {
	logger := slog.New(slog.DiscardHandler)
	compat.InitFromFlags(logger, featurecontrol.NoopFlags{})
	defer func() {
		classic, err := featurecontrol.NewFlags(logger, featurecontrol.FeatureClassicMode)
		if err != nil {
			panic(err)
		}
		compat.InitFromFlags(logger, classic)
	}()
	return config.Load(text)
}
