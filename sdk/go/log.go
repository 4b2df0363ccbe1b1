package metawasm

import "fmt"

// Level is the level of a line of the log.
type Level uint32

// The levels of wit/hook.wit.
const (
	LevelDebug Level = iota
	LevelInfo
	LevelWarn
	LevelError
)

func (l Level) String() string {
	return [...]string{"debug", "info", "warn", "error"}[l]
}

// Debugf writes a line of the plugin's log. The host adds the plugin, the hook and the parent.
func Debugf(format string, values ...any) { logLine(LevelDebug, fmt.Sprintf(format, values...)) }

// Infof writes a line of the level info.
func Infof(format string, values ...any) { logLine(LevelInfo, fmt.Sprintf(format, values...)) }

// Warnf writes a line of the level warn.
func Warnf(format string, values ...any) { logLine(LevelWarn, fmt.Sprintf(format, values...)) }

// Errorf writes a line of the level error. It does not make the hook fail: return an error for that.
func Errorf(format string, values ...any) { logLine(LevelError, fmt.Sprintf(format, values...)) }
