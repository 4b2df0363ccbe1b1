//go:build !wasip1

package metawasm

import (
	"fmt"
	"os"
)

// In tests, lines of the log go to standard error.
func logLine(level Level, text string) {
	fmt.Fprintf(os.Stderr, "%s: %s\n", level, text)
}
