package api

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// copyRoutes are numbered copies. Who has one stands in the document, never in the
// address.
func (s *Server) copyRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/copies", s.copies)
	v1.GET("/cases/:case/copies", s.copies)
	v1.POST("/cases/:case/copies", decoded(s.issueCopy), document)
	v1.POST("/cases/:case/copies/:copy/disposals", decoded(s.disposeCopy), document)
	v1.POST("/cases/:case/copies/recalls", decoded(s.recallCopies), document)
	v1.POST("/cases/:case/copies/:copy/answers", decoded(s.answerRecall), document)
	v1.POST("/cases/:case/exhibits/:exhibit/files", decoded(s.exhibitFile), document)
}

// copyElement says who gets a copy; nothing = the asker.
type copyElement struct {
	Recipient string         `json:"recipient"`
	Holder    string         `json:"holder"`
	Purpose   policy.Purpose `json:"purpose"`
	ReviewOn  policy.Date    `json:"reviewOn"`
	Country   string         `json:"country"`
	Agreement string         `json:"agreement"`
	Means     string         `json:"means"`
}

func (e copyElement) terms() custody.CopyTerms { return custody.CopyTerms(e) }

type issueCopyDocument struct {
	askDocument
	Of   ledger.EntryID `json:"of"`
	What string         `json:"what"`
	Copy copyElement    `json:"copy"`
}

type disposeCopyDocument struct {
	askDocument
	ConfirmedBy string      `json:"confirmedBy"` // empty: the asker has the copy and signs for it
	How         string      `json:"how"`
	On          policy.Date `json:"on"`
}

type exhibitFileDocument struct {
	askDocument
	File string      `json:"file"`
	Copy copyElement `json:"copy"`
}

type issuedCopyDocument struct {
	Copy      uint64       `json:"copy"`
	Recipient string       `json:"recipient"`
	ReviewOn  policy.Date  `json:"reviewOn"`
	Proof     proofElement `json:"proof"`
}

// copyHeader bears the number under which a file leaves.
const copyHeader = "Custos-Copy"

// copies lists the copies of one case, or of every case.
func (s *Server) copies(c echo.Context) error {
	found, err := s.service.Copies().Where(c.Request().Context(), actorOf(c), custody.CopySearch{
		Ask: asked(c), Case: caseOf(c), Due: c.QueryParam("due") == "true", Open: c.QueryParam("open") == "true",
		Recalled: c.QueryParam("recalled") == "true",
	})
	return answered(c, found, err)
}

func (s *Server) issueCopy(c echo.Context, d issueCopyDocument) error {
	issued, err := s.service.Copies().Issue(c.Request().Context(), actorOf(c), custody.IssueCopy{
		Ask: d.ask(), CopyTerms: d.Copy.terms(), Case: caseOf(c), Of: d.Of, What: d.What,
	})
	return created(c, issuedCopyDocument{issued.Number, issued.Recipient, issued.ReviewOn, proof(issued.Proof)}, err)
}

func (s *Server) disposeCopy(c echo.Context, d disposeCopyDocument) error {
	number, err := copyOf(c)
	if err != nil {
		return err
	}
	p, err := s.service.Copies().Dispose(c.Request().Context(), actorOf(c), custody.DisposeCopy{
		Ask: d.ask(), Case: caseOf(c), Number: number, ConfirmedBy: d.ConfirmedBy, How: d.How, On: d.On,
	})
	return placed(c, p, err)
}

// copyOf returns the number of the copy that the path names.
func copyOf(c echo.Context) (uint64, error) {
	number, err := strconv.ParseUint(c.Param("copy"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not the number of a copy: %w", c.Param("copy"), custody.ErrNotFound)
	}
	return number, nil
}

// exhibitFile answers with one file of an exhibit. Its number stands in a trailer,
// since it is given before the first byte but after the headers are due.
func (s *Server) exhibitFile(c echo.Context, d exhibitFileDocument) error {
	exhibit, err := entryOf(c, "exhibit")
	if err != nil {
		return err
	}
	w := c.Response()
	w.Header().Set("Trailer", copyHeader)
	w.Header().Set(echo.HeaderContentType, echo.MIMEOctetStream)
	w.Header().Set(echo.HeaderContentDisposition, `attachment; filename="exhibit-file"`)
	issued, err := s.service.Exhibits().Read(c.Request().Context(), actorOf(c), custody.ReadExhibit{
		Ask: d.ask(), Case: caseOf(c), Exhibit: exhibit, File: d.File, Copy: d.Copy.terms(),
	}, w)
	if err != nil && w.Committed {
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		w.Header().Del("Trailer")
		return err
	}
	w.Header().Set(copyHeader, strconv.FormatUint(issued.Number, 10))
	return nil
}
