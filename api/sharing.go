package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// sharingRoutes are organisations, to whom a case belongs, and what of it others may
// use.
func (s *Server) sharingRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/organisations", s.organisations)
	v1.POST("/organisations", decoded(s.recordOrganisation), document)
	v1.POST("/cases/:case/owners", decoded(s.ownCase), document)
	v1.GET("/cases/:case/sharings", s.sharings)
	v1.POST("/cases/:case/sharings", decoded(s.shareCase), document)
	v1.POST("/cases/:case/sharings/:sharing/endings", decoded(s.endSharing), document)
	v1.GET("/cases/:case/sharings/:sharing/slip", s.sharingSlip)
	v1.POST("/cases/:case/sharings/:sharing/receipts", decoded(s.confirmSharing), document)
	v1.GET("/cases/:case/organisations/:organisation/uses", s.sharedUses)
}

type organisationDocument struct {
	askDocument
	Code    string             `json:"code"`
	Name    string             `json:"name"`
	Aliases []string           `json:"aliases"`
	Keys    []ledger.PublicKey `json:"keys"` // all that it signs with from now on
	Home    bool               `json:"home"` // it keeps this record
	Ended   string             `json:"ended"`
}

type ownDocument struct {
	askDocument
	Organisation string `json:"organisation"`
	Reason       string `json:"reason"`
}

type sharingDocument struct {
	askDocument
	With      string            `json:"with"`
	Agreement string            `json:"agreement"`
	Datasets  []ledger.EntryID  `json:"datasets"`
	Exhibits  []ledger.EntryID  `json:"exhibits"`
	Items     []string          `json:"items"`
	People    []string          `json:"people"` // the only ones who may use it; none = everybody of the organisation
	Uses      []policy.ShareUse `json:"uses"`
	From      time.Time         `json:"from"`
	Until     time.Time         `json:"until"`
	For       policy.Purpose    `json:"for"`
	Reason    string            `json:"reason"`
}

type sharingReceiptDocument struct {
	askDocument
	Signed string `json:"signed"` // as custos sharing sign writes it
}

func (s *Server) organisations(c echo.Context) error {
	all, err := s.service.Organisations().List(c.Request().Context(), actorOf(c), asked(c))
	return answered(c, map[string]any{"organisations": all}, err)
}

func (s *Server) recordOrganisation(c echo.Context, d organisationDocument) error {
	p, err := s.service.Organisations().Record(c.Request().Context(), actorOf(c), custody.RecordOrganisation{
		Ask: d.ask(), Home: d.Home,
		KnownOrganisation: custody.KnownOrganisation{Aliases: d.Aliases, Code: d.Code, Ended: d.Ended, Keys: d.Keys, Name: d.Name},
	})
	return placed(c, p, err)
}

func (s *Server) ownCase(c echo.Context, d ownDocument) error {
	p, err := s.service.Organisations().Own(c.Request().Context(), actorOf(c), custody.OwnCase{
		Ask: d.ask(), Case: caseOf(c), Organisation: d.Organisation, Reason: d.Reason,
	})
	return placed(c, p, err)
}

func (s *Server) sharings(c echo.Context) error {
	all, err := s.service.Sharing().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"sharings": all}, err)
}

func (s *Server) shareCase(c echo.Context, d sharingDocument) error {
	shared, err := s.service.Sharing().Share(c.Request().Context(), actorOf(c), custody.ShareCase{
		Ask: d.ask(), Case: caseOf(c), With: d.With, Agreement: d.Agreement, Datasets: d.Datasets, Exhibits: d.Exhibits, Items: d.Items,
		People: d.People, Uses: d.Uses, From: d.From, Until: d.Until, For: d.For, Reason: d.Reason,
	})
	return created(c, map[string]any{"sharing": shared.Name, "proof": proof(shared.Proof)}, err)
}

func (s *Server) endSharing(c echo.Context, d reasonDocument) error {
	p, err := s.service.Sharing().End(c.Request().Context(), actorOf(c), custody.EndSharing{
		Ask: d.ask(), Case: caseOf(c), Name: c.Param("sharing"), Reason: d.Reason,
	})
	return placed(c, p, err)
}

// sharingSlip answers with what the other organisation is to sign.
func (s *Server) sharingSlip(c echo.Context) error {
	text, err := s.service.Sharing().Slip(c.Request().Context(), actorOf(c), caseOf(c), c.Param("sharing"), asked(c))
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, text)
}

func (s *Server) confirmSharing(c echo.Context, d sharingReceiptDocument) error {
	p, err := s.service.Sharing().Confirm(c.Request().Context(), actorOf(c), custody.ConfirmSharing{
		Ask: d.ask(), Case: caseOf(c), Name: c.Param("sharing"), Signed: []byte(d.Signed),
	})
	return placed(c, p, err)
}

// sharedUses lists what people of another organisation asked for in a case.
func (s *Server) sharedUses(c echo.Context) error {
	uses, err := s.service.Sharing().Uses(c.Request().Context(), actorOf(c), caseOf(c), c.Param("organisation"), asked(c))
	return answered(c, uses, err)
}
