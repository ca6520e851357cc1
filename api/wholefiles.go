package api

import (
	"fmt"
	"io"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
)

type wholeFileDocument struct {
	askDocument
	Item     string `json:"item"`
	FileName string `json:"fileName"`
	From     string `json:"from"`
	Stated   string `json:"statedSha256"`
	Upload   string `json:"upload"` // of an upload that is whole: the form then has no part "file"
}

type keptWholeDocument struct {
	Evidence proofElement `json:"evidence"`
	Linked   proofElement `json:"linked"`
	SHA256   string       `json:"sha256"`
	Size     int64        `json:"size"`
	Compared bool         `json:"compared"`
}

// keepWhole takes in a recording or another file of an item: a multipart form of
// "request" and "file". The file streams through, as long as an upload may be.
func (s *Server) keepWhole(c echo.Context) error {
	form, err := c.Request().MultipartReader()
	if err != nil {
		return fmt.Errorf("a file comes in a multipart form (%w): %w", err, custody.ErrInvalid)
	}
	part, err := next(form, "request")
	if err != nil {
		return err
	}
	var d wholeFileDocument
	if err := decode(io.LimitReader(part, 1<<20), &d); err != nil {
		return err
	}
	var file io.Reader
	if d.Upload == "" {
		if file, err = next(form, "file"); err != nil {
			return err
		}
	}
	got, err := s.service.Imports().KeepWhole(c.Request().Context(), actorOf(c), custody.KeepWhole{
		Ask: d.ask(), Case: caseOf(c), Item: d.Item, FileName: d.FileName, From: d.From, Stated: d.Stated, Content: file, Upload: d.Upload,
	})
	return created(c, keptWholeDocument{proof(got.Evidence), proof(got.Linked), got.SHA256.String(), got.Size, got.Compared}, kept(got.Evidence, err))
}
