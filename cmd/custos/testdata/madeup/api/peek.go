package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

func (s *Server) madeUp(v1 *echo.Group) {
	v1.GET("/cases/:case/peek", s.peek)
}

// peek answers without a use case.
func (s *Server) peek(c echo.Context) error {
	size, err := s.service.Store.Size(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, size)
}
