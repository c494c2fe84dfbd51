//go:build !without_webhooks

package main

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/apis/admissionregistration"
	admissionvalidation "k8s.io/kubernetes/pkg/apis/admissionregistration/validation"
)

// kindOfWebhook is apart because the validation of webhooks links all clients of client-go, a third of all packages.
func kindOfWebhook(object runtime.Object) (kind, bool) {
	switch o := object.(type) {
	case *admissionregistration.ValidatingWebhookConfiguration:
		return global(func() field.ErrorList { return admissionvalidation.ValidateValidatingWebhookConfiguration(o) })
	case *admissionregistration.MutatingWebhookConfiguration:
		return global(func() field.ErrorList { return admissionvalidation.ValidateMutatingWebhookConfiguration(o) })
	}
	return kind{}, false
}
