package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

type grantDocument struct {
	askDocument
	Authority custody.AuthorityDocument `json:"authority"` // what it leaves out is taken from the application
}

type changeDocument struct {
	askDocument
	By  string      `json:"by"` // empty: whoever asks decides it, today
	On  policy.Date `json:"on"`
	Why string      `json:"why"`
}

type checkDocument struct {
	askDocument
	Return   returnElement `json:"return"`
	Importer string        `json:"importer"` // empty: whoever asks
}

type applicationDocument struct {
	askDocument
	Application custody.ApplicationDocument `json:"application"`
	Amends      *ledger.EntryID             `json:"amends"`
}

type appliedDocument struct {
	Application ledger.EntryID              `json:"application"`
	Lacks       []policy.ApplicationElement `json:"lacks"`
	Proof       proofElement                `json:"proof"`
}

// authorityOf returns the authority that the path names.
func authorityOf(c echo.Context) (ledger.EntryID, error) {
	id, err := ledger.ParseEntryID(c.Param("authority"))
	if err != nil {
		return id, custody.ErrNotFound
	}
	return id, nil
}

func (s *Server) authorities(c echo.Context) error {
	listed, err := s.service.Authorities().List(c.Request().Context(), actorOf(c), caseOf(c), custody.Ask{})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"authorities": listed})
}

func (s *Server) authority(c echo.Context) error {
	id, err := authorityOf(c)
	if err != nil {
		return err
	}
	found, err := s.service.Authorities().Read(c.Request().Context(), actorOf(c), caseOf(c), id, custody.Ask{})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, found)
}

func (s *Server) grantAuthority(c echo.Context) error {
	var d grantDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	granted, err := s.service.Authorities().Grant(c.Request().Context(), actorOf(c), custody.GrantAuthority{
		Ask: d.ask(), Case: caseOf(c), Document: d.Authority,
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, recordedDocument{granted.Authority, proof(granted.Proof)})
}

func (s *Server) renewAuthority(c echo.Context) error {
	change, err := changeOf(c)
	if err != nil {
		return err
	}
	renewed, err := s.service.Authorities().Renew(c.Request().Context(), actorOf(c), change)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, recordedDocument{renewed.Authority, proof(renewed.Proof)})
}

func (s *Server) cancelAuthority(c echo.Context) error {
	change, err := changeOf(c)
	if err != nil {
		return err
	}
	cancelled, err := s.service.Authorities().Cancel(c.Request().Context(), actorOf(c), change)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, recordedDocument{cancelled.Authority, proof(cancelled.Proof)})
}

// changeOf is the renewal or cancellation that a request describes.
func changeOf(c echo.Context) (custody.ChangeAuthority, error) {
	id, err := authorityOf(c)
	if err != nil {
		return custody.ChangeAuthority{}, err
	}
	var d changeDocument
	err = decode(c.Request().Body, &d)
	return custody.ChangeAuthority{Ask: d.ask(), Case: caseOf(c), Authority: id, By: d.By, On: d.On, Why: d.Why}, err
}

func (s *Server) checkAuthority(c echo.Context) error {
	id, err := authorityOf(c)
	if err != nil {
		return err
	}
	var d checkDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	checked, err := s.service.Authorities().Check(c.Request().Context(), actorOf(c), custody.CheckAuthority{
		Ask: d.ask(), Case: caseOf(c), Authority: id, Return: d.Return.given(), Importer: custody.Actor{ID: d.Importer},
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, checked)
}

func (s *Server) applications(c echo.Context) error {
	listed, err := s.service.Applications().List(c.Request().Context(), actorOf(c), caseOf(c), custody.Ask{})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"applications": listed})
}

func (s *Server) recordApplication(c echo.Context) error {
	var d applicationDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	recorded, err := s.service.Applications().Record(c.Request().Context(), actorOf(c), custody.RecordApplication{
		Ask: d.ask(), Case: caseOf(c), Document: d.Application, Amends: orZero(d.Amends),
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, appliedDocument{recorded.Application, recorded.Lacks, proof(recorded.Proof)})
}

// authorityTemplate shows nothing of any case: an authority with made-up values.
func (s *Server) authorityTemplate(c echo.Context) error {
	route := policy.Route(c.Param("route"))
	guide, err := custody.AuthorityGuide(route)
	if err != nil {
		return err
	}
	template, err := custody.AuthorityTemplate(route)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"authority": template, "fields": guide})
}

// applicationTemplate shows nothing of any case: an application with made-up values.
func (s *Server) applicationTemplate(c echo.Context) error {
	template, err := custody.ApplicationTemplate()
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"application": template, "fields": custody.ApplicationGuide()})
}
