package main

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

func init() {
	operations["selects"] = selects
}

// selects answers whether a label selector, which may be null, selects labels, as the operator asks it.
func selects(line json.RawMessage) (any, error) {
	var asked struct {
		Selector *metav1.LabelSelector `json:"selector"`
		Labels   labels.Set            `json:"labels"`
	}
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	selector, err := metav1.LabelSelectorAsSelector(asked.Selector)
	if err != nil {
		return nil, err
	}
	return fields{"selected": selector.Matches(asked.Labels)}, nil
}
