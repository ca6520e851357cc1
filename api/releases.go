package api

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
)

// releaseRoutes are the ways to the policy releases. Which rules decide, and their
// text, is open to all: they hold nothing of a case, and whoever is refused, or
// checks a decision, may read them. Who wrote and approved them is not shown here.
func (s *Server) releaseRoutes(open *echo.Echo, known *echo.Group, document echo.MiddlewareFunc) {
	open.GET("/policy/releases", s.releases)
	open.GET("/policy/releases/:release", s.releaseText)
	known.POST("/policy/releases", decoded(s.proposeRelease), document)
	known.POST("/policy/releases/:release/approvals", decoded(s.approveRelease), document)
	known.POST("/policy/releases/:release/publications", decoded(s.publishRelease), document)
}

type releasesDocument struct {
	Releases []releaseElement `json:"releases"`
}

type releaseElement struct {
	Release   ledger.Digest  `json:"release"`
	Name      string         `json:"name"`
	InForce   bool           `json:"inForce"`
	Approvals int            `json:"approvals"` // that count towards the next time
	Forces    []forceElement `json:"forces"`
}

// forceElement is a time in which a release was in force.
// Shape: until is absent while it lasts; index is where in the log it began, and absent
// where nothing but a beat tells how long the log is.
type forceElement struct {
	From  ledger.Time  `json:"from"`
	Until *ledger.Time `json:"until,omitempty"`
	Index *uint64      `json:"index,omitempty"`
}

type proposeDocument struct {
	askDocument
	Name string `json:"name"`
	Text string `json:"text"` // as custos policy export --text writes it
}

type proposedDocument struct {
	Release ledger.Digest `json:"release"`
	Proof   proofElement  `json:"proof"`
}

func (s *Server) releases(c echo.Context) error {
	all, err := s.service.Releases().List(c.Request().Context())
	if err != nil {
		return err
	}
	answer := releasesDocument{[]releaseElement{}}
	for _, r := range all {
		element := releaseElement{Release: r.Release, Name: r.Name, InForce: r.InForce, Forces: []forceElement{}}
		for _, a := range r.Approved {
			if a.Counts {
				element.Approvals++
			}
		}
		for _, f := range r.Forces {
			force := forceElement{From: f.From}
			if index := uint64(f.Index); !s.quiet {
				force.Index = &index
			}
			if !f.Until.IsZero() {
				force.Until = &f.Until
			}
			element.Forces = append(element.Forces, force)
		}
		answer.Releases = append(answer.Releases, element)
	}
	return c.JSON(http.StatusOK, answer)
}

// releaseOf returns the release that the path names.
func releaseOf(c echo.Context) (ledger.Digest, error) {
	release, err := ledger.ParseDigest(c.Param("release"))
	if err != nil {
		return release, fmt.Errorf("a policy release is named by the 64 digits of its SHA-256: %w", custody.ErrNotFound)
	}
	return release, nil
}

func (s *Server) releaseText(c echo.Context) error {
	release, err := releaseOf(c)
	if err != nil {
		return err
	}
	text, err := s.service.Releases().Text(c.Request().Context(), release)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMETextPlainCharsetUTF8, text)
}

func (s *Server) proposeRelease(c echo.Context, d proposeDocument) error {
	proposed, err := s.service.Releases().Propose(c.Request().Context(), actorOf(c), custody.ProposeRelease{Ask: d.ask(), Name: d.Name, Text: []byte(d.Text)})
	return created(c, proposedDocument{proposed.Release, proof(proposed.Proof)}, err)
}

func (s *Server) approveRelease(c echo.Context, d askDocument) error {
	return s.releaseStep(c, d, func(ask custody.Ask, release ledger.Digest) (custody.Proof, error) {
		return s.service.Releases().Approve(c.Request().Context(), actorOf(c), custody.ApproveRelease{Ask: ask, Release: release})
	})
}

func (s *Server) publishRelease(c echo.Context, d askDocument) error {
	return s.releaseStep(c, d, func(ask custody.Ask, release ledger.Digest) (custody.Proof, error) {
		return s.service.Releases().Publish(c.Request().Context(), actorOf(c), custody.PublishRelease{Ask: ask, Release: release})
	})
}

// releaseStep takes the release that the path names one step further.
func (s *Server) releaseStep(c echo.Context, d askDocument, do func(custody.Ask, ledger.Digest) (custody.Proof, error)) error {
	release, err := releaseOf(c)
	if err != nil {
		return err
	}
	done, err := do(d.ask(), release)
	return created(c, proposedDocument{release, proof(done)}, err)
}
