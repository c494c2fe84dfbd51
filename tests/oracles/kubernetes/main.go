// Command kubernetes says of objects what the API server of Kubernetes says when they are created: it links the
// server's own decoders, defaults and validation, and needs no cluster.
//
// It reads a request a line, {"id": 1, "yaml": "...", "crds": ["..."]}, and answers each with a line,
// {"id": 1, "documents": [{"apiVersion", "kind", "name", "verdict", "errors"}]}. A verdict is "ok", "refused" with the
// server's errors, or "unknown" where neither the table of kinds nor a CustomResourceDefinition knows the object.
// CRDs come with the request, among its own documents, or from files named on the command line. A request that cannot
// be read is answered with {"id", "error"}. With "podSecurity": "latest" or "v1.35", the version of the Pod Security
// Standards, the answer of a Pod also has "failed": {"baseline": [], "restricted": []}, the ids of the checks of each
// level that it fails. With "defaulted": true, the answer of a built-in object that is valid also has "object", what the
// server would store: with the defaults of its version.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"

	"k8s.io/kubernetes/pkg/capabilities"
	"k8s.io/pod-security-admission/api"
)

// maxLine bounds a request; the longest manifests that people keep are some megabytes.
const maxLine = 32 << 20

type request struct {
	ID   int64    `json:"id"`
	YAML string   `json:"yaml"`
	CRDs []string `json:"crds"`

	PodSecurity string `json:"podSecurity"`
	Defaulted   bool   `json:"defaulted"`
}

type response struct {
	ID        int64    `json:"id"`
	Documents []answer `json:"documents"`
	Error     string   `json:"error,omitempty"`
}

type answer struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Name       string   `json:"name"`
	Verdict    verdict  `json:"verdict"`
	Errors     []string `json:"errors"`

	Failed map[api.Level][]string `json:"failed,omitempty"`
	Object any                    `json:"object,omitempty"`
}

type verdict string

const (
	accepted verdict = "ok"
	refused  verdict = "refused"
	unknown  verdict = "unknown"
)

func main() {
	// As clusters are run (kubeadm and the managed ones): the flag's own default refuses every privileged container.
	capabilities.Setup(true, 0)
	if err := serve(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kubernetes:", err)
		os.Exit(2)
	}
}

// serve answers requests until the input ends. The arguments are files with CRDs that every request knows.
func serve(files []string, in io.Reader, out io.Writer) error {
	known := customKinds{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := known.addAll(string(text)); err != nil {
			return err
		}
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		if err := encoder.Encode(respond(lines.Bytes(), known)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// respond answers one request. What the server's code panics on is an error of the request, not the end of the process.
func respond(line []byte, known customKinds) (done response) {
	defer func() {
		if fault := recover(); fault != nil {
			done = response{ID: done.ID, Error: fmt.Sprintf("panic: %v", fault)}
		}
	}()
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return response{Error: err.Error()}
	}
	done.ID = asked.ID
	customs := maps.Clone(known)
	for _, text := range asked.CRDs {
		if err := customs.addAll(text); err != nil {
			return response{ID: asked.ID, Error: err.Error()}
		}
	}
	documents, err := split(asked.YAML)
	if err != nil {
		return response{ID: asked.ID, Documents: []answer{{Verdict: refused, Errors: []string{err.Error()}}}}
	}
	for _, one := range documents {
		// A definition that is wrong is told of in its own answer; resources of it stay unknown.
		_ = customs.add(one)
	}
	done.Documents = []answer{}
	for _, one := range documents {
		said := judge(one, customs)
		if asked.PodSecurity != "" {
			if said.Failed, err = failedChecks(one, asked.PodSecurity); err != nil {
				return response{ID: asked.ID, Error: err.Error()}
			}
		}
		if asked.Defaulted && said.Verdict == accepted {
			said.Object = defaulted(one)
		}
		done.Documents = append(done.Documents, said)
	}
	return done
}

// judge says of one document what the API server says.
func judge(one document, customs customKinds) answer {
	said := answer{APIVersion: one.apiVersion, Kind: one.kind, Name: one.name, Verdict: accepted, Errors: []string{}}
	faults, err := one.faults, error(nil)
	if len(faults) == 0 {
		if custom, found := customs[one.gvk()]; found {
			faults = custom.validate(one)
		} else {
			faults, err = validateBuiltIn(one)
		}
	}
	switch {
	case errors.Is(err, errUnknown):
		said.Verdict = unknown
	case len(faults) > 0:
		said.Verdict, said.Errors = refused, faults
	}
	return said
}
