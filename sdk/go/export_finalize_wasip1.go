//go:build metawasm_finalize

package metawasm

import "unsafe"

//go:wasmexport metawasm:hook/finalize@0.1.0#finalize
func exportFinalize(request unsafe.Pointer, requestSize uint32, settings unsafe.Pointer, settingsSize uint32) unsafe.Pointer {
	return export("finalize", request, requestSize, settings, settingsSize)
}
