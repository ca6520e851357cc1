package api

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
)

const actorKey = "custos.actor"

// numbered gives each request an id of its own making. One that came with the request
// would stand in the log, and could hold anything.
func numbered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, rand.Text())
		return next(c)
	}
}

// who lets only known users through and remembers who asks, and in which role.
func (s *Server) who(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := s.known(c.Request().Context(), c.Request().Header.Get(echo.HeaderAuthorization))
		if err != nil {
			return err
		}
		c.Set(actorKey, custody.Actor{ID: id, Role: c.Request().Header.Get("Custos-Role")})
		return next(c)
	}
}

func actorOf(c echo.Context) custody.Actor {
	actor, _ := c.Get(actorKey).(custody.Actor)
	return actor
}

// panicked is a panic of a handler: where it was, and nothing of what it said or held.
type panicked struct {
	kind  string // type of its value
	stack string
}

// Error names the kind of panic.
func (p *panicked) Error() string { return "panic: " + p.kind }

// stackOf is the calls under way, each as its function, file and line.
// Shape: innermost first. Arguments are left out: they may hold what a case holds.
func stackOf() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var lines []string
	for {
		f, more := frames.Next()
		lines = append(lines, fmt.Sprintf("%s (%s:%d)", f.Function, filepath.Base(f.File), f.Line))
		if !more {
			return strings.Join(lines, "; ")
		}
	}
}

// recovered turns a panic into an internal fault, except the one by which a
// handler breaks a connection off.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if fault, ok := r.(error); ok && errors.Is(fault, http.ErrAbortHandler) {
					panic(r)
				}
				err = &panicked{fmt.Sprintf("%T", r), stackOf()}
			}
		}()
		return next(c)
	}
}

// faultAttrs names the kind of fault, never its text: that may quote a file. Of a panic it
// says where it was.
func faultAttrs(id string, err error) []any {
	attrs := []any{slog.String("request_id", id), slog.String("fault", fmt.Sprintf("%T", err))}
	var p *panicked
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("panic", p.kind), slog.String("stack", p.stack))
	}
	return attrs
}

// tilesFS serves plain files of the public folder and lists no folder.
func tilesFS(dir string) fs.FS { return onlyFiles{os.DirFS(dir)} }

type onlyFiles struct{ fs.FS }

// Open opens a public file. Errors: fs.ErrNotExist for folders and hidden names.
func (o onlyFiles) Open(name string) (fs.File, error) {
	if strings.Contains("/"+name, "/.") {
		return nil, fs.ErrNotExist
	}
	f, err := o.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, fs.ErrNotExist
	}
	return f, nil
}
