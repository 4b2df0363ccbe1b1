package metawasm

import (
	"errors"
	"fmt"
)

type kind uint32

const (
	kindInvalid kind = iota
	kindRetryLater
	kindInternal
)

type failure struct {
	kind    kind
	seconds uint32
	text    string
}

func (f *failure) Error() string { return f.text }

// What tests ask for: errors.Is(err, metawasm.ErrInvalid).
var (
	// ErrInvalid is the kind of errors of [Invalid].
	ErrInvalid = errors.New("invalid")
	// ErrRetryLater is the kind of errors of [RetryLater].
	ErrRetryLater = errors.New("retry later")
)

// Is tells the kinds apart.
func (f *failure) Is(target error) bool {
	return target == ErrInvalid && f.kind == kindInvalid || target == ErrRetryLater && f.kind == kindRetryLater
}

// Invalid returns an error that the author of the parent can correct. It becomes an Event on the parent. Write one
// sentence, with the path of the field.
func Invalid(format string, values ...any) error {
	return &failure{kind: kindInvalid, text: fmt.Sprintf(format, values...)}
}

// RetryLater returns an error that goes away by itself. Metacontroller calls the hook again after some seconds, from 1
// to 3600.
func RetryLater(seconds uint32, format string, values ...any) error {
	return &failure{kind: kindRetryLater, seconds: seconds, text: fmt.Sprintf(format, values...)}
}

// failureOf returns what the host gets for an error. An error that is neither [Invalid] nor [RetryLater], nor wraps
// one, is a bug in the plugin.
func failureOf(err error) *failure {
	var known *failure
	if errors.As(err, &known) {
		// With what wraps it: it says where.
		return &failure{kind: known.kind, seconds: known.seconds, text: err.Error()}
	}
	return &failure{kind: kindInternal, text: err.Error()}
}
