// Command helm merges values over a chart's default values with Helm's own code.
//
// It reads a request a line, {"values": "TEXT", "defaults": {...}}, or {"files": ["TEXT", ...], "defaults": {...}} with
// the texts of several files as of -f, and answers each with a line, {"values": {...}} or {"error": "..."}.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/cli/values"
	"helm.sh/helm/v3/pkg/getter"
)

type request struct {
	Values   string         `json:"values"`
	Files    []string       `json:"files"`
	Defaults map[string]any `json:"defaults"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		if err := out.Encode(answer(in.Bytes())); err != nil {
			os.Exit(1)
		}
	}
}

func answer(line []byte) any {
	var one request
	if err := json.Unmarshal(line, &one); err != nil {
		return map[string]any{"error": err.Error()}
	}
	merged, err := given(one)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	whole, err := chartutil.CoalesceValues(&chart.Chart{Metadata: &chart.Metadata{Name: "chart"}, Values: one.Defaults}, merged)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return map[string]any{"values": whole}
}

// given returns the values of a request, those of files merged as the command line does.
func given(one request) (map[string]any, error) {
	if one.Files == nil {
		return chartutil.ReadValues([]byte(one.Values))
	}
	folder, err := os.MkdirTemp("", "values")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	var options values.Options
	for number, text := range one.Files {
		path := filepath.Join(folder, strconv.Itoa(number))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
		options.ValueFiles = append(options.ValueFiles, path)
	}
	return options.MergeValues(getter.Providers{})
}
