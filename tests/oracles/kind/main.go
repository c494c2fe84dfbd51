// Command kind says what kind does with a cluster configuration, by its own decoder and validation.
//
// It reads {"config": TEXT} from each line, and answers with a line {"error": MESSAGE}, "" if kind takes it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"unsafe"

	_ "sigs.k8s.io/kind/pkg/cluster" // links the packages of the functions below, which nobody else may import
)

// The first result is a cluster, of a type that is private to kind.
//
//go:linkname parse sigs.k8s.io/kind/pkg/internal/apis/config/encoding.Parse
func parse(raw []byte) (unsafe.Pointer, error)

//go:linkname setDefaults sigs.k8s.io/kind/pkg/internal/apis/config.SetDefaultsCluster
func setDefaults(cluster unsafe.Pointer)

//go:linkname validate sigs.k8s.io/kind/pkg/internal/apis/config.(*Cluster).Validate
func validate(cluster unsafe.Pointer) error

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var request struct{ Config string }
		if err := json.Unmarshal(in.Bytes(), &request); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		told := ""
		if err := check(request.Config); err != nil {
			told = err.Error()
		}
		if err := out.Encode(map[string]string{"error": told}); err != nil {
			os.Exit(1)
		}
	}
}

func check(text string) error {
	cluster, err := parse([]byte(text))
	if err != nil {
		return err
	}
	setDefaults(cluster) // as fixupOptions of kind create cluster
	return validate(cluster)
}
