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

// quieten sends what Trillian logs to log, warnings and errors only. As it comes
// klog writes to standard error and, told not to, into files of the system's
// temporary folder.
func quieten(log *slog.Logger) {
	klogSet.Do(func() {
		handler := slog.DiscardHandler
		if log != nil {
			handler = log.Handler()
		}
		klog.SetSlogLogger(slog.New(warnings{handler.WithAttrs([]slog.Attr{slog.String("library", "trillian")})}))
	})
}

// warnings passes on warnings and errors.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
