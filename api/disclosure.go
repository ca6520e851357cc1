package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// disclosureRoutes are material with its status, notes, and what is given to the
// parties. Who somebody is stands in the document, never in the address.
func (s *Server) disclosureRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/cases/:case/parties", s.parties)
	v1.POST("/cases/:case/defendants", decoded(s.recordDefendant), document)
	v1.POST("/cases/:case/recipients", decoded(s.recordRecipient), document)
	v1.GET("/cases/:case/material", s.material)
	v1.POST("/cases/:case/material/assessments", decoded(s.assessMaterial), document)
	v1.POST("/cases/:case/material/revelations", decoded(s.revealMaterial), document)
	v1.POST("/cases/:case/material/disclosures", decoded(s.discloseMaterial), document)
	v1.GET("/cases/:case/given", s.given)
	v1.GET("/cases/:case/notes", s.notes)
	v1.POST("/cases/:case/notes", decoded(s.addNote), document)
	v1.POST("/cases/:case/exhibits/:exhibit/services", decoded(s.serveExhibit), document)
	v1.POST("/cases/:case/exhibits/:exhibit/releases", decoded(s.releaseExhibit), document)
	v1.POST("/cases/:case/exhibits/:exhibit/collections", decoded(s.collectExhibit), document)
}

type defendantDocument struct {
	askDocument
	ID   string `json:"id"`
	Name string `json:"name"`
}

type recipientDocument struct {
	askDocument
	Recipient custody.Recipient `json:"recipient"`
}

type assessDocument struct {
	askDocument
	Entries     []ledger.EntryID `json:"entries"`
	Status      custody.Status   `json:"status"`
	Reason      string           `json:"reason"`
	Description string           `json:"description"`
	Location    string           `json:"location"`
	Test        custody.Test     `json:"test"`
	Why         string           `json:"why"`
}

type giveDocument struct {
	askDocument
	Entries []ledger.EntryID `json:"entries"`
	To      string           `json:"to"`
	Means   custody.Means    `json:"means"`
}

type noteDocument struct {
	askDocument
	Text     string          `json:"text"`
	About    *ledger.EntryID `json:"about"`
	Corrects string          `json:"corrects"`
}

type serveDocument struct {
	askDocument
	Bundle   *ledger.EntryID `json:"bundle"`
	To       string          `json:"to"`
	Means    custody.Means   `json:"means"`
	ReviewOn policy.Date     `json:"reviewOn"`
}

type collectDocument struct {
	askDocument
	Bundle *ledger.EntryID `json:"bundle"`
}

func (s *Server) parties(c echo.Context) error {
	parties, err := s.service.Disclosure().Parties(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, parties, err)
}

func (s *Server) recordDefendant(c echo.Context, d defendantDocument) error {
	named, err := s.service.Disclosure().RecordDefendant(c.Request().Context(), actorOf(c), custody.RecordDefendant{Ask: d.ask(), Case: caseOf(c), ID: d.ID, Name: d.Name})
	return namedAnswer(c, named, err)
}

func (s *Server) recordRecipient(c echo.Context, d recipientDocument) error {
	named, err := s.service.Disclosure().RecordRecipient(c.Request().Context(), actorOf(c), custody.RecordRecipient{Ask: d.ask(), Case: caseOf(c), Recipient: d.Recipient})
	return namedAnswer(c, named, err)
}

// namedAnswer says under which reference something was recorded.
func namedAnswer(c echo.Context, named custody.Named, err error) error {
	return created(c, map[string]any{"id": named.ID, "proof": proof(named.Proof)}, err)
}

func (s *Server) material(c echo.Context) error {
	found, err := s.service.Disclosure().List(c.Request().Context(), actorOf(c), custody.ListMaterial{
		Ask: asked(c), Case: caseOf(c), Status: custody.Status(c.QueryParam("status")), Class: custody.Class(c.QueryParam("class")), Unused: c.QueryParam("unused") == "true",
	})
	return answered(c, found, err)
}

func (s *Server) assessMaterial(c echo.Context, d assessDocument) error {
	done, err := s.service.Disclosure().Assess(c.Request().Context(), actorOf(c), custody.Assess{
		Ask: d.ask(), Case: caseOf(c), Entries: d.Entries, Status: d.Status, Reason: d.Reason, Description: d.Description, Location: d.Location, Test: d.Test, Why: d.Why,
	})
	return created(c, map[string]any{"entries": done.Entries, "items": done.Items, "status": d.Status}, err)
}

func (s *Server) revealMaterial(c echo.Context, d giveDocument) error {
	given, err := s.service.Disclosure().Reveal(c.Request().Context(), actorOf(c), custody.Give{Ask: d.ask(), Case: caseOf(c), Entries: d.Entries, To: d.To, Means: d.Means})
	return givenAnswer(c, given, err)
}

func (s *Server) discloseMaterial(c echo.Context, d giveDocument) error {
	given, err := s.service.Disclosure().Disclose(c.Request().Context(), actorOf(c), custody.Give{Ask: d.ask(), Case: caseOf(c), Entries: d.Entries, To: d.To, Means: d.Means})
	return givenAnswer(c, given, err)
}

func givenAnswer(c echo.Context, given custody.Given, err error) error {
	return created(c, map[string]any{"entries": given.Entries, "recipient": given.Recipient, "proof": proof(given.Proof)}, err)
}

func (s *Server) given(c echo.Context) error {
	lines, err := s.service.Disclosure().Given(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"given": lines}, err)
}

func (s *Server) notes(c echo.Context) error {
	found, err := s.service.Notes().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, found, err)
}

func (s *Server) addNote(c echo.Context, d noteDocument) error {
	named, err := s.service.Notes().Add(c.Request().Context(), actorOf(c), custody.AddNote{
		Ask: d.ask(), Case: caseOf(c), Text: d.Text, About: orZero(d.About), Corrects: d.Corrects,
	})
	return namedAnswer(c, named, err)
}

func (s *Server) serveExhibit(c echo.Context, d serveDocument) error {
	exhibit, err := entryOf(c, "exhibit")
	if err != nil {
		return err
	}
	served, err := s.service.Exhibits().Serve(c.Request().Context(), actorOf(c), d.serve(c, exhibit))
	return servedAnswer(c, served, err)
}

func (s *Server) releaseExhibit(c echo.Context, d serveDocument) error {
	exhibit, err := entryOf(c, "exhibit")
	if err != nil {
		return err
	}
	served, err := s.service.Exhibits().Release(c.Request().Context(), actorOf(c), d.serve(c, exhibit))
	return servedAnswer(c, served, err)
}

func (d serveDocument) serve(c echo.Context, exhibit ledger.EntryID) custody.Serve {
	return custody.Serve{Ask: d.ask(), Case: caseOf(c), Exhibit: exhibit, Bundle: orZero(d.Bundle), To: d.To, Means: d.Means, ReviewOn: d.ReviewOn}
}

func servedAnswer(c echo.Context, served custody.Served, err error) error {
	return created(c, map[string]any{
		"bundle": served.Bundle, "copy": served.Copy.Number, "recipient": served.Recipient, "sha256": served.SHA256, "proof": proof(served.Proof),
		"made": served.Made, "withheld": served.Withheld,
	}, err)
}

// collectExhibit answers with the bundle. A fault after the first byte breaks the
// connection off, so that half a bundle never looks whole.
func (s *Server) collectExhibit(c echo.Context, d collectDocument) error {
	exhibit, err := entryOf(c, "exhibit")
	if err != nil {
		return err
	}
	w := c.Response()
	w.Header().Set(echo.HeaderContentType, "application/zip")
	w.Header().Set(echo.HeaderContentDisposition, `attachment; filename="exhibit.custos.zip"`)
	_, err = s.service.Exhibits().Collect(c.Request().Context(), actorOf(c), custody.Collect{
		Ask: d.ask(), Case: caseOf(c), Exhibit: exhibit, Bundle: orZero(d.Bundle),
	}, w)
	if err != nil && w.Committed {
		panic(http.ErrAbortHandler)
	}
	return err
}
