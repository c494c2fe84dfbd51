package main

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	schemaobjectmeta "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	apiservervalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	genericvalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// customKinds are the resources that CRDs define.
type customKinds map[schema.GroupVersionKind]*custom

// custom is one version of a CRD, compiled.
type custom struct {
	namespaced bool
	structural *structuralschema.Structural
	schema     apiservervalidation.SchemaValidator
	rules      *cel.Validator
}

// compiled keeps definitions by their JSON: the same few are asked for with every request.
var compiled = map[string]customKinds{}

const maxCompiled = 256

// addAll adds every CRD of a text, whose other documents are ignored.
func (k customKinds) addAll(text string) error {
	documents, err := split(text)
	if err != nil {
		return err
	}
	for _, one := range documents {
		if err := k.add(one); err != nil {
			return err
		}
	}
	return nil
}

// add adds what a document defines if it is a CRD. One that the server refuses is an error.
func (k customKinds) add(one document) error {
	if one.kind != "CustomResourceDefinition" || one.gvk().Group != apiextensions.GroupName {
		return nil
	}
	found, ok := compiled[string(one.json)]
	if !ok {
		var err error
		if found, err = compile(one); err != nil {
			return err
		}
		if len(compiled) >= maxCompiled {
			clear(compiled)
		}
		compiled[string(one.json)] = found
	}
	for gvk, version := range found {
		k[gvk] = version
	}
	return nil
}

func compile(one document) (customKinds, error) {
	faults, err := validateBuiltIn(one)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("CustomResourceDefinition %s: %s", one.name, strings.Join(faults, "; "))
	}
	object, _, err := decoder.Decode(one.json, nil, nil)
	if err != nil {
		return nil, err
	}
	definition := object.(*apiextensions.CustomResourceDefinition)
	found := customKinds{}
	for _, version := range definition.Spec.Versions {
		if !version.Served {
			continue
		}
		made, err := compileVersion(definition, version.Name)
		if err != nil {
			return nil, err
		}
		gvk := schema.GroupVersionKind{Group: definition.Spec.Group, Version: version.Name, Kind: definition.Spec.Names.Kind}
		found[gvk] = made
	}
	return found, nil
}

func compileVersion(definition *apiextensions.CustomResourceDefinition, version string) (*custom, error) {
	validation, err := apiextensions.GetSchemaForVersion(definition, version)
	if err != nil {
		return nil, err
	}
	structural, err := structuralschema.NewStructural(validation.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	validator, _, err := apiservervalidation.NewSchemaValidator(validation.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	return &custom{
		namespaced: definition.Spec.Scope == apiextensions.NamespaceScoped,
		structural: structural,
		schema:     validator,
		rules:      cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, nil
}

// validate returns what is wrong with a resource, in the order of the server's customresource_handler.go and
// registry/customresource: strict decoding, defaults, metadata, schema, list types, rules.
func (c *custom) validate(one document) []string {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(one.json); err != nil {
		return []string{err.Error()}
	}
	faults, err := c.coerce(object)
	if err != nil {
		return append(faults, err.Error())
	}
	if err := fillMetadata(object, c.namespaced); err != nil {
		return append(faults, err.Error())
	}
	found := genericvalidation.ValidateObjectMetaAccessor(
		object, c.namespaced, genericvalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	found = append(found, apiservervalidation.ValidateCustomResource(nil, object.Object, c.schema)...)
	found = append(found, validateEmbedded(object.Object, c.structural)...)
	found = append(found, listtype.ValidateListSetsAndMaps(nil, c.structural, object.Object)...)
	// Rules are only run on what fits the schema; a fault is enough to refuse.
	if c.rules != nil && len(found) == 0 {
		wrong, _ := c.rules.Validate(
			context.Background(), nil, c.structural, object.Object, nil, celconfig.RuntimeCELCostBudget)
		found = append(found, wrong...)
	}
	return append(faults, messages(found)...)
}

// coerce sets defaults and takes out what the schema does not know; that is returned, as strict decoding does.
func (c *custom) coerce(object *unstructured.Unstructured) ([]string, error) {
	defaulting.Default(object.Object, c.structural)
	apiVersion, kind := object.GetAPIVersion(), object.GetKind()
	metadata, found, unknownPaths, err := schemaobjectmeta.GetObjectMetaWithOptions(
		object.Object, schemaobjectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return nil, err
	}
	unknownPaths = append(unknownPaths, pruning.PruneWithOptions(
		object.Object, c.structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	defaulting.PruneNonNullableNullsWithoutDefaults(object.Object, c.structural)
	fault, paths := schemaobjectmeta.CoerceWithOptions(
		nil, object.Object, c.structural, false, schemaobjectmeta.CoerceOptions{ReturnUnknownFieldPaths: true})
	if fault != nil {
		return nil, fault
	}
	object.SetAPIVersion(apiVersion)
	object.SetKind(kind)
	if found {
		if err := schemaobjectmeta.SetObjectMeta(object.Object, metadata); err != nil {
			return nil, err
		}
	}
	var faults []string
	for _, path := range append(unknownPaths, paths...) {
		faults = append(faults, fmt.Sprintf("strict decoding: unknown field %q", path))
	}
	return faults, nil
}
