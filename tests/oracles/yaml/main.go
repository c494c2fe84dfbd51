// Command yaml says what Go's YAML parsers read: Kubernetes, Helm, Flux and Alertmanager are built with them.
//
// It reads a YAML text as a JSON string a line, and answers each with a line, {"v2": VALUE, "v3": VALUE}, where a VALUE
// is a pair of a type and what is in it: ["map", [[KEY, VALUE], ...]], ["list", [...]], ["string", "..."],
// ["int", "1"], ["float", "1.5"], ["bool", "true"], ["null", ""], ["error", "..."] or ["other", "..."].
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	v2 "go.yaml.in/yaml/v2"
	v3 "go.yaml.in/yaml/v3"
)

type pair [2]any

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var text string
		if err := json.Unmarshal(in.Bytes(), &text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := out.Encode(map[string]any{"v2": second(text), "v3": third(text)}); err != nil {
			os.Exit(1)
		}
	}
}

// second reads with version 2, which has the types of YAML 1.1.
func second(text string) any {
	var read v2.MapSlice
	if err := v2.UnmarshalStrict([]byte(text), &read); err != nil {
		return pair{"error", err.Error()}
	}
	return told(read)
}

// third reads with version 3, which has those of YAML 1.2 for the most part.
func third(text string) any {
	var read v3.Node
	if err := v3.Unmarshal([]byte(text), &read); err != nil {
		return pair{"error", err.Error()}
	}
	return node(&read)
}

func node(one *v3.Node) any {
	switch one.Kind {
	case v3.DocumentNode:
		return node(one.Content[0])
	case v3.MappingNode:
		pairs := []any{}
		for i := 0; i+1 < len(one.Content); i += 2 {
			pairs = append(pairs, pair{node(one.Content[i]), node(one.Content[i+1])})
		}
		return pair{"map", pairs}
	case v3.SequenceNode:
		items := []any{}
		for _, each := range one.Content {
			items = append(items, node(each))
		}
		return pair{"list", items}
	}
	var value any
	if err := one.Decode(&value); err != nil {
		return pair{"error", err.Error()}
	}
	return told(value)
}

func told(value any) any {
	switch one := value.(type) {
	case v2.MapSlice:
		pairs := []any{}
		for _, each := range one {
			pairs = append(pairs, pair{told(each.Key), told(each.Value)})
		}
		return pair{"map", pairs}
	case []any:
		items := []any{}
		for _, each := range one {
			items = append(items, told(each))
		}
		return pair{"list", items}
	case string:
		return pair{"string", one}
	case int, int64, uint64:
		return pair{"int", fmt.Sprint(one)}
	case float64:
		return pair{"float", strconv.FormatFloat(one, 'g', -1, 64)}
	case bool:
		return pair{"bool", strconv.FormatBool(one)}
	case nil:
		return pair{"null", ""}
	}
	return pair{"other", fmt.Sprintf("%T", value)}
}
