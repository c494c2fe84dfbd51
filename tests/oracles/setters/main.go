// Command setters writes the tags of image policies to the files of a folder, by the real code of
// image-automation-controller.
//
// Its argument is the folder; it reads the policies as one JSON list, [{"namespace": "flux-system", "name": "web",
// "image": "example/web", "tag": "1.2.4"}], changes the files in place, and prints the changed ones as a JSON list.
//
// With the argument kustomizations before the folder, it writes tags to kustomizations as Argo CD Image Updater does
// (kustomizations.go).
//
// The module has a path below the controller's, so that Go's rule of internal packages permits the import.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/go-logr/logr"

	"github.com/fluxcd/image-automation-controller/internal/update"
	imagev1 "github.com/fluxcd/image-reflector-controller/api/v1"
)

type selected struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Image     string `json:"image"`
	Tag       string `json:"tag"`
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "kustomizations" {
		if err := writeKustomizations(os.Args[2]); err != nil {
			fail(err)
		}
		return
	}
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: setters FOLDER <POLICIES"))
	}
	var asked []selected
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail(err)
	}
	var policies []imagev1.ImagePolicy
	for _, one := range asked {
		policy := imagev1.ImagePolicy{}
		policy.Namespace, policy.Name = one.Namespace, one.Name
		policy.Status.LatestRef = &imagev1.ImageRef{Name: one.Image, Tag: one.Tag}
		policies = append(policies, policy)
	}
	result, err := update.UpdateWithSetters(logr.Discard(), os.Args[1], os.Args[1], policies)
	if err != nil {
		fail(err)
	}
	changed := []string{}
	for file := range result.FileChanges {
		changed = append(changed, file)
	}
	slices.Sort(changed)
	if err := json.NewEncoder(os.Stdout).Encode(changed); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "setters:", err)
	os.Exit(2)
}
