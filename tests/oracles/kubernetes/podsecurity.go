package main

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
)

var levels = []api.Level{api.LevelBaseline, api.LevelRestricted}

var standards = newStandards()

// newStandards is the evaluator of the API server's plugin, whose checks give their id as the reason of a refusal: the
// evaluator tells no other name of a check.
func newStandards() policy.Evaluator {
	checks := policy.DefaultChecks()
	for i := range checks {
		id := string(checks[i].ID)
		for j := range checks[i].Versions {
			checks[i].Versions[j].CheckPod = named(id, checks[i].Versions[j].CheckPod)
		}
	}
	made, err := policy.NewEvaluator(checks, nil)
	if err != nil {
		panic(err)
	}
	return made
}

func named(id string, check policy.CheckPodFn) policy.CheckPodFn {
	return func(metadata *metav1.ObjectMeta, spec *corev1.PodSpec) policy.CheckResult {
		said := check(metadata, spec)
		if !said.Allowed {
			said.ForbiddenReason = id
		}
		return said
	}
}

// failedChecks returns the ids of the checks that a Pod fails, for each level, or nothing for other objects and for what
// is no Pod for the decoder. The plugin sees the Pod with its defaults, and without fields of features that are off.
func failedChecks(one document, version string) (map[api.Level][]string, error) {
	if one.apiVersion != "v1" || one.kind != "Pod" {
		return nil, nil
	}
	wanted, err := api.ParseVersion(version)
	if err != nil {
		return nil, fmt.Errorf("version %q %w", version, err)
	}
	pod, err := admitted(one.json)
	if err != nil || pod == nil {
		return nil, err
	}
	found := map[api.Level][]string{}
	for _, level := range levels {
		found[level] = []string{}
		asked := api.LevelVersion{Level: level, Version: wanted}
		for _, said := range standards.EvaluatePod(asked, &pod.ObjectMeta, &pod.Spec) {
			if !said.Allowed {
				found[level] = append(found[level], said.ForbiddenReason)
			}
		}
	}
	return found, nil
}

func admitted(text json.RawMessage) (*corev1.Pod, error) {
	object, _, _ := decoder.Decode(text, nil, nil)
	if object == nil {
		return nil, nil
	}
	internal := object.(*core.Pod)
	podutil.DropDisabledPodFields(internal, nil)
	pod := &corev1.Pod{}
	return pod, legacyscheme.Scheme.Convert(internal, pod, nil)
}
