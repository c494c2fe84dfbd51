package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/order"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Blank lines are comments while kyaml has the text, as in Image Updater: kyaml drops the one and keeps the other.
const blankLine = "# blank line"

type override struct {
	Path string `json:"path" yaml:"-"`
	Name string `json:"name" yaml:"name"`
	Tag  string `json:"tag" yaml:"newTag"`
}

// writeKustomizations writes tags as Argo CD Image Updater 1.3 does with the target kustomization: by the same steps of
// kyaml as its pkg/argocd/git.go. Its own packages cannot be linked, since the module of its registry-scanner cannot be
// fetched. It reads [{"path": "deploy/kustomization.yaml", "name": "example/web", "tag": "1.2.4"}].
func writeKustomizations(folder string) error {
	var asked []override
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	for _, one := range asked {
		path := filepath.Join(folder, one.Path)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		written, err := withOverride(string(text), one)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(written), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func withOverride(text string, one override) (string, error) {
	head, body := "", text
	for body != "" {
		line, rest, _ := strings.Cut(body, "\n")
		if trimmed := strings.TrimSpace(line); trimmed != "" && !strings.HasPrefix(trimmed, "#") {
			break
		}
		head, body = head+line+"\n", rest
	}
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			lines[i] = blankLine
		}
	}
	body = strings.Join(lines, "\n") + "\n"
	before, err := kio.FromBytes([]byte(body))
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	files := kio.ByteReadWriter{Reader: strings.NewReader(body), Writer: &out, PreserveSeqIndent: true}
	nodes, err := files.Read()
	if err != nil {
		return "", err
	}
	if len(nodes) != 1 || len(before) != 1 {
		return "", errors.New("not one document")
	}
	entry, err := yaml.Marshal(one)
	if err != nil {
		return "", err
	}
	element, err := yaml.Parse(string(entry))
	if err != nil {
		return "", err
	}
	setter := yaml.ElementSetter{Element: element.YNode(), Keys: []string{"name"}, Values: []string{one.Name}}
	if err := nodes[0].PipeE(yaml.LookupCreate(yaml.SequenceNode, "images"), setter); err != nil {
		return "", err
	}
	if err := order.SyncOrder(before[0], nodes[0]); err != nil {
		return "", err
	}
	if err := files.Write(nodes); err != nil {
		return "", err
	}
	return head + strings.ReplaceAll(out.String(), blankLine+"\n", "\n"), nil
}
