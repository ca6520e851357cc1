package custody_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// cut is a folder of keys at which the power goes before one call.
type cut struct {
	custody.Signers
	at string
}

var errCut = errors.New("the power went")

func (c cut) Next(ctx context.Context, holder string) (custody.Signer, error) {
	next, err := c.Signers.Next(ctx, holder)
	if c.at == "append" && err == nil { // the new key is there, and nothing is recorded
		err = errCut
	}
	return next, err
}

func (c cut) Settle(ctx context.Context, holder string, key ledger.KeyID) error {
	if c.at == "settle" { // recorded, and the old key is still in place
		return errCut
	}
	return c.Signers.Settle(ctx, holder, key)
}

// TestReplaceCutShort cuts the replacing of each kind of key short before the
// record is written and before the new file takes the old one's place. Either it
// has happened or it has not, work goes on, and asked again it ends. The control
// puts the old key file back afterwards: the record is then not opened, or the
// person not served.
func TestReplaceCutShort(t *testing.T) {
	trials, caught := 0, 0
	for _, holder := range []string{"service", "log", analyst.ID} {
		for _, at := range []string{"append", "settle"} {
			trials++
			h := withCase(t)
			file := filepath.Join(filepath.Dir(h.TokenFile()), "sign", holder+".key")
			if holder == analyst.ID {
				file = filepath.Join(filepath.Dir(file), "person-"+holder+".key")
			}
			old, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before := h.inForce(holder).Key
			config := h.Service.Config
			config.Signers = cut{config.Signers, at}
			if err := replaceKey(t, custody.New(config), holder); !errors.Is(err, errCut) {
				t.Fatalf("%s, %s: %v", holder, at, err)
			}
			h.reopen()
			if changed := h.inForce(holder).Key != before; changed != (at == "settle") {
				t.Errorf("%s, cut before %s: replaced in the record: %t", holder, at, changed)
			}
			h.receive([]byte(header + call(1, "MO Voice")))
			h.works(t)
			if err := replaceKey(t, h.Service, holder); err != nil {
				t.Errorf("%s, cut before %s, asked again: %v", holder, at, err)
			}
			h.reopen()
			h.works(t)
			h.keyring()
			h.signed()
			if h.oldKeyIsRefused(file, old) {
				caught++
			}
		}
	}
	if caught != trials {
		t.Errorf("control: an old key file was taken %d times", trials-caught)
	}
	t.Logf("PROOF harness=keys-cut-short trials=%d failures=%d control=\"an old key file put back is refused %d of %d times\"", trials, failed(t), caught, trials)
}

func failed(t *testing.T) int {
	if t.Failed() {
		return 1
	}
	return 0
}

func replaceKey(t *testing.T, s *custody.Service, holder string) error {
	t.Helper()
	var err error
	if holder == analyst.ID {
		_, err = s.Keys().Replace(t.Context(), analyst, custody.ReplaceKey{})
	} else {
		_, err = s.Keys().ReplaceOwn(t.Context(), admin, custody.ReplaceOwn{Which: holder})
	}
	return err
}

// works has the analyst run something.
func (h *house) works(t *testing.T) {
	t.Helper()
	datasets, err := h.Service.Cases().Datasets(t.Context(), h.id)
	if err != nil || len(datasets) == 0 {
		t.Fatalf("%d data sets: %v", len(datasets), err)
	}
	h.run("event-schedule", datasets[0], nil)
}

// oldKeyIsRefused puts a key file back and tells whether that is noticed.
func (h *house) oldKeyIsRefused(file string, old []byte) bool {
	h.Helper()
	now, err := os.ReadFile(file)
	if err != nil {
		h.Fatal(err)
	}
	if err := h.Close(); err != nil {
		h.Fatal(err)
	}
	if err := os.WriteFile(file, old, 0o600); err != nil {
		h.Fatal(err)
	}
	defer func() {
		if err := os.WriteFile(file, now, 0o600); err != nil {
			h.Error(err)
		}
		h.open()
	}()
	station, err := wiring.Open(h.Context(), h.options)
	if err != nil {
		return errors.Is(err, custody.ErrIntegrity)
	}
	err = replaceKey(h.T, station.Service, analyst.ID)
	return errors.Is(errors.Join(err, station.Close()), custody.ErrIntegrity)
}
