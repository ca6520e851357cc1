package api

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
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

// recovered turns a panic into an internal fault, except the one by which a
// handler breaks a connection off.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if fault, ok := r.(error); ok && errors.Is(fault, http.ErrAbortHandler) {
					panic(r)
				}
				err = fmt.Errorf("panic: %v", r)
			}
		}()
		return next(c)
	}
}

// faultAttrs names the kind of fault, never its text: that may quote a file.
func faultAttrs(id string, err error) []any {
	return []any{slog.String("request_id", id), slog.String("fault", fmt.Sprintf("%T", err))}
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
