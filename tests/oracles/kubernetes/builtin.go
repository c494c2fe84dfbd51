package main

import (
	"errors"

	apiextensionsinstall "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apimachinery/pkg/api/meta"
	genericvalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
)

var errUnknown = errors.New("no such kind")

// served are the versions that a current API server serves; the scheme also knows how to read those of long ago.
var served = sets.New(
	schema.GroupVersion{Version: "v1"},
	schema.GroupVersion{Group: "admissionregistration.k8s.io", Version: "v1"},
	schema.GroupVersion{Group: "apiextensions.k8s.io", Version: "v1"},
	schema.GroupVersion{Group: "apps", Version: "v1"},
	schema.GroupVersion{Group: "autoscaling", Version: "v1"},
	schema.GroupVersion{Group: "autoscaling", Version: "v2"},
	schema.GroupVersion{Group: "batch", Version: "v1"},
	schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"},
	schema.GroupVersion{Group: "policy", Version: "v1"},
	schema.GroupVersion{Group: "rbac.authorization.k8s.io", Version: "v1"},
	schema.GroupVersion{Group: "scheduling.k8s.io", Version: "v1"},
	schema.GroupVersion{Group: "storage.k8s.io", Version: "v1"},
)

var decoder = newDecoder()

// newDecoder reads any served kind strictly, sets the defaults and converts to the server's internal types.
func newDecoder() runtime.Decoder {
	apiextensionsinstall.Install(legacyscheme.Scheme)
	return serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).UniversalDecoder()
}

// validateBuiltIn creates an object as the server's registry does up to the point where it would be stored, and
// returns what is wrong, or errUnknown.
func validateBuiltIn(one document) ([]string, error) {
	gvk := one.gvk()
	if !served.Has(gvk.GroupVersion()) || !legacyscheme.Scheme.Recognizes(gvk) {
		return nil, errUnknown
	}
	object, _, err := decoder.Decode(one.json, nil, nil)
	var faults []string
	if err != nil {
		strict, ok := runtime.AsStrictDecodingError(err)
		if !ok || object == nil {
			return []string{err.Error()}, nil
		}
		for _, fault := range strict.Errors() {
			faults = append(faults, "strict decoding: "+fault.Error())
		}
	}
	kind, known := kindOf(object)
	if !known {
		return nil, errUnknown
	}
	if err := fillMetadata(object, kind.namespaced); err != nil {
		return []string{err.Error()}, nil
	}
	found := append(kind.validate(), validateMetadata(object, kind.namespaced)...)
	return append(faults, messages(declared(object, gvk, found))...), nil
}

// defaulted returns a built-in object with the defaults of its own version, as the server gives it back; nil for others.
func defaulted(one document) runtime.Object {
	object, _, err := legacyscheme.Codecs.UniversalDeserializer().Decode(one.json, nil, nil)
	if err != nil {
		return nil
	}
	legacyscheme.Scheme.Default(object)
	return object
}

// fillMetadata sets what the server, or kubectl, sets before an object is validated.
func fillMetadata(object runtime.Object, namespaced bool) error {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return err
	}
	accessor.SetUID(types.UID("00000000-0000-4000-8000-000000000000"))
	if accessor.GetName() == "" && accessor.GetGenerateName() != "" {
		accessor.SetName(accessor.GetGenerateName() + "x7k2p")
	}
	if namespaced && accessor.GetNamespace() == "" {
		accessor.SetNamespace("default")
	}
	return nil
}

// validateMetadata is what the registry demands of any object, whatever its kind.
func validateMetadata(object runtime.Object, namespaced bool) field.ErrorList {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	}
	return genericvalidation.ValidateObjectMetaAccessor(accessor, namespaced, path.ValidatePathSegmentName, field.NewPath("metadata"))
}

// messages returns errors as text, each once: the metadata is validated by two that overlap.
func messages(faults field.ErrorList) []string {
	var found []string
	seen := sets.New[string]()
	for _, fault := range faults {
		if text := fault.Error(); !seen.Has(text) {
			seen.Insert(text)
			found = append(found, text)
		}
	}
	return found
}
