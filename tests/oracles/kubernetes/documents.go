package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// document is one object as JSON, and what is wrong with its YAML.
type document struct {
	apiVersion, kind, name string
	json                   []byte
	faults                 []string
}

func (d document) gvk() schema.GroupVersionKind {
	return schema.FromAPIVersionAndKind(d.apiVersion, d.kind)
}

// split cuts a text into its documents as kubectl does, and lists into their items. Documents without content are left out.
func split(text string) ([]document, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return splitJSON(text)
	}
	var found []document
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		one, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := yaml.YAMLToJSONStrict(one)
		if err != nil {
			found = append(found, document{faults: []string{err.Error()}})
			continue
		}
		if string(content) != "null" {
			found = append(found, expand(content)...)
		}
	}
}

// splitJSON cuts a text that may be JSON into its documents as kubectl does, which reads it as YAML otherwise.
func splitJSON(text string) ([]document, error) {
	var found []document
	reader := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	for {
		var one json.RawMessage
		err := reader.Decode(&one)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return append(found, document{faults: []string{err.Error()}}), nil
		}
		if content := strings.TrimSpace(string(one)); content != "" && content != "null" {
			found = append(found, expand([]byte(content))...)
		}
	}
}

// expand returns an object, or the items of a list: the server knows no resource of kind List, kubectl sends its items.
func expand(content []byte) []document {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name         string `json:"name"`
			GenerateName string `json:"generateName"`
		} `json:"metadata"`
		Items []json.RawMessage `json:"items"`
	}
	// What does not fit is told by the decoder of its kind; here only what names the kind is wanted.
	_ = json.Unmarshal(content, &head)
	if head.APIVersion == "v1" && head.Kind == "List" {
		var found []document
		for _, item := range head.Items {
			found = append(found, expand(item)...)
		}
		return found
	}
	name := head.Metadata.Name
	if name == "" {
		name = head.Metadata.GenerateName
	}
	one := document{apiVersion: head.APIVersion, kind: head.Kind, name: name, json: content}
	if head.APIVersion == "" || head.Kind == "" {
		one.faults = []string{"apiVersion and kind must be set"}
	}
	return []document{one}
}
