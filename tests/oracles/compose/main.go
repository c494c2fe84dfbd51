// Reads a JSON text with a Compose file from each line of stdin, and writes a line with its services as Docker
// Compose has them, without any variable of an environment, or why it refuses the file.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

type answer struct {
	Services types.Services `json:"services,omitempty"`
	Error    string         `json:"error,omitempty"`
}

func loaded(text string) (out answer) {
	defer func() {
		if found := recover(); found != nil {
			out = answer{Error: fmt.Sprint(found)}
		}
	}()
	details := types.ConfigDetails{
		WorkingDir:  "/srv",
		ConfigFiles: []types.ConfigFile{{Filename: "/srv/compose.yaml", Content: []byte(text)}},
		Environment: map[string]string{},
	}
	project, err := loader.LoadWithContext(context.Background(), details, func(options *loader.Options) {
		options.SetProjectName("project", true)
		options.SkipConsistencyCheck = true
		options.SkipResolveEnvironment = true
		options.ResolvePaths = false
	})
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Services: project.Services}
}

func main() {
	logrus.SetOutput(io.Discard)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			panic(err)
		}
		if err := out.Encode(loaded(text)); err != nil {
			panic(err)
		}
	}
}
