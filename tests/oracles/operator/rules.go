package main

import (
	"encoding/json"
	"log/slog"

	"github.com/prometheus/common/model"
	prometheusconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus-operator/prometheus-operator/pkg/operator"
)

// A request of "rules" has the spec of a PrometheusRule, or the text of a rule file of Prometheus; of "promql"
// expressions; of "prometheus" the text of its configuration. "legacy" is for names of labels and metrics without UTF-8.
type rulesRequest struct {
	Spec        json.RawMessage `json:"spec"`
	File        string          `json:"file"`
	Legacy      bool            `json:"legacy"`
	Expressions []string        `json:"expressions"`
	Config      string          `json:"config"`
}

func init() {
	operations["rules"] = checkRules
	operations["promql"] = checkExpressions
	operations["prometheus"] = checkPrometheus
}

// checkRules answers {"errors": [...]}.
func checkRules(line json.RawMessage) (any, error) {
	var asked rulesRequest
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	scheme := model.UTF8Validation
	if asked.Legacy {
		scheme = model.LegacyValidation
	}
	var found []error
	if asked.Spec != nil {
		var spec monitoringv1.PrometheusRuleSpec
		if err := json.Unmarshal(asked.Spec, &spec); err != nil {
			return nil, err
		}
		found = operator.ValidateRule(spec, scheme, parser.Options{})
	} else {
		_, found = rulefmt.Parse([]byte(asked.File), false, scheme, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	}
	texts := []string{}
	for _, one := range found {
		texts = append(texts, one.Error())
	}
	return fields{"errors": texts}, nil
}

// checkExpressions answers {"errors": ["" or why the expression is refused, ...], "printed": [the expression, ...]}.
func checkExpressions(line json.RawMessage) (any, error) {
	var asked rulesRequest
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	used := parser.NewParser(parser.Options{})
	errors, printed := []string{}, []string{}
	for _, text := range asked.Expressions {
		one, err := used.ParseExpr(text)
		if err != nil {
			errors, printed = append(errors, err.Error()), append(printed, "")
		} else {
			errors, printed = append(errors, ""), append(printed, one.String())
		}
	}
	return fields{"errors": errors, "printed": printed}, nil
}

// checkPrometheus answers {"error": ""}, or why Prometheus refuses the configuration.
func checkPrometheus(line json.RawMessage) (any, error) {
	var asked rulesRequest
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	if _, err := prometheusconfig.Load(asked.Config, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	return fields{"error": ""}, nil
}
