//go:build !wasip1

package metawasm

import (
	"fmt"
	"os"
)

// Call calls a hook that is set as the host calls it, with the JSON of a request and of settings. It is for tests and
// servers: a plugin does not have it.
func Call(hook Hook, request, settings []byte) ([]byte, error) {
	response, failure := run(hook, request, settings)
	if failure != nil {
		return nil, failure
	}
	return response, nil
}

// In tests, lines of the log go to standard error.
func logLine(level Level, text string) {
	fmt.Fprintf(os.Stderr, "%s: %s\n", level, text)
}
