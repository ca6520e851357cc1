package api

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"custos.example/custody"
	"custos.example/ledger"
)

// The headers of an upload, named as the protocol tus names them.
const (
	uploadOffset = "Upload-Offset" // bytes that are here
	uploadLength = "Upload-Length" // bytes that were declared
)

// uploadRoutes are files that are sent in several goes.
func (s *Server) uploadRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.POST("/cases/:case/uploads", decoded(s.beginUpload), document)
	v1.GET("/cases/:case/uploads", s.uploads)
	v1.HEAD("/cases/:case/uploads/:upload", s.uploadState)
	v1.PATCH("/cases/:case/uploads/:upload", s.appendUpload, middleware.BodyLimit(maxPack))
	v1.DELETE("/cases/:case/uploads/:upload", s.removeUpload)
}

type beginUploadDocument struct {
	askDocument
	For    custody.UploadKind `json:"for"`
	Size   int64              `json:"size"`
	SHA256 string             `json:"sha256"`
}

type uploadDocument struct {
	Upload  string      `json:"upload"`
	Path    string      `json:"path"` // at which it goes on
	Offset  int64       `json:"offset"`
	Size    int64       `json:"size"`
	Expires ledger.Time `json:"expires"`
}

// beginUpload begins an upload, or answers with the same one as it stands.
func (s *Server) beginUpload(c echo.Context, d beginUploadDocument) error {
	u, err := s.service.Uploads().Begin(c.Request().Context(), actorOf(c), custody.BeginUpload{
		Ask: d.ask(), Case: caseOf(c), Kind: d.For, Size: d.Size, SHA256: d.SHA256,
	})
	if err != nil {
		return err
	}
	path := pathOf(u)
	c.Response().Header().Set(echo.HeaderLocation, path)
	return created(c, uploadDocument{u.ID, path, u.Offset, u.Size, ledger.NewTime(u.Expires)}, nil)
}

// listedUpload is an upload of the asker as it stands.
// Shape: Refused is why it was not taken in when that was asked for last.
type listedUpload struct {
	uploadDocument
	For     custody.UploadKind `json:"for"`
	SHA256  ledger.Digest      `json:"sha256"`
	Begun   ledger.Time        `json:"begun"`
	Refused *refusedUpload     `json:"refused,omitempty"`
}

type refusedUpload struct {
	Time ledger.Time `json:"time"`
	Why  string      `json:"why"`
}

// uploads lists the asker's own.
func (s *Server) uploads(c echo.Context) error {
	own, err := s.service.Uploads().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	if err != nil {
		return err
	}
	list := make([]listedUpload, len(own))
	for i, u := range own {
		list[i] = listedUpload{
			uploadDocument: uploadDocument{u.ID, pathOf(u), u.Offset, u.Size, ledger.NewTime(u.Expires)}, For: u.Kind, SHA256: u.SHA256, Begun: ledger.NewTime(u.Created),
		}
		if u.Refused != nil {
			list[i].Refused = &refusedUpload{ledger.NewTime(u.Refused.Time), u.Refused.Why}
		}
	}
	return c.JSON(http.StatusOK, map[string]any{"uploads": list})
}

// pathOf is where an upload goes on.
func pathOf(u custody.UploadState) string {
	return fmt.Sprintf("/v1/cases/%s/uploads/%s", u.Case, u.ID)
}

// uploadState says by headers alone where an upload stands.
func (s *Server) uploadState(c echo.Context) error {
	u, err := s.service.Uploads().State(c.Request().Context(), actorOf(c), caseOf(c), c.Param("upload"), asked(c))
	if err != nil {
		return err
	}
	stands(c, u)
	return c.NoContent(http.StatusOK)
}

// appendUpload takes the next bytes as they come. Without an error, or with one after
// some of them were kept, the answer says where the upload stands.
func (s *Server) appendUpload(c echo.Context) error {
	r := c.Request()
	offset, err := strconv.ParseInt(r.Header.Get(uploadOffset), 10, 64)
	if err != nil || offset < 0 {
		return fmt.Errorf("the header %s says at which byte the content goes on; HEAD tells it: %w", uploadOffset, custody.ErrInvalid)
	}
	u, err := s.service.Uploads().Append(r.Context(), actorOf(c), custody.AppendUpload{
		Ask: asked(c), Case: caseOf(c), Upload: c.Param("upload"), Offset: offset, Content: r.Body,
	})
	if u.ID != "" {
		stands(c, u)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("nothing came for %s; %d bytes are here, go on from there: %w", s.silence, u.Offset, custody.ErrPushback)
	}
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) removeUpload(c echo.Context) error {
	err := s.service.Uploads().Remove(c.Request().Context(), actorOf(c), caseOf(c), c.Param("upload"), asked(c))
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// stands says where an upload stands.
func stands(c echo.Context, u custody.UploadState) {
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set(uploadOffset, strconv.FormatInt(u.Offset, 10))
	h.Set(uploadLength, strconv.FormatInt(u.Size, 10))
}
