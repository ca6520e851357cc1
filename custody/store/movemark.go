package store

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"custos.example/custody"
	"custos.example/ledger"
)

// mark stands in log_head in the place of its mac while a record is moved, and
// afterwards where it has left. No program takes a marked row for a head that it may
// write under, whatever its version: the row's mac does not fit.
// Shape: canonical JSON; MAC is over the rest and over size and chains of the row.
// Move is, where a record arrives or has left, the id of that copy; where it is leaving,
// that of the run.
type mark struct {
	MAC   string `json:"mac"`
	Move  string `json:"move"`
	Place string `json:"place"` // the other database: where the record goes, or comes from
	State string `json:"state"`
}

// What a mark says of its database.
const (
	leaving  = "leaving"  // it is being moved away: nothing may be added, and all may be read
	left     = "left"     // it has been moved away
	arriving = "arriving" // it is being moved here, and is not whole
)

// headRow is the row of log_head as it is stored.
type headRow struct {
	size, chains uint64
	mac          string
}

func scanHeadRow(row scanner) (headRow, error) {
	var size, chains int64
	var h headRow
	err := row.Scan(&size, &chains, &h.mac)
	h.size, h.chains = unsigned(size), unsigned(chains)
	return h, err
}

// plain is a head without a mark: of a database that may be written to.
func (s *Store) plain(size, chains uint64) headRow {
	return headRow{size, chains, s.headMAC(size, chains)}
}

// marked returns a head with a mark on it.
func (s *Store) marked(size, chains uint64, m mark) (headRow, error) {
	m.MAC = s.markMAC(size, chains, m)
	text, err := ledger.MarshalCanonical(m)
	return headRow{size, chains, string(text)}, err
}

func (s *Store) markMAC(size, chains uint64, m mark) string {
	return s.rowMAC("log_head/moved", size, chains, m.Move, m.Place, m.State)
}

// markOf returns the mark of a head, and whether it has one.
// Errors: custody.ErrIntegrity for a row that was changed from outside.
func (s *Store) markOf(h headRow) (m mark, is bool, err error) {
	if h.mac == s.headMAC(h.size, h.chains) {
		return m, false, nil
	}
	err = ledger.UnmarshalCanonical([]byte(h.mac), &m)
	if err != nil || m.MAC != s.markMAC(h.size, h.chains, m) {
		return mark{}, false, fmt.Errorf("%w: log_head has been changed from outside: check the store with fsck", custody.ErrIntegrity)
	}
	return m, true, nil
}

// movedError says that a database is not the one to use. It is a
// custody.ErrPushback: nothing is wrong with what was asked.
type movedError struct{ mark }

func (e movedError) Is(target error) bool { return target == custody.ErrPushback }

func (e movedError) Error() string {
	where := e.Place
	switch e.State {
	case left:
		if where == embedded {
			return "this is the old database of a record that was moved to the one in the data folder: leave --sql out"
		}
		return "this is the old database of a record that was moved to " + where + ": name that one with --sql"
	case leaving:
		return "the record is being moved to " + where + ", and nothing is added meanwhile: wait, ask for custos database move again to go on with it, or give it up with --cancel"
	}
	return "a record is being moved here from " + where + ", and is not whole: ask for custos database move again to go on with it, and use the old database until then"
}

// embedded is the place of a database in the data folder.
const embedded = "sqlite:"

// placeOf names a database to people: never with a password.
func placeOf(url string) string {
	if strings.HasPrefix(url, embedded) {
		return embedded
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return "postgres:"
	}
	if strings.HasPrefix(config.Host, "/") {
		return "postgres:" + config.Host + ", database " + config.Database
	}
	return "postgres://" + net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))) + "/" + config.Database
}

// headNow reads the head as it is.
func (s *Store) headNow(ctx context.Context) (headRow, error) {
	var h headRow
	found := false
	err := s.query(ctx, question{strings.TrimSuffix(s.text.lockHead, s.db.dialect.forUpdate), nil, func(row scanner) (err error) {
		found = true
		h, err = scanHeadRow(row)
		return err
	}})
	if err == nil && !found {
		err = fmt.Errorf("%w: log_head has no row", custody.ErrIntegrity)
	}
	return h, err
}

// swapHead replaces the head by another in one transaction, with what else is
// written, unless it is no longer the one expected.
//
// Durability: on disk when it returns nil.
// Errors: custody.ErrConflict when somebody else has changed it meanwhile.
func (s *Store) swapHead(ctx context.Context, from, to headRow, write func(ctx context.Context) error) error {
	var have headRow
	err := s.session.begin(ctx, question{s.text.lockHead, nil, func(row scanner) (err error) {
		have, err = scanHeadRow(row)
		return err
	}})
	if err == nil && have != from {
		err = fmt.Errorf("%w: another process has changed this database meanwhile: ask again", custody.ErrConflict)
	}
	if err == nil && write != nil {
		err = write(ctx)
	}
	if err == nil {
		s.session.write(s.text.updateHead, signed(to.size), signed(to.chains), to.mac)
		err = s.session.commit(ctx)
	}
	if err != nil {
		s.session.rollback(context.WithoutCancel(ctx))
	}
	return err
}
