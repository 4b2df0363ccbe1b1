//go:build metawasm_customize || !wasip1

package metawasm

// Customize sets the hook `customize`. Call it in a function init of package main.
//
// `metawasm build` looks for the words `metawasm.Customize(` in the files of package main, and exports the hook if it finds
// them.
func Customize[S any](hook func(Request, S) (Customization, error)) {
	set("customize", hook)
}
