// Command operator answers questions about the resources of Prometheus Operator, with its own code and Prometheus'.
//
// It reads a request a line, and answers each with a line. "op" names the operation, each in a file of its own. An
// operation that refuses answers {"error": "..."}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type fields = map[string]any

// An operation reads its request and returns its answer, which is encoded as JSON.
type operation func(request json.RawMessage) (any, error)

// Every file adds its operations here, in its init function.
var operations = map[string]operation{}

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
	var asked struct {
		Op string `json:"op"`
	}
	if err := json.Unmarshal(line, &asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	run, known := operations[asked.Op]
	if !known {
		fmt.Fprintf(os.Stderr, "%q is not an operation\n", asked.Op)
		os.Exit(1)
	}
	found, err := guarded(run, line)
	if err != nil {
		return fields{"error": err.Error()}
	}
	return found
}

// guarded returns a panic as an error: of the operator, it would stop the reconciliation.
func guarded(run operation, line []byte) (found any, err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("panic: %v", why)
		}
	}()
	return run(line)
}
