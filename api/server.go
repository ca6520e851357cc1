// Package api owns the HTTP face of custos: each handler decodes a request,
// makes one call to custody.Service and encodes the answer.
//
// It holds no rule of its own: who may do what is decided by the policy behind
// the service. It never speaks SQL, and no number, name or file name of a case
// appears in a URL or in its log.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"custos.example/api/signon"
	"custos.example/custody"
)

// limits of what a client may send.
const (
	maxDocument = "1M" // a JSON request
	maxUpload   = "4G" // an operator's return
	readHeader  = 10 * time.Second
	idle        = 2 * time.Minute
	grace       = time.Minute
)

// Config is what a Server needs.
type Config struct {
	Service  *custody.Service
	Tokens   *Tokens
	SignOn   *signon.Provider  // whose tokens are taken beside those; nil = nobody's
	Exchange *custody.Exchange // where people who keep their key sign; nil = nobody does
	Tiles    string            // folder of the public checkpoint and tiles; empty = not served
	// Trust writes the list of trusted keys anew, for those who check, when a key has changed
	// here; nil = nobody does. One call is under way at a time.
	Trust func(context.Context) error
	// Quiet is for a log that is published on a beat: nothing else that anybody may ask
	// for tells how long it is.
	Quiet bool
	Log   *slog.Logger
}

// Server answers HTTP requests.
type Server struct {
	service  *custody.Service
	tokens   *Tokens
	signOn   *signon.Provider
	exchange *custody.Exchange
	trust    func(context.Context) error
	trusting sync.Mutex // held while trust writes
	log      *slog.Logger
	quiet    bool
	silence  time.Duration // of a sender, before its request ends
	grace    time.Duration // for requests that still run when it stops
	echo     *echo.Echo
}

// New returns a server with every route in place; it does not listen yet.
func New(c Config) *Server {
	s := &Server{
		service: c.Service, tokens: c.Tokens, signOn: c.SignOn, exchange: c.Exchange, trust: c.Trust, log: c.Log, quiet: c.Quiet,
		silence: silence, grace: grace, echo: echo.New(),
	}
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.fail
	e.Use(numbered, recovered, middleware.Secure(), s.heard)
	e.GET("/healthz", s.health)
	if c.Tiles != "" {
		public := http.StripPrefix("/", http.FileServerFS(tilesFS(c.Tiles)))
		e.GET("/checkpoint", echo.WrapHandler(public))
		e.GET("/tile/*", echo.WrapHandler(public))
	}
	e.GET("/templates/authorities/:route", s.authorityTemplate)
	e.GET("/templates/applications", s.applicationTemplate)
	v1 := e.Group("/v1", s.who, reserved)
	document := middleware.BodyLimit(maxDocument)
	v1.POST("/cases", decoded(s.openCase), document)
	v1.POST("/cases/:case/authorities", decoded(s.recordAuthority), document)
	v1.GET("/cases/:case/authorities", s.authorities)
	v1.GET("/cases/:case/authorities/:authority", s.authority)
	v1.POST("/cases/:case/authorities/:authority/renewals", decoded(s.renewAuthority), document)
	v1.POST("/cases/:case/authorities/:authority/cancellations", decoded(s.cancelAuthority), document)
	v1.POST("/cases/:case/authorities/:authority/checks", decoded(s.checkAuthority), document)
	v1.POST("/cases/:case/grants", decoded(s.grantAuthority), document)
	v1.GET("/cases/:case/applications", s.applications)
	v1.POST("/cases/:case/applications", decoded(s.recordApplication), document)
	v1.POST("/cases/:case/imports", s.importSource, middleware.BodyLimit(maxUpload))
	v1.POST("/cases/:case/evidence/:evidence/datasets", decoded(s.normalise), document)
	v1.POST("/cases/:case/runs", decoded(s.run), document)
	v1.POST("/cases/:case/exhibits", decoded(s.produce), document)
	v1.POST("/cases/:case/exhibits/:exhibit/checks", decoded(s.check), document)
	v1.POST("/cases/:case/exhibits/:exhibit/bundles", decoded(s.bundle), document)
	v1.POST("/cases/:case/exhibits/:exhibit/comparisons", decoded(s.compare), document)
	v1.POST("/cases/:case/data/:data/rows", decoded(s.readRows), document)
	v1.GET("/cases/:case/permissions", s.listPermissions)
	v1.POST("/cases/:case/permissions", decoded(s.askPermission), document)
	v1.POST("/cases/:case/permissions/:request/decisions", decoded(s.decidePermission), document)
	v1.GET("/cases/:case/affected", s.affected)
	v1.GET("/affected", s.affected)
	s.decisionRoutes(v1, document)
	s.identityRoutes(v1, document)
	s.errorRoutes(v1, document)
	s.copyRoutes(v1, document)
	s.kioskRoutes(e, v1, document)
	s.selectionRoutes(v1, document)
	s.deliverRoutes(v1, document)
	s.uploadRoutes(v1, document)
	s.itemRoutes(v1, document)
	s.disclosureRoutes(v1, document)
	s.retentionRoutes(v1, document)
	s.sharingRoutes(v1, document)
	s.reportRoutes(v1, document)
	s.submissionRoutes(v1, document)
	s.disposalRoutes(v1, document)
	s.registerRoutes(v1, document)
	s.releaseRoutes(e, v1, document)
	v1.POST("/keys/replacements", decoded(s.replaceKey), document)
	v1.GET("/signatures/next", s.nextSignature)
	v1.POST("/signatures/:id", decoded(s.giveSignature), document)
	return s
}

// Handler returns the routes, for a listener of the caller's choice.
func (s *Server) Handler() http.Handler { return s.echo }

// Serve answers on a listener until ctx ends, then lets running requests finish.
// Trust: who may reach the listener, and whether it speaks TLS, is its maker's affair.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	srv := &http.Server{
		Handler: s.echo, ReadHeaderTimeout: readHeader, IdleTimeout: idle, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.grace)
		defer cancel()
		err := srv.Shutdown(ending)
		if err != nil { // what still runs is cut off, before the record is closed under it
			err = errors.Join(fmt.Errorf("requests that still ran after %s were cut off: %w", s.grace, err), srv.Close())
		}
		if e := <-done; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
		return err
	}
}

// health says that the process answers and, unless that is told on a beat only, how long
// the log is.
func (s *Server) health(c echo.Context) error {
	size, err := s.service.Store.Size(c.Request().Context())
	if s.quiet {
		return answered(c, map[string]any{"status": "ok"}, err)
	}
	return answered(c, map[string]any{"status": "ok", "size": size}, err)
}
