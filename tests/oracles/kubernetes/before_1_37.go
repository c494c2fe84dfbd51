//go:build !kubernetes_1_37

package main

import (
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	schemaobjectmeta "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/apis/apps"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
)

// What reads otherwise in releases before 1.37; since_1_37.go has the same functions.

// declared adds what the validation generated from the API's types finds. Up to 1.36 the server only logs where that
// differs from the validation by hand, for the kinds here: ValidateDeclarativelyWithMigrationChecks of registry/rest.
func declared(_ runtime.Object, _ schema.GroupVersionKind, faults field.ErrorList) field.ErrorList {
	return faults
}

func validateSet(o *apps.StatefulSet, pod corevalidation.PodValidationOptions) field.ErrorList {
	return appsvalidation.ValidateStatefulSet(o, pod)
}

func validateNewJob(o *batch.Job, options batchvalidation.JobValidationOptions) field.ErrorList {
	return batchvalidation.ValidateJob(o, options)
}

func validateEmbedded(object map[string]any, structural *structuralschema.Structural) field.ErrorList {
	return schemaobjectmeta.Validate(nil, object, structural, false)
}
