//go:build metawasm_customize

package metawasm

import "unsafe"

//go:wasmexport metawasm:hook/customize@0.1.0#customize
func exportCustomize(request unsafe.Pointer, requestSize uint32, settings unsafe.Pointer, settingsSize uint32) unsafe.Pointer {
	return export("customize", request, requestSize, settings, settingsSize)
}
