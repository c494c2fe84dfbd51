// Command flux1 says which tag Flux v1 deploys of a list, by its real code.
//
// It reads a request a line, {"pattern": "glob:main-*", "current": "main-1", "tags": [{"tag": "main-2", "time": 5}]}; a
// time is in seconds, 0 for none. It answers each with a line, {"ranked": ["main-2"], "winner": "main-2"}. The conditions
// under which a container is skipped are those of pkg/daemon/images.go, which the daemon alone can run. With the argument
// load it says what Flux reads of manifests (load.go).
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/fluxcd/flux/pkg/image"
	"github.com/fluxcd/flux/pkg/policy"
	"github.com/fluxcd/flux/pkg/update"
)

const maxLine = 1 << 20

type tag struct {
	Tag  string `json:"tag"`
	Time int64  `json:"time"`
}

type request struct {
	Pattern string `json:"pattern"`
	Current string `json:"current"`
	Tags    []tag  `json:"tags"`
}

type response struct {
	Ranked []string `json:"ranked"`
	Winner string   `json:"winner"`
	Valid  bool     `json:"valid"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	respond := choose
	if len(os.Args) > 1 && os.Args[1] == "load" {
		respond = load
	}
	for lines.Scan() {
		found, err := respond(lines.Bytes())
		if err == nil {
			err = encoder.Encode(found)
		}
		if err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "flux1:", err)
	os.Exit(2)
}

func choose(line []byte) (any, error) {
	var asked request
	err := json.Unmarshal(line, &asked)
	return answer(asked), err
}

func answer(asked request) response {
	name := image.Name{Domain: "example.org", Image: "app"}
	metadata := image.RepositoryMetadata{Images: map[string]image.Info{}}
	for _, one := range asked.Tags {
		info := image.Info{ID: name.ToRef(one.Tag)}
		if one.Time != 0 {
			info.CreatedAt = time.Unix(one.Time, 0).UTC()
		}
		metadata.Tags = append(metadata.Tags, one.Tag)
		metadata.Images[one.Tag] = info
	}
	pattern := policy.NewPattern(asked.Pattern)
	found := response{Ranked: []string{}, Valid: pattern.Valid()}
	images, err := update.FilterAndSortRepositoryMetadata(metadata, pattern)
	if err != nil {
		return found
	}
	for _, one := range images {
		found.Ranked = append(found.Ranked, one.ID.Tag)
	}
	latest, ok := images.Latest()
	if !ok {
		return found
	}
	current := metadata.FindImageWithRef(name.ToRef(asked.Current))
	known := !current.CreatedAt.IsZero() && !latest.CreatedAt.IsZero()
	if latest.ID == current.ID || !pattern.RequiresTimestamp() || known {
		found.Winner = latest.ID.Tag
	}
	return found
}
