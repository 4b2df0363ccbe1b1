// Command jsonnet runs hooks written for jsonnetd. It reads lines {"file", "request"} and prints lines {"status", "body"}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-jsonnet"
)

type call struct {
	File    string          `json:"file"`
	Request json.RawMessage `json:"request"`
}

type answer struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// evaluate passes the request as jsonnetd does: as the top-level argument `request`.
func evaluate(c call) answer {
	code, err := os.ReadFile(c.File)
	if err == nil {
		vm := jsonnet.MakeVM()
		vm.TLACode("request", string(c.Request))
		vm.Importer(&jsonnet.FileImporter{JPaths: []string{filepath.Dir(c.File)}})
		var text string
		text, err = vm.EvaluateAnonymousSnippet(filepath.Base(c.File), string(code))
		if err == nil {
			return answer{200, json.RawMessage(text)}
		}
	}
	text, _ := json.Marshal(err.Error())
	return answer{500, text}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var c call
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := out.Encode(evaluate(c)); err != nil {
			os.Exit(1)
		}
	}
}
