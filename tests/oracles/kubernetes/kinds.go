package main

import (
	"context"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/apps"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	"k8s.io/kubernetes/pkg/apis/batch"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	"k8s.io/kubernetes/pkg/apis/policy"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
	"k8s.io/kubernetes/pkg/apis/rbac"
	rbacvalidation "k8s.io/kubernetes/pkg/apis/rbac/validation"
	"k8s.io/kubernetes/pkg/apis/scheduling"
	schedulingvalidation "k8s.io/kubernetes/pkg/apis/scheduling/validation"
	"k8s.io/kubernetes/pkg/apis/storage"
	storagevalidation "k8s.io/kubernetes/pkg/apis/storage/validation"
	volumevalidation "k8s.io/kubernetes/pkg/volume/validation"
)

// kind is how the server's registry validates an object that is created.
type kind struct {
	namespaced bool
	validate   func() field.ErrorList
}

func namespaced(validate func() field.ErrorList) (kind, bool) { return kind{true, validate}, true }
func global(validate func() field.ErrorList) (kind, bool)     { return kind{false, validate}, true }

// kindOf is the table of kinds. Each row says what PrepareForCreate and Validate of pkg/registry/*/strategy.go do.
// Their packages are not linked: they bring the whole server.
func kindOf(object runtime.Object) (kind, bool) {
	for _, table := range []func(runtime.Object) (kind, bool){
		kindOfCore, kindOfWorkload, kindOfPolicy, kindOfCluster, kindOfWebhook,
	} {
		if found, ok := table(object); ok {
			return found, true
		}
	}
	return kind{}, false
}

func kindOfCore(object runtime.Object) (kind, bool) {
	switch o := object.(type) {
	case *core.Pod:
		return namespaced(func() field.ErrorList { return validatePod(o) })
	case *core.Service:
		return namespaced(func() field.ErrorList { return validateService(o) })
	case *core.ConfigMap:
		return namespaced(func() field.ErrorList { return corevalidation.ValidateConfigMap(o) })
	case *core.Secret:
		return namespaced(func() field.ErrorList { return corevalidation.ValidateSecret(o) })
	case *core.ServiceAccount:
		return namespaced(func() field.ErrorList { return corevalidation.ValidateServiceAccount(o) })
	case *core.PersistentVolumeClaim:
		return namespaced(func() field.ErrorList { return validateClaim(o) })
	case *core.ResourceQuota:
		o.Status = core.ResourceQuotaStatus{}
		return namespaced(func() field.ErrorList { return corevalidation.ValidateResourceQuota(o) })
	case *core.LimitRange:
		return namespaced(func() field.ErrorList { return corevalidation.ValidateLimitRange(o) })
	case *core.Namespace:
		o.Status = core.NamespaceStatus{Phase: core.NamespaceActive}
		return global(func() field.ErrorList { return corevalidation.ValidateNamespace(o) })
	case *core.PersistentVolume:
		o.Status = core.PersistentVolumeStatus{Phase: core.VolumePending}
		return global(func() field.ErrorList {
			faults := corevalidation.ValidatePersistentVolume(o, corevalidation.ValidationOptionsForPersistentVolume(o, nil))
			return append(faults, volumevalidation.ValidatePersistentVolume(o)...)
		})
	}
	return kind{}, false
}

func kindOfWorkload(object runtime.Object) (kind, bool) {
	switch o := object.(type) {
	case *apps.Deployment:
		o.Status = apps.DeploymentStatus{}
		return namespaced(func() field.ErrorList { return appsvalidation.ValidateDeployment(o, template(&o.Spec.Template)) })
	case *apps.StatefulSet:
		o.Status = apps.StatefulSetStatus{}
		return namespaced(func() field.ErrorList { return validateSet(o, template(&o.Spec.Template)) })
	case *apps.DaemonSet:
		o.Status = apps.DaemonSetStatus{}
		return namespaced(func() field.ErrorList { return appsvalidation.ValidateDaemonSet(o, template(&o.Spec.Template)) })
	case *apps.ReplicaSet:
		o.Status = apps.ReplicaSetStatus{}
		return namespaced(func() field.ErrorList { return appsvalidation.ValidateReplicaSet(o, template(&o.Spec.Template)) })
	case *batch.Job:
		return namespaced(func() field.ErrorList { return validateJob(o) })
	case *batch.CronJob:
		o.Status = batch.CronJobStatus{}
		return namespaced(func() field.ErrorList {
			return batchvalidation.ValidateCronJobCreate(o, template(&o.Spec.JobTemplate.Spec.Template))
		})
	case *autoscaling.HorizontalPodAutoscaler:
		o.Status = autoscaling.HorizontalPodAutoscalerStatus{}
		return namespaced(func() field.ErrorList { return validateAutoscaler(o) })
	}
	return kind{}, false
}

// template drops what the server drops of a pod template, and returns how it is to be validated.
func template(o *core.PodTemplateSpec) corevalidation.PodValidationOptions {
	podutil.DropDisabledTemplateFields(o, nil)
	return podutil.GetValidationOptionsFromPodTemplate(o, nil)
}

func kindOfPolicy(object runtime.Object) (kind, bool) {
	switch o := object.(type) {
	case *networking.Ingress:
		o.Status = networking.IngressStatus{}
		return namespaced(func() field.ErrorList { return networkingvalidation.ValidateIngressCreate(o) })
	case *networking.NetworkPolicy:
		return namespaced(func() field.ErrorList {
			return networkingvalidation.ValidateNetworkPolicy(o, networkingvalidation.ValidationOptionsForNetworking(o, nil))
		})
	case *policy.PodDisruptionBudget:
		o.Status = policy.PodDisruptionBudgetStatus{}
		return namespaced(func() field.ErrorList {
			return policyvalidation.ValidatePodDisruptionBudget(o, policyvalidation.PodDisruptionBudgetValidationOptions{})
		})
	case *rbac.Role:
		return namespaced(func() field.ErrorList { return rbacvalidation.ValidateRole(o) })
	case *rbac.RoleBinding:
		return namespaced(func() field.ErrorList { return rbacvalidation.ValidateRoleBinding(o) })
	case *rbac.ClusterRole:
		return global(func() field.ErrorList {
			return rbacvalidation.ValidateClusterRole(o, rbacvalidation.ClusterRoleValidationOptions{})
		})
	case *rbac.ClusterRoleBinding:
		return global(func() field.ErrorList { return rbacvalidation.ValidateClusterRoleBinding(o) })
	}
	return kind{}, false
}

func kindOfCluster(object runtime.Object) (kind, bool) {
	switch o := object.(type) {
	case *networking.IngressClass:
		return global(func() field.ErrorList { return networkingvalidation.ValidateIngressClass(o) })
	case *scheduling.PriorityClass:
		return global(func() field.ErrorList { return schedulingvalidation.ValidatePriorityClass(o) })
	case *storage.StorageClass:
		return global(func() field.ErrorList { return storagevalidation.ValidateStorageClass(o) })
	case *apiextensions.CustomResourceDefinition:
		storedVersion(o)
		return global(func() field.ErrorList {
			return apiextensionsvalidation.ValidateCustomResourceDefinition(context.Background(), o)
		})
	}
	return kind{}, false
}
