package trillianlog

import (
	"context"
	"log/slog"
	"sync"

	"k8s.io/klog/v2"
)

// klogSet makes the process's one klog ours once. Setting it while something
// logs is a race, so a second setting is never made.
var klogSet sync.Once

// quieten sends what Trillian logs to log: errors as errors, all else for those
// who debug, because klog does not hand on the difference between a warning and
// a progress report. As it comes klog writes to standard error and, told not to,
// into files of the system's temporary folder.
func quieten(log *slog.Logger) {
	klogSet.Do(func() {
		handler := slog.DiscardHandler
		if log != nil {
			handler = log.Handler()
		}
		klog.SetSlogLogger(slog.New(lowered{handler.WithAttrs([]slog.Attr{slog.String("library", "trillian")})}))
	})
}

// lowered passes errors on and makes all else debugging messages.
type lowered struct{ slog.Handler }

func (l lowered) Enabled(ctx context.Context, level slog.Level) bool {
	return l.Handler.Enabled(ctx, lower(level))
}

func (l lowered) Handle(ctx context.Context, record slog.Record) error {
	record.Level = lower(record.Level)
	return l.Handler.Handle(ctx, record)
}

func (l lowered) WithAttrs(attrs []slog.Attr) slog.Handler {
	return lowered{l.Handler.WithAttrs(attrs)}
}
func (l lowered) WithGroup(name string) slog.Handler { return lowered{l.Handler.WithGroup(name)} }

func lower(level slog.Level) slog.Level {
	if level >= slog.LevelError {
		return level
	}
	return slog.LevelDebug
}
