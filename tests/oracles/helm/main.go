// Command helm merges values over a chart's default values with Helm's own code.
//
// It reads a request a line, {"values": "TEXT", "defaults": {...}}, and answers each with a line, {"values": {...}} or
// {"error": "..."}.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

type request struct {
	Values   string         `json:"values"`
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
	values, err := chartutil.ReadValues([]byte(one.Values))
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	whole, err := chartutil.CoalesceValues(&chart.Chart{Metadata: &chart.Metadata{Name: "chart"}, Values: one.Defaults}, values)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return map[string]any{"values": whole}
}
