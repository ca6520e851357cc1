package api

import (
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
	By     string         `json:"by"`     // empty: whoever asks decides it, today
	InLine custody.Answer `json:"inLine"` // of whoever renews what another granted
	On     policy.Date    `json:"on"`
	Rank   policy.Rank    `json:"rank"` // as inLine
	Why    string         `json:"why"`
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

func (s *Server) authorities(c echo.Context) error {
	listed, err := s.service.Authorities().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"authorities": listed}, err)
}

func (s *Server) authority(c echo.Context) error {
	id, err := entryOf(c, "authority")
	if err != nil {
		return err
	}
	found, err := s.service.Authorities().Read(c.Request().Context(), actorOf(c), caseOf(c), id, asked(c))
	return answered(c, found, err)
}

func (s *Server) grantAuthority(c echo.Context, d grantDocument) error {
	granted, err := s.service.Authorities().Grant(c.Request().Context(), actorOf(c), custody.GrantAuthority{
		Ask: d.ask(), Case: caseOf(c), Document: d.Authority,
	})
	return created(c, recordedDocument{granted.Authority, proof(granted.Proof)}, err)
}

func (s *Server) renewAuthority(c echo.Context, d changeDocument) error {
	change, err := d.change(c)
	if err != nil {
		return err
	}
	renewed, err := s.service.Authorities().Renew(c.Request().Context(), actorOf(c), change)
	return created(c, recordedDocument{renewed.Authority, proof(renewed.Proof)}, err)
}

func (s *Server) cancelAuthority(c echo.Context, d changeDocument) error {
	change, err := d.change(c)
	if err != nil {
		return err
	}
	cancelled, err := s.service.Authorities().Cancel(c.Request().Context(), actorOf(c), change)
	return created(c, recordedDocument{cancelled.Authority, proof(cancelled.Proof)}, err)
}

// change is the renewal or cancellation that a document describes.
func (d changeDocument) change(c echo.Context) (custody.ChangeAuthority, error) {
	id, err := entryOf(c, "authority")
	return custody.ChangeAuthority{
		Ask: d.ask(), Case: caseOf(c), Authority: id, By: d.By, InLine: d.InLine, On: d.On, Rank: d.Rank, Why: d.Why,
	}, err
}

func (s *Server) checkAuthority(c echo.Context, d checkDocument) error {
	id, err := entryOf(c, "authority")
	if err != nil {
		return err
	}
	checked, err := s.service.Authorities().Check(c.Request().Context(), actorOf(c), custody.CheckAuthority{
		Ask: d.ask(), Case: caseOf(c), Authority: id, Return: d.Return.given(), Importer: custody.Actor{ID: d.Importer},
	})
	return answered(c, checked, err)
}

func (s *Server) applications(c echo.Context) error {
	listed, err := s.service.Applications().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"applications": listed}, err)
}

func (s *Server) recordApplication(c echo.Context, d applicationDocument) error {
	recorded, err := s.service.Applications().Record(c.Request().Context(), actorOf(c), custody.RecordApplication{
		Ask: d.ask(), Case: caseOf(c), Document: d.Application, Amends: orZero(d.Amends),
	})
	return created(c, appliedDocument{recorded.Application, recorded.Lacks, proof(recorded.Proof)}, err)
}

// authorityTemplate shows nothing of any case: an authority with made-up values.
func (s *Server) authorityTemplate(c echo.Context) error {
	route := policy.Route(c.Param("route"))
	guide, err := custody.AuthorityGuide(route)
	if err != nil {
		return err
	}
	template, err := custody.AuthorityTemplate(route)
	return answered(c, map[string]any{"authority": template.Unfilled(), "fields": guide}, err)
}

// applicationTemplate shows nothing of any case: an application with made-up values.
func (s *Server) applicationTemplate(c echo.Context) error {
	template, err := custody.ApplicationTemplate()
	return answered(c, map[string]any{"application": template, "fields": custody.ApplicationGuide()}, err)
}
