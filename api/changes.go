package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
)

// mostRows is how many rows one answer of a comparison holds; the counts are of all.
const mostRows = 10_000

type compareDocument struct {
	askDocument
	Before *ledger.EntryID `json:"before"` // empty: the version just before
	Copy   copyElement     `json:"copy"`
}

type comparisonDocument struct {
	Copy      uint64               `json:"copy"`
	Reference string               `json:"reference"`
	Before    int                  `json:"before"`
	After     int                  `json:"after"`
	Reason    string               `json:"reason"`
	Alike     bool                 `json:"alike"`
	Same      int                  `json:"same"`
	Changed   int                  `json:"changed"`
	Added     int                  `json:"added"`
	Removed   int                  `json:"removed"`
	Rows      []comparedRowElement `json:"rows"`
	More      int                  `json:"more"` // rows that are counted and not listed here
}

type comparedRowElement struct {
	Change  string   `json:"change"`
	Key     string   `json:"key"`
	Columns []string `json:"columns,omitempty"`
	Before  []string `json:"before,omitempty"`
	After   []string `json:"after,omitempty"`
}

// compare compares two versions of an exhibit row by row.
func (s *Server) compare(c echo.Context, d compareDocument) error {
	exhibit, err := entryOf(c, "exhibit")
	if err != nil {
		return err
	}
	answer := comparisonDocument{Rows: []comparedRowElement{}}
	found, err := s.service.Exhibits().Compare(c.Request().Context(), actorOf(c), custody.Compare{
		Ask: d.ask(), Case: caseOf(c), Before: orZero(d.Before), After: exhibit, Copy: d.Copy.terms(),
		Row: func(r custody.ComparedRow) error {
			if len(answer.Rows) == mostRows {
				answer.More++
				return nil
			}
			answer.Rows = append(answer.Rows, comparedRowElement(r))
			return nil
		},
	})
	if err != nil {
		return err
	}
	answer.Copy = found.Copy.Number
	answer.Reference, answer.Before, answer.After, answer.Reason = found.Reference, found.Before, found.After, found.Reason
	answer.Alike, answer.Same, answer.Changed, answer.Added, answer.Removed = found.Alike, found.Same, found.Changed, found.Added, found.Removed
	return c.JSON(http.StatusOK, answer)
}

type affectedElement struct {
	Case      custody.CaseID `json:"case"`
	In        string         `json:"in"`
	Entry     ledger.EntryID `json:"entry"`
	Reference string         `json:"reference"`
	Version   int            `json:"version"`
	Title     string         `json:"title"`
	Newest    bool           `json:"newest"`
	Checked   bool           `json:"checked"`
	Bundles   int            `json:"bundles"`
	Through   []string       `json:"through"`
}

// affected lists the exhibits that depend on a file, a table, a step or a defect:
// of one case, or of every case.
func (s *Server) affected(c echo.Context) error {
	found, err := s.service.Exhibits().Affected(c.Request().Context(), actorOf(c), custody.Affected{
		Ask: asked(c), Case: caseOf(c), By: c.QueryParam("by"),
	})
	if err != nil {
		return err
	}
	list := make([]affectedElement, len(found))
	for i, x := range found {
		list[i] = affectedElement(x)
	}
	return c.JSON(http.StatusOK, map[string]any{"exhibits": list})
}
