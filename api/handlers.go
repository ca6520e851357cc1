package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
)

// caseOf returns the case that the path names. Whether it exists, and for whom,
// is the service's to say.
func caseOf(c echo.Context) custody.CaseID { return custody.CaseID(c.Param("case")) }

// entryOf returns the entry that a part of the path names.
func entryOf(c echo.Context, part string) (ledger.EntryID, error) {
	id, err := ledger.ParseEntryID(c.Param(part))
	if err != nil {
		return id, custody.ErrNotFound
	}
	return id, nil
}

func (s *Server) openCase(c echo.Context, d openCaseDocument) error {
	opened, err := s.service.Cases().Open(c.Request().Context(), actorOf(c), custody.OpenCase{
		Ask: d.ask(), Reference: d.Reference, Title: d.Title, Assigned: d.Assigned,
	})
	return created(c, openedDocument{
		Case: opened.Case, WorkChain: opened.WorkChain, ReadsChain: opened.ReadsChain, Opened: proof(opened.Opened),
	}, err)
}

func (s *Server) recordAuthority(c echo.Context, d authorityDocument) error {
	document, err := custody.ParseAuthority(d.Authority)
	if err != nil {
		return err
	}
	recorded, err := s.service.Authorities().Record(c.Request().Context(), actorOf(c), custody.RecordAuthority{
		Ask: d.ask(), Case: caseOf(c), Amends: orZero(d.Amends), State: orZero(d.State), Document: document,
	})
	return created(c, recordedDocument{recorded.Authority, proof(recorded.Proof)}, err)
}

func (s *Server) run(c echo.Context, d runDocument) error {
	inputs := make(map[string]custody.PayloadRef, len(d.Inputs))
	for port, ref := range d.Inputs {
		inputs[port] = custody.PayloadRef{Entry: ref.Entry, Name: ref.Name}
	}
	ran, err := s.service.Analyses().Run(c.Request().Context(), actorOf(c), custody.Run{
		Ask: d.ask(), Case: caseOf(c), Step: d.Step, Title: d.Title, Inputs: inputs, Data: d.Data,
		Cells: orZero(d.Cells), Params: d.Params, Again: d.Again, Excess: d.Excess,
	})
	return created(c, ranDocument{proof(ran.Proof), ran.Balance, ran.Caveats, outputs(ran.Outputs), ran.Warnings}, err)
}

func (s *Server) produce(c echo.Context, d produceDocument) error {
	made, err := s.service.Exhibits().Produce(c.Request().Context(), actorOf(c), custody.Produce{
		Ask: d.ask(), Case: caseOf(c), Reference: d.Reference, Title: d.Title, Run: d.Run,
		Renderers: d.Renderers, Params: d.Params, Changed: d.Changed, BaseMap: orZero(d.BaseMap),
	})
	return created(c, producedDocument{
		proof(made.Proof), made.Reference, made.Version, outputs(made.Files), made.Balance,
	}, err)
}

func (s *Server) check(c echo.Context, d askDocument) error {
	exhibit, err := entryOf(c, "exhibit")
	if err != nil {
		return err
	}
	checked, err := s.service.Exhibits().Check(c.Request().Context(), actorOf(c), custody.Check{
		Ask: d.ask(), Case: caseOf(c), Exhibit: exhibit,
	})
	if err != nil {
		return err
	}
	steps := make([]string, len(checked.Steps))
	for i, step := range checked.Steps {
		steps[i] = step.Step
	}
	return c.JSON(http.StatusCreated, checkedDocument{proof(checked.Proof), steps})
}

// bundle answers with the bundle itself. A fault after the first byte breaks the
// connection off, so that half a bundle never looks whole.
func (s *Server) bundle(c echo.Context, d bundleDocument) error {
	exhibit, err := entryOf(c, "exhibit")
	if err != nil {
		return err
	}
	w := c.Response()
	w.Header().Set(echo.HeaderContentType, "application/zip")
	w.Header().Set(echo.HeaderContentDisposition, `attachment; filename="exhibit.custos.zip"`)
	_, err = s.service.Exhibits().Bundle(c.Request().Context(), actorOf(c), custody.Pack{
		Ask: d.ask(), Case: caseOf(c), Exhibit: exhibit, Withhold: d.Withhold, Copy: d.Copy.terms(),
	}, w)
	if err != nil && w.Committed {
		panic(http.ErrAbortHandler)
	}
	return err
}
