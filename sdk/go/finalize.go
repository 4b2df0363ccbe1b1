//go:build metawasm_finalize || !wasip1

package metawasm

// Finalize sets the hook `finalize`. Call it in a function init of package main.
//
// `metawasm build` looks for the words `metawasm.Finalize(` in the files of package main, and exports the hook if it finds
// them.
func Finalize[S any](hook func(Request, S) (Response, error)) {
	set("finalize", hook)
}
