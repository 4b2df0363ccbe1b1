//go:build metawasm_sync || !wasip1

package metawasm

// Sync sets the hook `sync`. Call it in a function init of package main.
//
// `metawasm build` looks for the words `metawasm.Sync(` in the files of package main, and exports the hook if it finds
// them.
func Sync[S any](hook func(Request, S) (Response, error)) {
	set("sync", hook)
}
