package wiring

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/timestamp"
	"custos.example/ledger/timestamp/authority"
)

// TimeAuthority is an outside authority of time that the operator named.
// Shape: Roots are DER certificates; URL answers RFC 3161 over HTTP, and is empty
// of one that is no longer asked but whose older stamps are still to be checked.
type TimeAuthority struct {
	Name  string   `json:"name"`
	Roots [][]byte `json:"roots"`
	URL   string   `json:"url"`
}

// timeAuthorities is the file that lists them.
type timeAuthorities struct {
	Authorities []TimeAuthority `json:"authorities"`
	Format      string          `json:"format"`
}

const (
	timeFormat = "https://custos.example/time-authorities/v1"
	// mostAuthorities bounds how many are asked for every bundle.
	mostAuthorities = 4
)

func (o Options) timeFile() string { return filepath.Join(o.Dir, "time-authorities.json") }

// TimeAuthorities returns the authorities that a data folder names, in order.
// Errors: custody.ErrInvalid when the file is not in its form.
func TimeAuthorities(o Options) ([]TimeAuthority, error) {
	text, err := os.ReadFile(o.timeFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var file timeAuthorities
	if err := ledger.UnmarshalCanonical(text, &file); err != nil || file.Format != timeFormat {
		return nil, fmt.Errorf("%s is not a list of authorities of time: remove it and name them again with custos timestamp add: %w",
			o.timeFile(), custody.ErrInvalid)
	}
	return file.Authorities, nil
}

// AddTimeAuthority asks an authority for one stamp, and names it when its answer
// can be checked. It returns by how much this machine's clock stands behind. Naming
// one again is no error, so that what broke off can be repeated; one that is no longer
// asked is asked again, at the address that is given.
// Errors: custody.ErrConflict when one of that name has other roots or is asked at another
// address, or too many are asked; custody.ErrInvalid.
func AddTimeAuthority(ctx context.Context, o Options, a TimeAuthority) (timestamp.Stamp, time.Duration, error) {
	if a.Name == "" || len(a.Roots) == 0 {
		return timestamp.Stamp{}, 0, fmt.Errorf("an authority of time needs a name and a root certificate: %w", custody.ErrInvalid)
	}
	known, err := TimeAuthorities(o)
	if err == nil {
		known, err = withAuthority(known, a)
	}
	if err != nil {
		return timestamp.Stamp{}, 0, err
	}
	s, err := newStamper([]TimeAuthority{a})
	if err != nil {
		return timestamp.Stamp{}, 0, err
	}
	_, stamp, err := s.Stamp(ctx, a.Name, timestamp.ImprintOf([]byte("custos asks whether you are there\n")))
	if err != nil {
		return stamp, 0, err
	}
	return stamp, time.Until(stamp.Time).Round(time.Second), writeTimeAuthorities(o, known)
}

// withAuthority returns the list with an authority that is asked in it.
// Errors: custody.ErrConflict.
func withAuthority(known []TimeAuthority, a TimeAuthority) ([]TimeAuthority, error) {
	list, asked := slices.Clone(known), 0
	for i, k := range list {
		switch {
		case k.Name != a.Name:
		case !slices.EqualFunc(k.Roots, a.Roots, bytes.Equal):
			return nil, fmt.Errorf("an authority %q was named before, with another root: name this one otherwise: %w", a.Name, custody.ErrConflict)
		case k.URL != "" && k.URL != a.URL:
			return nil, fmt.Errorf("an authority %q was named before, and is asked at %s: remove it first: %w", a.Name, k.URL, custody.ErrConflict)
		default:
			list[i].URL = a.URL
		}
		if list[i].URL != "" {
			asked++
		}
	}
	if !slices.ContainsFunc(list, func(k TimeAuthority) bool { return k.Name == a.Name }) {
		list, asked = append(list, a), asked+1
	}
	if asked > mostAuthorities {
		return nil, fmt.Errorf("%d authorities of time are asked already, the most that can be: %w", mostAuthorities, custody.ErrConflict)
	}
	return list, nil
}

// RemoveTimeAuthority no longer asks an authority. Its root stays in the trust
// file, since its older stamps rest on it.
// Errors: custody.ErrNotFound.
func RemoveTimeAuthority(o Options, name string) error {
	known, err := TimeAuthorities(o)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(known, func(k TimeAuthority) bool { return k.Name == name && k.URL != "" })
	if i < 0 {
		return fmt.Errorf("no authority %q is asked: %w", name, custody.ErrNotFound)
	}
	known[i].URL = ""
	return writeTimeAuthorities(o, known)
}

func writeTimeAuthorities(o Options, list []TimeAuthority) error {
	if list == nil {
		list = []TimeAuthority{}
	}
	text, err := ledger.MarshalCanonical(timeAuthorities{list, timeFormat})
	if err != nil {
		return err
	}
	return replace(o.timeFile(), text)
}

// stamper asks the authorities that are named in the data folder.
type stamper struct {
	list    []TimeAuthority
	clients map[string]*authority.Client
	roots   map[string]timestamp.Roots
}

var _ custody.Stamper = (*stamper)(nil)

// newStamper returns a stamper over authorities; it asks none yet.
func newStamper(list []TimeAuthority) (*stamper, error) {
	s := &stamper{list: list, clients: map[string]*authority.Client{}, roots: map[string]timestamp.Roots{}}
	for _, a := range list {
		if a.URL == "" {
			continue
		}
		client, err := authority.NewClient(a.URL, rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("authority of time %s: %w: %w", a.Name, custody.ErrInvalid, err)
		}
		roots, err := timestamp.NewRoots(a.Roots)
		if err != nil {
			return nil, fmt.Errorf("authority of time %s: %w: %w", a.Name, custody.ErrInvalid, err)
		}
		s.clients[a.Name], s.roots[a.Name] = client, roots
	}
	return s, nil
}

// Names returns the authorities that are asked, in order.
func (s *stamper) Names() []string {
	var names []string
	for _, a := range s.list {
		if a.URL != "" {
			names = append(names, a.Name)
		}
	}
	return names
}

// Stamp asks one authority.
func (s *stamper) Stamp(ctx context.Context, name string, imprint timestamp.Imprint) ([]byte, timestamp.Stamp, error) {
	client, known := s.clients[name]
	if !known {
		return nil, timestamp.Stamp{}, fmt.Errorf("authority of time %s: %w", name, custody.ErrNotFound)
	}
	token, stamp, err := client.Stamp(ctx, imprint, s.roots[name])
	switch {
	case errors.Is(err, authority.ErrUnreachable):
		err = fmt.Errorf("authority of time %s: %w: %w", name, custody.ErrPushback, err)
	case err != nil:
		err = fmt.Errorf("authority of time %s: %w: %w", name, custody.ErrInvalid, err)
	}
	return token, stamp, err
}

// Roots returns every root, each once.
func (s *stamper) Roots() [][]byte {
	var roots [][]byte
	for _, a := range s.list {
		for _, root := range a.Roots {
			if !slices.ContainsFunc(roots, func(r []byte) bool { return slices.Equal(r, root) }) {
				roots = append(roots, root)
			}
		}
	}
	return roots
}

// stampAsk is how often a serving station asks itself whether a stamp is due.
const stampAsk = 10 * time.Minute

// KeepStamped has the log stamped once a day, as long as ctx lasts. What fails is
// told to the log of the program and tried again at the next turn.
func (s *Station) KeepStamped(ctx context.Context) {
	turn := time.NewTicker(stampAsk)
	defer turn.Stop()
	for {
		stamped, err := s.Service.Stamps().Due(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "the log could not be time-stamped", slog.String("error", err.Error()))
		}
		for _, one := range stamped {
			switch {
			case one.Failed != "":
				s.log.ErrorContext(ctx, "an authority of time gave no stamp", slog.String("authority", one.Name), slog.String("why", one.Failed))
			case one.Offset.Abs() > time.Minute:
				s.log.ErrorContext(ctx, "this machine's clock differs from that of an authority of time: set it right",
					slog.String("authority", one.Name), slog.Duration("behind", one.Offset))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
		}
	}
}
