// Command flux2 says which tag an ImagePolicy deploys, by the real code of image-reflector-controller.
//
// It reads a request a line, {"order": "semver", "range": "~1.2", "pattern": "", "extract": "", "desc": false, "tags":
// ["1.2.3"]}, and answers each with a line, {"winner": "1.2.3", "failure": ""}. As in the controller, tags are sorted
// in descending order first. A result may be left to chance by the order of Go's maps: with "tries" the policy is
// applied as often, and "winners" has all results.
//
// The module has a path below the controller's, so that Go's rule of internal packages permits the import.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	imagev1 "github.com/fluxcd/image-reflector-controller/api/v1"
	"github.com/fluxcd/image-reflector-controller/internal/policy"
)

const maxLine = 1 << 20

type request struct {
	Order   string   `json:"order"`
	Range   string   `json:"range"`
	Pattern string   `json:"pattern"`
	Extract string   `json:"extract"`
	Desc    bool     `json:"desc"`
	Tags    []string `json:"tags"`
	Tries   int      `json:"tries"`
}

type response struct {
	Winners []string `json:"winners"`
	Failure string   `json:"failure"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fail(err)
		}
		answer := response{Winners: []string{}}
		for range max(asked.Tries, 1) {
			winner, err := apply(asked)
			if err != nil {
				answer.Failure = err.Error()
			} else if !slices.Contains(answer.Winners, winner) {
				answer.Winners = append(answer.Winners, winner)
			}
		}
		if err := encoder.Encode(answer); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "flux2:", err)
	os.Exit(2)
}

// apply does what the reconcilers of ImageRepository and ImagePolicy do with a list of tags.
func apply(asked request) (string, error) {
	order := "asc"
	if asked.Desc {
		order = "desc"
	}
	var choice imagev1.ImagePolicyChoice
	switch asked.Order {
	case "semver":
		choice.SemVer = &imagev1.SemVerPolicy{Range: asked.Range}
	case "numerical":
		choice.Numerical = &imagev1.NumericalPolicy{Order: order}
	case "alphabetical":
		choice.Alphabetical = &imagev1.AlphabeticalPolicy{Order: order}
	}
	policer, err := policy.PolicerFromSpec(choice)
	if err != nil {
		return "", err
	}
	tags := slices.Clone(asked.Tags)
	slices.SortStableFunc(tags, func(a, b string) int { return -strings.Compare(a, b) })
	if asked.Pattern == "" {
		return policer.Latest(tags)
	}
	filter, err := policy.NewRegexFilter(asked.Pattern, asked.Extract)
	if err != nil {
		return "", err
	}
	filter.Apply(tags)
	winner, err := policer.Latest(filter.Items())
	if err != nil {
		return "", err
	}
	return filter.GetOriginalTag(winner), nil
}
