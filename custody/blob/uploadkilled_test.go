package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"custos.example/custody/vault"
	"custos.example/ledger"
)

// TestUploadKilled kills a process while it takes an upload, again and again: what it
// said was here is here, and the content is whole in the end. Control: what was declared
// otherwise is seen by its digest.
func TestUploadKilled(t *testing.T) {
	const data, keys, id = "CUSTOS_UPLOAD_DATA", "CUSTOS_UPLOAD_KEYS", "CUSTOS_UPLOAD_ID"
	content := noise(3, 6<<20)
	if os.Getenv(data) != "" {
		if err := sendForever(os.Getenv(data), os.Getenv(keys), os.Getenv(id), content); err != nil {
			t.Fatal(err)
		}
		return
	}
	c := newCrashPlace(t)
	store, err := Open(t.Context(), Config{DataDir: c.data, Keys: c.vault})
	if err != nil {
		t.Fatal(err)
	}
	p := place{data: c.data, vault: c.vault, store: store}
	u := p.begin(t, content)
	kills, last := 0, int64(0)
	for last < u.Size {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestUploadKilled$")
		cmd.Env = append(os.Environ(), data+"="+c.data, keys+"="+c.keys, id+"="+u.ID)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for at := last; at == last; { // killed as soon as it has taken something
			select {
			case err := <-ended:
				t.Fatalf("the process ended by itself: %v", err)
			default:
			}
			info, err := os.Stat(store.uploadPath(u, partSuffix))
			if err != nil {
				t.Fatal(err)
			}
			at = u.offset(info.Size())
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-ended
		at, err := store.UploadReceived(t.Context(), u)
		if err != nil || at < last {
			t.Fatalf("stands at %d, stood at %d: %v", at, last, err)
		}
		last = at
		if kills++; kills == 5 {
			break
		}
	}
	got := p.rest(t, p.found(t, u), content)
	if ledger.Digest(sha256.Sum256(got)) != u.SHA256 {
		t.Error("the content is another")
	}
	got[len(got)/2]++
	if ledger.Digest(sha256.Sum256(got)) == u.SHA256 {
		t.Error("control: a changed byte is not seen")
	}
	t.Logf("killed %d times, last at byte %d of %d", kills, last, u.Size)
}

// sendForever sends slowly what is left of an upload.
func sendForever(data, keys, id string, content []byte) error {
	ctx := context.Background()
	v, err := vault.Open(ctx, vault.Config{Dir: filepath.Join(keys, "vault"), Secret: vault.KeyFile(filepath.Join(keys, "key"))})
	if err != nil {
		return err
	}
	s, err := Open(ctx, Config{DataDir: data, Keys: v, Shared: true})
	if err != nil {
		return err
	}
	u, err := s.FindUpload(ctx, caseA, id)
	if err != nil {
		return err
	}
	at, err := s.UploadReceived(ctx, u)
	if err != nil {
		return err
	}
	_, err = s.AppendUpload(ctx, u, at, slowly{bytes.NewReader(content[at:])})
	return err
}

// slowly hands out a little at a time.
type slowly struct{ r io.Reader }

func (s slowly) Read(b []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.r.Read(b[:min(len(b), 8<<10)])
}
