package main

import (
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	claimutil "k8s.io/kubernetes/pkg/api/persistentvolumeclaim"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	serviceutil "k8s.io/kubernetes/pkg/api/service"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	autoscalingvalidation "k8s.io/kubernetes/pkg/apis/autoscaling/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/features"
)

// What the registry does to objects of these kinds before it validates them, where that is more than a line.

func validatePod(o *core.Pod) field.ErrorList {
	o.Status = core.PodStatus{Phase: core.PodPending}
	podutil.DropDisabledPodFields(o, nil)
	options := podutil.GetValidationOptionsFromPodSpecAndMeta(&o.Spec, nil, &o.ObjectMeta, nil)
	options.ResourceIsPod = true
	return corevalidation.ValidatePodCreate(o, options)
}

// validateService fills in the list of addresses from the one address, as pkg/registry/core/service/storage does.
// Addresses and node ports that a cluster would allot stay empty, which is valid but for the port of a health check.
func validateService(o *core.Service) field.ErrorList {
	o.Status = core.ServiceStatus{}
	if o.Spec.ClusterIP != "" && len(o.Spec.ClusterIPs) == 0 {
		o.Spec.ClusterIPs = []string{o.Spec.ClusterIP}
	}
	if serviceutil.NeedsHealthCheck(o) && o.Spec.HealthCheckNodePort == 0 {
		o.Spec.HealthCheckNodePort = 32000
	}
	return corevalidation.ValidateServiceCreate(o)
}

func validateClaim(o *core.PersistentVolumeClaim) field.ErrorList {
	o.Status = core.PersistentVolumeClaimStatus{}
	claimutil.DropDisabledFields(&o.Spec, nil)
	claimutil.EnforceDataSourceBackwardsCompatibility(&o.Spec, nil)
	claimutil.NormalizeDataSources(&o.Spec)
	return corevalidation.ValidatePersistentVolumeClaim(o, corevalidation.ValidationOptionsForPersistentVolumeClaim(o, nil))
}

func validateJob(o *batch.Job) field.ErrorList {
	o.Status = batch.JobStatus{}
	if o.Spec.ManualSelector == nil || !*o.Spec.ManualSelector {
		selectByUID(o)
	}
	return validateNewJob(o, batchvalidation.JobValidationOptions{
		PodValidationOptions:  template(&o.Spec.Template),
		RequirePrefixedLabels: true,
	})
}

// selectByUID is generateSelector of pkg/registry/batch/job: a label or selector that is there is kept.
func selectByUID(o *batch.Job) {
	if o.Spec.Template.Labels == nil {
		o.Spec.Template.Labels = map[string]string{}
	}
	if o.Spec.Selector == nil {
		o.Spec.Selector = &metav1.LabelSelector{}
	}
	if o.Spec.Selector.MatchLabels == nil {
		o.Spec.Selector.MatchLabels = map[string]string{}
	}
	for key, value := range map[string]string{
		batch.LegacyJobNameLabel:       o.Name,
		batch.JobNameLabel:             o.Name,
		batch.LegacyControllerUidLabel: string(o.UID),
		batch.ControllerUidLabel:       string(o.UID),
	} {
		setMissing(o.Spec.Template.Labels, key, value)
	}
	setMissing(o.Spec.Selector.MatchLabels, batch.ControllerUidLabel, string(o.UID))
}

func setMissing(values map[string]string, key, value string) {
	if _, found := values[key]; !found {
		values[key] = value
	}
}

func validateAutoscaler(o *autoscaling.HorizontalPodAutoscaler) field.ErrorList {
	least := int32(1)
	if utilfeature.DefaultFeatureGate.Enabled(features.HPAScaleToZero) {
		least = 0
	}
	return autoscalingvalidation.ValidateHorizontalPodAutoscaler(o, autoscalingvalidation.HorizontalPodAutoscalerSpecValidationOptions{
		MinReplicasLowerBound: least,
		ScaleTargetRefValidationOptions: autoscalingvalidation.CrossVersionObjectReferenceValidationOptions{
			// The one scalable kind of the core group has no group to name.
			AllowEmptyAPIGroup: o.Spec.ScaleTargetRef.Kind == "ReplicationController",
		},
		ObjectMetricsValidationOptions: autoscalingvalidation.CrossVersionObjectReferenceValidationOptions{AllowEmptyAPIGroup: true},
	})
}

func storedVersion(o *apiextensions.CustomResourceDefinition) {
	o.Status = apiextensions.CustomResourceDefinitionStatus{}
	for _, version := range o.Spec.Versions {
		if version.Storage {
			o.Status.StoredVersions = []string{version.Name}
			return
		}
	}
}
