package vault

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var (
	addressA = strings.Repeat("a", 64)
	addressB = strings.Repeat("b", 64)
	addressC = strings.Repeat("c", 64)
)

// two opens one key folder twice, as two processes do; both have the case in memory.
func two(t *testing.T) (first, second *Vault, config Config) {
	t.Helper()
	first, config = create(t, quick("correct horse battery"))
	second = reopen(t, config)
	if err := errors.Join(first.CreateCase(t.Context(), caseA), first.HasCase(t.Context(), caseA), second.HasCase(t.Context(), caseA)); err != nil {
		t.Fatal(err)
	}
	return first, second, config
}

// TestDestroyedElsewhere destroys the keys of payloads in two vaults over one folder in
// turn: neither keeps anything under a key that the other destroyed, neither brings one
// back, and what was kept anew can be read at the next start. Control: the payload that
// nobody destroyed.
func TestDestroyedElsewhere(t *testing.T) {
	ctx := t.Context()
	first, second, config := two(t)
	old := map[string][]byte{}
	for _, address := range []string{addressA, addressB, addressC} {
		var err error
		if old[address], err = second.WrapPayloadKey(ctx, caseA, address, nil, []byte(address)); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.DestroyPayloads(ctx, caseA, []Doomed{{addressA, 0}}); err != nil {
		t.Fatal(err)
	}
	if _, err := second.UnwrapPayloadKey(ctx, caseA, addressA, nil, old[addressA]); !errors.Is(err, ErrDestroyed) {
		t.Errorf("the other still reads what was destroyed: %v", err)
	}
	anew, err := second.WrapPayloadKey(ctx, caseA, addressA, nil, []byte("kept anew"))
	if err != nil {
		t.Fatal(err)
	}
	if err := second.DestroyPayloads(ctx, caseA, []Doomed{{addressB, 0}}); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]*Vault{"first": first, "second": second, "third": reopen(t, config)} {
		for _, gone := range []string{addressA, addressB} {
			if _, err := v.UnwrapPayloadKey(ctx, caseA, gone, nil, old[gone]); !errors.Is(err, ErrDestroyed) {
				t.Errorf("%s: a destroyed key is back: %v", name, err)
			}
		}
		if got, err := v.UnwrapPayloadKey(ctx, caseA, addressA, nil, anew); err != nil || string(got) != "kept anew" {
			t.Errorf("%s: what was kept anew: %q, %v", name, got, err)
		}
		if got, err := v.UnwrapPayloadKey(ctx, caseA, addressC, nil, old[addressC]); err != nil || string(got) != addressC {
			t.Errorf("control: %s: the payload that nobody destroyed: %q, %v", name, got, err)
		}
	}
}

// TestCaseDestroyedElsewhere destroys the key of a case beside another vault that has it
// in memory: nothing is sealed or opened under it any more, and it leaves that memory too.
func TestCaseDestroyedElsewhere(t *testing.T) {
	ctx := t.Context()
	first, second, _ := two(t)
	sealed, err := second.Seal(ctx, caseA, nil, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Open(ctx, caseA, nil, sealed); err != nil {
		t.Fatalf("control: %v", err)
	}
	held := second.cases[caseA]
	if err := first.DestroyCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Seal(ctx, caseA, nil, []byte("late")); !errors.Is(err, ErrDestroyed) {
		t.Errorf("sealed under a destroyed key: %v", err)
	}
	if _, err := second.Open(ctx, caseA, nil, sealed); !errors.Is(err, ErrDestroyed) {
		t.Errorf("opened under a destroyed key: %v", err)
	}
	if held.raw != [32]byte{} || held.seal != nil || second.cases[caseA] != nil {
		t.Error("the key is still in the other's memory")
	}
}

// TestFolderGone takes the key folder away from under an open vault, as when its disk
// is lost: no case is called unknown or destroyed for that, whether its key was in
// memory or not. Control: once the folder is back, all is as before.
func TestFolderGone(t *testing.T) {
	ctx := t.Context()
	v, _, config := two(t)
	if err := v.CreateCase(ctx, caseB); err != nil {
		t.Fatal(err)
	}
	away := config.Dir + ".away"
	if err := os.Rename(config.Dir, away); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{caseA, caseB, "unknown"} {
		_, sealing := v.Seal(ctx, id, nil, []byte("x"))
		_, blinding := v.Blind(id, "c", "k")
		for what, err := range map[string]error{"use": v.HasCase(ctx, id), "seal": sealing, "blind": blinding, "destroy": v.DestroyCase(ctx, id)} {
			if err == nil || errors.Is(err, ErrNotFound) || errors.Is(err, ErrDestroyed) || errors.Is(err, ErrIntegrity) {
				t.Errorf("%s of %s without the key folder: %v", what, id, err)
			}
		}
	}
	if err := os.Rename(away, config.Dir); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(v.HasCase(ctx, caseA), v.HasCase(ctx, caseB)); err != nil {
		t.Errorf("control: the folder is back: %v", err)
	}
	if err := v.HasCase(ctx, "unknown"); !errors.Is(err, ErrNotFound) {
		t.Errorf("control: a case that never was: %v", err)
	}
	if blinded, err := v.Blind("unknown", "c", "k"); blinded != "" || err != nil {
		t.Errorf("control: the look-up digest of a case that never was: %q, %v", blinded, err)
	}
	if err := os.Remove(filepath.Join(config.Dir, casePrefix+caseA+keySuffix)); err != nil {
		t.Fatal(err)
	}
	if err := v.HasCase(ctx, caseA); err == nil || errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "is gone, which nobody destroyed") {
		t.Errorf("a key file that was taken away: %v", err)
	}
}
