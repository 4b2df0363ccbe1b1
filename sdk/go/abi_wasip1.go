package metawasm

import (
	"runtime/debug"
	"unsafe"
)

// The interface of wit/hook.wit, as the component model passes strings and results.

//go:wasmimport metawasm:hook/logging@0.1.0 log
func hostLog(level uint32, text unsafe.Pointer, size uint32)

func init() {
	// A call has an instance of its own, which is thrown away: little garbage is worth a collection.
	debug.SetGCPercent(400)
}

func logLine(level Level, text string) {
	hostLog(uint32(level), unsafe.Pointer(unsafe.StringData(text)), uint32(len(text)))
}

// The memory that the host writes arguments to. It is reachable here until the call is over.
var arguments [][]byte

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	// Go aligns memory of eight bytes and more to eight bytes.
	memory := make([]byte, max(size, 8))
	if old != nil {
		copy(memory, unsafe.Slice((*byte)(old), oldSize))
	}
	arguments = append(arguments, memory)
	return unsafe.Pointer(unsafe.SliceData(memory))
}

// text is the address and the size of a string that the host reads. Pointers of Go have eight bytes, the host's four.
type text struct{ start, size uint32 }

// lower keeps the string reachable until the next call.
func lower(s string) text {
	returnedText = s
	return text{uint32(uintptr(unsafe.Pointer(unsafe.StringData(s)))), uint32(len(s))}
}

// answer is `result<string, failure>`.
type answer struct {
	failed uint32
	// The answer, or the kind of the failure and then its fields.
	fields [4]uint32
}

// What the host reads after a hook has returned. Globals keep the strings reachable.
var (
	returned     answer
	returnedText string
	described    text
)

//go:wasmexport metawasm:hook/describe@0.1.0#describe
func exportDescribe() unsafe.Pointer {
	described = lower(describe())
	return unsafe.Pointer(&described)
}

func export(hook Hook, request unsafe.Pointer, requestSize uint32, settings unsafe.Pointer, settingsSize uint32) unsafe.Pointer {
	response, failure := run(
		hook,
		unsafe.Slice((*byte)(request), requestSize),
		unsafe.Slice((*byte)(settings), settingsSize),
	)
	switch {
	case failure == nil:
		text := lower(string(response))
		returned = answer{0, [4]uint32{text.start, text.size}}
	case failure.kind == kindRetryLater:
		text := lower(failure.text)
		returned = answer{1, [4]uint32{uint32(failure.kind), failure.seconds, text.start, text.size}}
	default:
		text := lower(failure.text)
		returned = answer{1, [4]uint32{uint32(failure.kind), text.start, text.size}}
	}
	return unsafe.Pointer(&returned)
}
