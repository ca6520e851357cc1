package store

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"custos.example/custody"
)

// Line says what is asked of the line to a database on another machine.
type Line bool

const (
	// CheckedLine wants the certificate of the database checked, its name too. A line
	// that stays on this machine needs none.
	CheckedLine Line = false
	// AnyLine takes a line that nobody here checks: something else protects it.
	AnyLine Line = true
)

// CheckLine refuses the address of a PostgreSQL database to which the line leaves this
// machine without being checked. It connects to nothing.
// Errors: custody.ErrInvalid.
func CheckLine(url string, line Line) error {
	_, err := checkedLine(url, line)
	return err
}

// checkedLine reads an address and refuses one that CheckLine refuses: nothing, and no
// password, has been sent by then.
func checkedLine(url string, line Line) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// The text of a parse error repeats parts of the URL; it may hold a password.
		return nil, errors.New("the URL of the database, or a file that it names, cannot be read: write it as postgres://USER@HOST:PORT/NAME")
	}
	if host := uncheckedLine(config); host != "" && line != AnyLine {
		return nil, fmt.Errorf("%w: nobody would check that it is %s that answers, and others could read and change what passes: put sslmode=verify-full, "+
			"and sslrootcert=FILE for an authority of your own, into the address of the database. Only where something else protects all of that line: "+
			"--the-line-to-the-database-is-protected-otherwise", custody.ErrInvalid, host)
	}
	return config, nil
}

// uncheckedLine returns the host to which the line leaves this machine without being
// checked, or would if the server asked for that; "" when there is none.
func uncheckedLine(config *pgx.ConnConfig) string {
	ways := append([]*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	for _, way := range ways {
		address := net.ParseIP(way.Host)
		local := strings.HasPrefix(way.Host, "/") || way.Host == "localhost" || address.IsLoopback()
		if !local && (way.TLSConfig == nil || way.TLSConfig.InsecureSkipVerify) {
			return way.Host
		}
	}
	return ""
}
