//go:build kubernetes_1_37

package main

import (
	"context"

	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	schemaobjectmeta "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apimachinery/pkg/api/operation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/apps"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/features"
)

// What reads otherwise since 1.37; before_1_37.go has the same functions.

// declared adds what the validation generated from the API's types finds. Since 1.37 it decides, and much of the
// validation by hand is gone: the server runs it last, in ValidateCreate of registry/rest.
func declared(o runtime.Object, gvk schema.GroupVersionKind, faults field.ErrorList) field.ErrorList {
	ctx := genericapirequest.WithRequestInfo(
		context.Background(), &genericapirequest.RequestInfo{APIGroup: gvk.Group, APIVersion: gvk.Version})
	// All that DeclarativeValidationConfig of pkg/registry/*/strategy.go has, for any kind.
	options := map[string]bool{
		string(features.HPAScaleToZero):  utilfeature.DefaultFeatureGate.Enabled(features.HPAScaleToZero),
		string(features.WorkloadWithJob): utilfeature.DefaultFeatureGate.Enabled(features.WorkloadWithJob),
	}
	return rest.ValidateDeclarativelyWithMigrationChecks(
		ctx, legacyscheme.Scheme, o, nil, faults, operation.Create, rest.DeclarativeValidationConfig{Options: options})
}

func validateSet(o *apps.StatefulSet, pod corevalidation.PodValidationOptions) field.ErrorList {
	return appsvalidation.ValidateStatefulSet(o, appsvalidation.StatefulSetValidationOptions{
		AllowStatefulSetRecreateStrategy: utilfeature.DefaultFeatureGate.Enabled(features.StatefulSetRecreateStrategy),
	}, pod)
}

func validateNewJob(o *batch.Job, options batchvalidation.JobValidationOptions) field.ErrorList {
	return batchvalidation.ValidateJobCreate(o, options)
}

func validateEmbedded(object map[string]any, structural *structuralschema.Structural) field.ErrorList {
	return schemaobjectmeta.Validate(context.Background(), nil, object, structural, false)
}
