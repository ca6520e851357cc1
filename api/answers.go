package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
)

// decoded handles a request whose body is a document: do gets it, and makes the one
// call that it asks for.
func decoded[D any](do func(echo.Context, D) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		var d D
		if err := decode(c.Request().Body, &d); err != nil {
			return err
		}
		return do(c, d)
	}
}

// answered gives what was asked for, unless that failed.
func answered(c echo.Context, answer any, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// created gives what came of something that was recorded, unless that failed.
func created(c echo.Context, answer any, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, answer)
}

// placed gives the place of what was recorded, unless that failed.
func placed(c echo.Context, done custody.Proof, err error) error {
	return created(c, map[string]any{"proof": proof(done)}, err)
}
