package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// pageRequest asks for a page of rows. It is sent in the body: what is looked for
// names people, and stands in no address.
type pageRequest struct {
	askDocument
	For        policy.Purpose `json:"for"`
	First      uint64         `json:"first"`
	Last       uint64         `json:"last"`
	Identifier string         `json:"identifier"`
	Type       string         `json:"type"`
	View       policy.View    `json:"view"`
	Excess     bool           `json:"excess"`
}

// pageAnswer is a page.
type pageAnswer struct {
	Decision ledger.EntryID    `json:"decision"`
	First    uint64            `json:"first"`
	Last     uint64            `json:"last"`
	Total    uint64            `json:"total"`
	View     policy.View       `json:"view"`
	Types    map[string]uint64 `json:"types"`
	Header   []string          `json:"header"`
	Rows     [][]string        `json:"rows"`
}

func (s *Server) readRows(c echo.Context, d pageRequest) error {
	data, err := entryOf(c, "data")
	if err != nil {
		return err
	}
	request := custody.ReadPage{
		Ask: d.ask(), Case: caseOf(c), Data: data, First: d.First, Last: d.Last, View: d.View, Excess: d.Excess,
		Find: custody.RowQuery{Identifier: d.Identifier, Type: d.Type},
	}
	request.For = d.For
	p, err := s.service.Pages().Read(c.Request().Context(), actorOf(c), request)
	if err != nil {
		return err
	}
	rows := p.Rows
	if rows == nil {
		rows = [][]string{}
	}
	return c.JSON(http.StatusOK, pageAnswer{p.Decision, p.First, p.Last, p.Total, p.View, p.Types, p.Header, rows})
}

// permissionRequest asks for what somebody else decides on.
type permissionRequest struct {
	askDocument
	About       policy.About    `json:"about"`
	Dataset     *ledger.EntryID `json:"dataset"`
	For         policy.Purpose  `json:"for"`
	Identifiers []string        `json:"identifiers"`
	Inspector   string          `json:"inspector"`
	Reason      string          `json:"reason"`
}

func (s *Server) askPermission(c echo.Context, d permissionRequest) error {
	asked, err := s.service.Permissions().Ask(c.Request().Context(), actorOf(c), custody.AskPermission{
		Ask: d.ask(), Case: caseOf(c), About: d.About, Dataset: orZero(d.Dataset), For: d.Inspector, Identifiers: d.Identifiers, Use: d.For, Reason: d.Reason,
	})
	return created(c, proof(asked), err)
}

// permissionAnswer answers a request.
type permissionAnswer struct {
	askDocument
	Decision policy.PermissionState `json:"decision"`
	Reason   string                 `json:"reason"`
}

func (s *Server) decidePermission(c echo.Context, d permissionAnswer) error {
	request, err := entryOf(c, "request")
	if err != nil {
		return err
	}
	decided, err := s.service.Permissions().Decide(c.Request().Context(), actorOf(c), custody.DecidePermission{
		Ask: d.ask(), Case: caseOf(c), Request: request, Decision: d.Decision, Reason: d.Reason,
	})
	return created(c, proof(decided), err)
}

// permissionElement is a permission as it stands.
type permissionElement struct {
	Request     ledger.EntryID         `json:"request"`
	About       policy.About           `json:"about"`
	State       policy.PermissionState `json:"state"`
	AskedBy     string                 `json:"askedBy"`
	AskedAt     ledger.Time            `json:"askedAt"`
	Reason      string                 `json:"reason"`
	Dataset     *ledger.EntryID        `json:"dataset,omitempty"`
	Identifiers []string               `json:"identifiers,omitempty"`
	For         policy.Purpose         `json:"for,omitempty"`
	Inspector   string                 `json:"inspector,omitempty"`
	DecidedBy   string                 `json:"decidedBy,omitempty"`
	Why         string                 `json:"why,omitempty"`
}

func (s *Server) listPermissions(c echo.Context) error {
	all, err := s.service.Permissions().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	if err != nil {
		return err
	}
	list := make([]permissionElement, len(all))
	for i, p := range all {
		list[i] = permissionElement{
			p.Request, p.About, p.State, p.AskedBy, p.AskedAt, p.Reason, nil, p.Identifiers, p.Use, p.For, p.DecidedBy, p.Why,
		}
		if p.Dataset != (ledger.EntryID{}) {
			list[i].Dataset = &all[i].Dataset
		}
	}
	return c.JSON(http.StatusOK, map[string]any{"permissions": list})
}
