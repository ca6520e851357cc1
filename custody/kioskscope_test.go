package custody_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// forging are the payloads of a kiosk whose program writes into an extraction something else
// than its row says: whoever has the kiosk's keys can run such a program.
type forging struct {
	custody.Blobs
	change func(*custody.Manifest)
}

// Writer returns a writer whose extraction is changed before it is kept.
func (f *forging) Writer(ctx context.Context, id custody.CaseID) (custody.PayloadWriter, error) {
	w, err := f.Blobs.Writer(ctx, id)
	return &forgingWriter{PayloadWriter: w, forging: f}, err
}

type forgingWriter struct {
	custody.PayloadWriter
	*forging
	honest bytes.Buffer
}

// Write keeps what is written for later.
func (w *forgingWriter) Write(p []byte) (int, error) { return w.honest.Write(p) }

// Commit writes the changed extraction.
func (w *forgingWriter) Commit() (custody.Blob, error) {
	z, err := zip.NewReader(bytes.NewReader(w.honest.Bytes()), int64(w.honest.Len()))
	if err != nil {
		return custody.Blob{}, err
	}
	out := zip.NewWriter(w.PayloadWriter)
	for _, member := range z.File {
		if err := w.copy(out, member); err != nil {
			return custody.Blob{}, err
		}
	}
	if err := out.Close(); err != nil {
		return custody.Blob{}, err
	}
	return w.PayloadWriter.Commit()
}

// copy copies one member; the manifest, which is the last, is changed on the way.
func (w *forgingWriter) copy(out *zip.Writer, member *zip.File) error {
	r, err := member.Open()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(r)
	if err == nil && member.Name == "custos-extraction.json" {
		var m custody.Manifest
		if err = ledger.UnmarshalCanonical(text, &m); err == nil {
			w.change(&m)
			text, err = ledger.MarshalCanonical(m)
		}
	}
	if err != nil {
		return err
	}
	to, err := out.CreateHeader(&zip.FileHeader{Name: member.Name, Method: zip.Store})
	if err == nil {
		_, err = to.Write(text)
	}
	return err
}

// TestKioskSaysAnotherScope has a kiosk seal an extraction that holds what the row, by which
// the force asks its policy, does not say: a wider scope, a file of another category, of
// another day or of none, another program. Each is refused and adds no entry to the work.
// The control is the same kiosk whose extraction is as its row says.
func TestKioskSaysAnotherScope(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	forged := &forging{Blobs: kiosk.Service.Blobs}
	kiosk.Service.Blobs = forged
	for n, c := range []struct {
		name   string
		change func(*custody.Manifest)
		want   error
	}{
		{"a wider scope", func(m *custody.Manifest) { m.Scope.Categories = append(m.Scope.Categories, "photos") }, custody.ErrIntegrity},
		{"a file of a category that was not agreed", func(m *custody.Manifest) { m.Files[0].Category = "photos" }, custody.ErrIntegrity},
		{"a file of a later day", func(m *custody.Manifest) { m.Files[1].Date = "2024-03-02" }, custody.ErrIntegrity},
		{"a file without a day", func(m *custody.Manifest) { m.Files[1].Date = "" }, custody.ErrIntegrity},
		{"a file whose day nobody can read", func(m *custody.Manifest) { m.Files[1].Date = "the day before" }, custody.ErrIntegrity},
		{"another program", func(m *custody.Manifest) { m.Tool = "Reader 6.0" }, custody.ErrIntegrity},
		{"another reason for what was left", func(m *custody.Manifest) { m.Outside[0].Category = "letters" }, custody.ErrIntegrity},
		{"control: as its row says", func(*custody.Manifest) {}, nil},
	} {
		forged.change = c.change
		item := fmt.Sprintf("KO/%d", n+2)
		kiosk.acquired(item)
		before := len(force.kinds(force.id, ledger.Work))
		_, err := force.takesIn(kiosk.sealed(item))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: taken in: %v, want %v", c.name, err, c.want)
		}
		if after := len(force.kinds(force.id, ledger.Work)); (after == before) != (c.want != nil) {
			t.Errorf("%s: %d entries were added", c.name, after-before)
		}
	}
	force.whole()
}
