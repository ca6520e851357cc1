package api

import (
	"fmt"
	"io"
	"mime/multipart"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
)

// importSource takes one file: a multipart form whose first part, "request", is
// the document and whose second, "file", is the file itself. The file streams
// through; it is never held in memory or in a temporary file in clear. A file of an
// extraction is named in the document, and no second part is sent; so is an upload that is whole.
func (s *Server) importSource(c echo.Context) error {
	form, err := c.Request().MultipartReader()
	if err != nil {
		return fmt.Errorf("an import is a multipart form (%w): %w", err, custody.ErrInvalid)
	}
	part, err := next(form, "request")
	if err != nil {
		return err
	}
	var d importDocument
	if err := decode(io.LimitReader(part, 1<<20), &d); err != nil {
		return err
	}
	request := custody.Receive{
		Ask: d.ask(), Case: caseOf(c), Item: d.Item, FileName: d.FileName, From: d.From, Return: d.Return.given(),
		Reading: d.reading(), Authority: orZero(d.Authority), Reference: d.Reference, Credit: d.Credit, Upload: d.Upload,
	}
	switch {
	case d.Extraction != "" || d.Path != "":
		request.Extracted = &custody.ExtractedFile{Extraction: d.Extraction, Path: d.Path}
	case d.Upload == "":
		if request.Content, err = next(form, "file"); err != nil {
			return err
		}
	}
	got, err := s.service.Imports().Receive(c.Request().Context(), actorOf(c), request)
	return created(c, received(got), kept(got.Evidence, err))
}

// normalise makes a data set from evidence that was received before.
func (s *Server) normalise(c echo.Context, d normaliseDocument) error {
	evidence, err := entryOf(c, "evidence")
	if err != nil {
		return err
	}
	got, err := s.service.Imports().Normalise(c.Request().Context(), actorOf(c), custody.Normalise{
		Ask: d.ask(), Case: caseOf(c), Evidence: evidence, Return: d.Return.given(), Reading: d.reading(), Authority: orZero(d.Authority),
	})
	return created(c, received(got), kept(got.Evidence, err))
}

func received(got custody.Received) receivedDocument {
	return receivedDocument{
		Evidence: proof(got.Evidence), Dataset: proof(got.Dataset), Rows: proof(got.Rows), Decided: proofs(got.Decided),
		SHA256: got.SHA256.String(), Size: got.Size, Balance: got.Balance, Report: got.Report,
	}
}

// next returns the next part of the form, which must have that name.
func next(form *multipart.Reader, name string) (io.Reader, error) {
	part, err := form.NextPart()
	if err != nil || part.FormName() != name {
		return nil, fmt.Errorf("the form has no part %q where it is expected; send \"request\", then \"file\": %w", name, custody.ErrInvalid)
	}
	return part, nil
}
