package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	_ "unsafe" // for go:linkname

	"github.com/blang/semver/v4"
	alertmanagerconfig "github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/matcher/compat"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/prometheus-operator/prometheus-operator/pkg/alertmanager"
	validationv1beta1 "github.com/prometheus-operator/prometheus-operator/pkg/alertmanager/validation/v1beta1"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1beta1"
	"github.com/prometheus-operator/prometheus-operator/pkg/assets"
)

// What the operator asks before it merges a resource; a refusal leaves the resource out.
//
//go:linkname checkResource github.com/prometheus-operator/prometheus-operator/pkg/alertmanager.checkAlertmanagerConfigResource
func checkResource(ctx context.Context, amc *v1alpha1.AlertmanagerConfig, version semver.Version, store *assets.StoreBuilder) error

// A request of "validate" has one resource, of "merge" the text of the base configuration and resources. "version" is
// that of Alertmanager. Every key of a Secret that a resource names exists, with the value in "secrets" (by name, then
// key) or an address; with "missing", only those in "secrets" do.
type resourceRequest struct {
	Config    string                       `json:"config"`
	Resource  json.RawMessage              `json:"resource"`
	Resources []json.RawMessage            `json:"resources"`
	Version   string                       `json:"version"`
	Namespace string                       `json:"namespace"`
	Strategy  string                       `json:"strategy"`
	Secrets   map[string]map[string]string `json:"secrets"`
	Missing   bool                         `json:"missing"`
}

func init() {
	operations["validate"] = validate
	operations["merge"] = merge
}

// validate answers {"error": ""}, or why the resource is left out.
func validate(line json.RawMessage) (any, error) {
	asked, err := read(line)
	if err != nil {
		return nil, err
	}
	one, err := decoded(asked.Resource)
	if err != nil {
		return nil, err
	}
	if err := checkResource(context.Background(), one, semver.MustParse(asked.Version), asked.store(asked.Resource)); err != nil {
		return nil, err
	}
	return fields{"error": ""}, nil
}

// merge answers {"config": the generated configuration, "rejected": {NAMESPACE/NAME: why it is left out}, "loads": ""
// or why Alertmanager refuses the generated configuration}.
func merge(line json.RawMessage) (any, error) {
	asked, err := read(line)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	version := semver.MustParse(asked.Version)
	store := asked.store(asked.Resources...)
	rejected := map[string]string{}
	chosen := map[string]*v1alpha1.AlertmanagerConfig{}
	for _, raw := range asked.Resources {
		one, err := decoded(raw)
		if err == nil {
			err = checkResource(ctx, one, version, store)
		}
		if err != nil {
			var meta metav1.PartialObjectMetadata
			_ = json.Unmarshal(raw, &meta)
			rejected[meta.Namespace+"/"+meta.Name] = err.Error()
			continue
		}
		chosen[one.Namespace+"/"+one.Name] = one
	}
	builder := alertmanager.NewConfigBuilder(slog.New(slog.DiscardHandler), version, store, &monitoringv1.Alertmanager{
		ObjectMeta: metav1.ObjectMeta{Name: "main", Namespace: asked.Namespace},
		Spec: monitoringv1.AlertmanagerSpec{
			AlertmanagerConfigMatcherStrategy: monitoringv1.AlertmanagerConfigMatcherStrategy{
				Type: monitoringv1.AlertmanagerConfigMatcherStrategyType(asked.Strategy),
			},
		},
	})
	if err := builder.InitializeFromRawConfiguration([]byte(asked.Config)); err != nil {
		return nil, err
	}
	if err := builder.AddAlertmanagerConfigs(ctx, chosen); err != nil {
		return nil, err
	}
	made, err := builder.MarshalJSON()
	if err != nil {
		return nil, err
	}
	loads := ""
	// The program also reads names in UTF-8; the operator, which links it as a library, does not.
	compat.InitFromFlags(slog.New(slog.DiscardHandler), featurecontrol.NoopFlags{})
	defer compat.InitFromFlags(slog.New(slog.DiscardHandler), classicFlags{})
	if _, err := alertmanagerconfig.Load(string(made)); err != nil {
		loads = err.Error()
	}
	return fields{"config": string(made), "rejected": rejected, "loads": loads}, nil
}

// classicFlags are those of Alertmanager's classic mode.
type classicFlags struct{ featurecontrol.NoopFlags }

func (classicFlags) ClassicMode() bool { return true }

func read(line json.RawMessage) (*resourceRequest, error) {
	asked := resourceRequest{Version: "0.34.0", Namespace: "monitoring"}
	return &asked, json.Unmarshal(line, &asked)
}

// decoded returns a resource as the operator sees it, which reads v1alpha1 after conversion by the webhook.
func decoded(raw json.RawMessage) (*v1alpha1.AlertmanagerConfig, error) {
	var found v1alpha1.AlertmanagerConfig
	var meta metav1.TypeMeta
	if err := json.Unmarshal(raw, &meta); err != nil {
		return nil, err
	}
	if meta.APIVersion != "monitoring.coreos.com/v1beta1" {
		return &found, json.Unmarshal(raw, &found)
	}
	var newer v1beta1.AlertmanagerConfig
	if err := json.Unmarshal(raw, &newer); err != nil {
		return nil, err
	}
	if err := validationv1beta1.ValidateAlertmanagerConfig(&newer); err != nil {
		return nil, fmt.Errorf("v1beta1: %w", err)
	}
	return &found, newer.ConvertTo(&found)
}

func (r *resourceRequest) store(resources ...json.RawMessage) *assets.StoreBuilder {
	var every []any
	for _, raw := range resources {
		var meta metav1.PartialObjectMetadata
		var whole any
		_ = json.Unmarshal(raw, &meta)
		_ = json.Unmarshal(raw, &whole)
		data := map[string]map[string][]byte{}
		put := func(name, key, value string) {
			if data[name] == nil {
				data[name] = map[string][]byte{}
			}
			data[name][key] = []byte(value)
		}
		if !r.Missing {
			selectors(whole, func(name, key string) { put(name, key, "https://example.com/x") })
		}
		for name, one := range r.Secrets {
			for key, value := range one {
				put(name, key, value)
			}
		}
		for name, keys := range data {
			every = append(every, &corev1.Secret{
				TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
				ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: meta.Namespace},
				Data:       keys,
			})
		}
	}
	store := assets.NewStoreBuilder(nil, nowhere{})
	for _, one := range every {
		if err := store.AddObject(one); err != nil {
			panic(err)
		}
	}
	return store
}

// nowhere is a cluster without Secrets.
type nowhere struct{ typedcorev1.SecretInterface }

func (n nowhere) Secrets(string) typedcorev1.SecretInterface { return n }

func (nowhere) Get(_ context.Context, name string, _ metav1.GetOptions) (*corev1.Secret, error) {
	return nil, apierrors.NewNotFound(corev1.Resource("secrets"), name)
}

// selectors calls found with the name and key of every map that has both as texts.
func selectors(node any, found func(name, key string)) {
	switch one := node.(type) {
	case map[string]any:
		name, named := one["name"].(string)
		key, keyed := one["key"].(string)
		if named && keyed {
			found(name, key)
		}
		for _, inner := range one {
			selectors(inner, found)
		}
	case []any:
		for _, inner := range one {
			selectors(inner, found)
		}
	}
}
