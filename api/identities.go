package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// identityRoutes are people, roles and assignments. Who is meant stands in the
// document, never in the address.
func (s *Server) identityRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/people", s.people)
	v1.POST("/people/standings", decoded(s.recordStanding), document)
	v1.GET("/people/sign-ons", s.signOns)
	v1.POST("/people/sign-ons", decoded(s.recordSignOn), document)
	v1.POST("/roles", decoded(s.giveRole), document)
	v1.POST("/roles/endings", decoded(s.endRole), document)
	v1.GET("/cases/:case/assignments", s.assignments)
	v1.POST("/cases/:case/assignments", decoded(s.assign), document)
	v1.POST("/cases/:case/assignments/endings", decoded(s.unassign), document)
}

// competentElement is an activity that a person is competent in; without from it is
// from now, without until there is no end.
type competentElement struct {
	Activity policy.Activity `json:"activity"`
	From     time.Time       `json:"from"`
	Until    time.Time       `json:"until"`
}

type standingDocument struct {
	askDocument
	Person       string             `json:"person"`
	Competent    []competentElement `json:"competent"`
	NoLonger     []policy.Activity  `json:"noLonger"`
	Organisation string             `json:"organisation"`
	Rank         string             `json:"rank"`
	Vetting      policy.Vetting     `json:"vetting"`
	VettedUntil  time.Time          `json:"vettedUntil"`
}

type roleDocument struct {
	askDocument
	Person string             `json:"person"`
	Role   string             `json:"role"`
	From   time.Time          `json:"from"`
	Until  time.Time          `json:"until"`
	Reason custody.RoleReason `json:"reason"`
}

type assignmentDocument struct {
	askDocument
	Person string    `json:"person"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// memberElement is somebody enrolled.
type memberElement struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	HeldBy   string            `json:"heldBy"`
	Enrolled time.Time         `json:"enrolled"`
	Revoked  bool              `json:"revoked"`
	Roles    []heldRoleElement `json:"roles"`
	Standing custody.Standing  `json:"standing"`
}

type heldRoleElement struct {
	Role   string             `json:"role"`
	From   time.Time          `json:"from"`
	Until  policy.Time        `json:"until"`
	State  custody.State      `json:"state"`
	By     string             `json:"by,omitempty"`
	Reason custody.RoleReason `json:"reason,omitempty"`
	Entry  ledger.EntryID     `json:"entry"`
}

type assignedElement struct {
	Person string         `json:"person"`
	Name   string         `json:"name"`
	Roles  []string       `json:"roles"`
	From   time.Time      `json:"from"`
	Until  policy.Time    `json:"until"`
	State  custody.State  `json:"state"`
	By     string         `json:"by"`
	Reason string         `json:"reason,omitempty"`
	Entry  ledger.EntryID `json:"entry"`
}

// people lists who is enrolled, with roles, competences and vetting.
func (s *Server) people(c echo.Context) error {
	members, err := s.service.Organisation().People(c.Request().Context(), actorOf(c), asked(c))
	if err != nil {
		return err
	}
	list := make([]memberElement, len(members))
	for i, m := range members {
		list[i] = memberElement{m.ID, m.Name, m.HeldBy, m.Enrolled, m.Revoked, []heldRoleElement{}, m.Standing}
		for _, r := range m.Roles {
			list[i].Roles = append(list[i].Roles, heldRoleElement{r.Role, r.From, policy.At(r.Until), r.State, r.By, r.Reason, r.Entry})
		}
	}
	return c.JSON(http.StatusOK, map[string]any{"people": list})
}

func (s *Server) recordStanding(c echo.Context, d standingDocument) error {
	q := custody.Qualify{NoLonger: d.NoLonger, Organisation: d.Organisation, Rank: d.Rank, Vetting: d.Vetting, VettedUntil: d.VettedUntil}
	for _, e := range d.Competent {
		q.Competent = append(q.Competent, custody.Competent(e))
	}
	done, err := s.service.Standings().Record(c.Request().Context(), actorOf(c), custody.RecordStanding{Ask: d.ask(), Person: d.Person, Qualify: q})
	return placed(c, done, err)
}

func (s *Server) giveRole(c echo.Context, d roleDocument) error {
	done, err := s.service.Roles().Give(c.Request().Context(), actorOf(c), custody.GiveRole{
		Ask: d.ask(), Person: d.Person, Role: d.Role, From: d.From, Until: d.Until, Reason: d.Reason,
	})
	return placed(c, done, err)
}

func (s *Server) endRole(c echo.Context, d roleDocument) error {
	done, err := s.service.Roles().End(c.Request().Context(), actorOf(c), custody.EndRole{Ask: d.ask(), Person: d.Person, Role: d.Role, Reason: d.Reason})
	return placed(c, done, err)
}

// assignments lists who works and worked on a case.
func (s *Server) assignments(c echo.Context) error {
	assigned, err := s.service.Assignments().List(c.Request().Context(), actorOf(c), asked(c), caseOf(c))
	if err != nil {
		return err
	}
	list := make([]assignedElement, len(assigned))
	for i, x := range assigned {
		list[i] = assignedElement{x.Person, x.Name, x.Roles, x.From, policy.At(x.Until), x.State, x.By, x.Reason, x.Entry}
	}
	return c.JSON(http.StatusOK, map[string]any{"assigned": list})
}

func (s *Server) assign(c echo.Context, d assignmentDocument) error {
	done, err := s.service.Assignments().Add(c.Request().Context(), actorOf(c), custody.Assign{
		Ask: d.ask(), Case: caseOf(c), Person: d.Person, From: d.From, Until: d.Until, Reason: d.Reason,
	})
	return placed(c, done, err)
}

func (s *Server) unassign(c echo.Context, d assignmentDocument) error {
	done, err := s.service.Assignments().End(c.Request().Context(), actorOf(c), custody.Unassign{
		Ask: d.ask(), Case: caseOf(c), Person: d.Person, Reason: d.Reason,
	})
	return placed(c, done, err)
}
