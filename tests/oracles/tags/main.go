// Command tags says of tag policies what the code that Flux links says of them: ranges of versions in the two releases
// of Masterminds/semver, globs by go-glob, and Go's regular expressions.
//
// It reads a request a line, {"method": "semver-3.1.1", "pattern": "~1.2", "tags": ["1.2.3"]}, and answers each with a
// line, {"valid": true, "takes": [true]}. Methods are semver-3.1.1, semver-3.5.0, glob and regexp. A tag that is no
// version is not taken.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"regexp"

	v1 "fluxv1.invalid/semver/v3"
	v2 "fluxv2.invalid/semver/v3"
	"github.com/ryanuber/go-glob"
)

const maxLine = 1 << 20

type request struct {
	Method  string   `json:"method"`
	Pattern string   `json:"pattern"`
	Tags    []string `json:"tags"`
}

type response struct {
	Valid bool   `json:"valid"`
	Takes []bool `json:"takes"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, "tags:", err)
			os.Exit(2)
		}
		takes, valid := matcher(asked.Method, asked.Pattern)
		answer := response{Valid: valid, Takes: []bool{}}
		for _, tag := range asked.Tags {
			answer.Takes = append(answer.Takes, valid && takes(tag))
		}
		if err := encoder.Encode(answer); err != nil {
			fmt.Fprintln(os.Stderr, "tags:", err)
			os.Exit(2)
		}
		if err := out.Flush(); err != nil {
			os.Exit(2)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "tags:", err)
		os.Exit(2)
	}
}

// matcher returns what tells whether a tag is taken, and whether the pattern is valid at all.
func matcher(method, pattern string) (func(string) bool, bool) {
	switch method {
	case "semver-3.1.1":
		found, err := v1.NewConstraint(pattern)
		return func(tag string) bool {
			version, err := v1.NewVersion(tag)
			return err == nil && found.Check(version)
		}, err == nil
	case "semver-3.5.0":
		found, err := v2.NewConstraint(pattern)
		return func(tag string) bool {
			version, err := v2.NewVersion(tag)
			return err == nil && found.Check(version)
		}, err == nil
	case "regexp":
		found, err := regexp.Compile(pattern)
		return func(tag string) bool { return found.MatchString(tag) }, err == nil
	default:
		return func(tag string) bool { return glob.Glob(pattern, tag) }, true
	}
}
