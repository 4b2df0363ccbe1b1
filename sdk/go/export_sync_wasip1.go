//go:build metawasm_sync

package metawasm

import "unsafe"

//go:wasmexport metawasm:hook/sync@0.1.0#sync
func exportSync(request unsafe.Pointer, requestSize uint32, settings unsafe.Pointer, settingsSize uint32) unsafe.Pointer {
	return export("sync", request, requestSize, settings, settingsSize)
}
