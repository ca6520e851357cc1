package blob

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"custos.example/custody/vault"
	"custos.example/ledger"
)

// The crash tests run this test binary again as a child that puts payloads and
// says of each, once it has been told that it is kept, where it is. The oracle
// is what was said, never what the child believes.
const (
	childData = "CUSTOS_BLOB_CHILD_DATA"
	childKeys = "CUSTOS_BLOB_CHILD_KEYS"
	childMode = "CUSTOS_BLOB_CHILD_MODE"
	childSeed = "CUSTOS_BLOB_CHILD_SEED"
)

func TestMain(m *testing.M) {
	if data := os.Getenv(childData); data != "" {
		if err := child(data, os.Getenv(childKeys), os.Getenv(childMode), os.Getenv(childSeed)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child puts payloads until it is killed or the disk fails.
func child(data, keys, mode, seed string) error {
	ctx := context.Background()
	v, err := vault.Open(ctx, vault.Config{Dir: filepath.Join(keys, "vault"), Secret: vault.KeyFile(filepath.Join(keys, "key"))})
	if err != nil {
		return err
	}
	s, err := Open(ctx, Config{DataDir: data, Keys: v})
	if err != nil {
		return err
	}
	put := s.Put
	if mode == "careless" {
		put = s.carelessPut
	}
	random := mathrand.New(mathrand.NewChaCha8([32]byte([]byte(seed + strings.Repeat(" ", 32))[:32])))
	for {
		content := make([]byte, random.IntN(200_000)>>random.IntN(8))
		if _, err := rand.Read(content); err != nil {
			return err
		}
		ref, err := put(ctx, caseA, bytes.NewReader(content))
		if err != nil {
			return err
		}
		if _, err := fmt.Printf("%s %s %d %s\n", ref.Address, ref.SHA256, ref.Size, ref.Salt); err != nil {
			return err
		}
	}
}

// carelessPut is the control: it writes under the final names and flushes
// nothing.
func (s *Store) carelessPut(ctx context.Context, id string, r io.Reader) (Ref, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return Ref{}, err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return Ref{}, err
	}
	p := part{record: record{identity: identity.String(), size: int64(len(content))}}
	var name [16]byte
	_, _ = rand.Read(name[:])
	p.part = hex.EncodeToString(name[:])
	p.sha256 = sha256.Sum256(content)
	address, err := s.keys.Address(ctx, id, p.sha256)
	if err != nil {
		return Ref{}, err
	}
	wrapped, err := s.keys.WrapPayloadKey(ctx, id, address, recordAAD(id, address), []byte(p.text()))
	if err != nil {
		return Ref{}, err
	}
	key := s.path(keyName(id, address))
	if err := os.MkdirAll(filepath.Dir(key), 0o700); err != nil {
		return Ref{}, err
	}
	if err := os.WriteFile(key, wrapped, 0o600); err != nil {
		return Ref{}, err
	}
	f, err := os.Create(s.path(ageName(id, address, p.part)))
	if err != nil {
		return Ref{}, err
	}
	w, err := age.Encrypt(f, identity.Recipient())
	if err != nil {
		return Ref{}, err
	}
	_, err = w.Write(content)
	return p.ref(id, address), errors.Join(err, w.Close(), f.Close())
}

// crashPlace is a data folder and keys that a child can open.
type crashPlace struct {
	data, keys string
	vault      *vault.Vault
}

func newCrashPlace(t *testing.T) crashPlace {
	t.Helper()
	c := crashPlace{data: filepath.Join(t.TempDir(), "data"), keys: t.TempDir()}
	if err := vault.CreateKeyFile(filepath.Join(c.keys, "key")); err != nil {
		t.Fatal(err)
	}
	var err error
	c.vault, err = vault.Create(t.Context(), vault.Config{
		Dir: filepath.Join(c.keys, "vault"), DataDir: c.data, Secret: vault.KeyFile(filepath.Join(c.keys, "key")),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.vault.Close() })
	if err := c.vault.CreateCase(t.Context(), caseA); err != nil {
		t.Fatal(err)
	}
	return c
}

// run starts a child, calls stop once it has said something, and returns what
// it said. stop must make the child end.
func (c crashPlace) run(t *testing.T, mode, seed string, stop func(*os.Process)) []Ref {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childData+"="+c.data, childKeys+"="+c.keys, childMode+"="+mode, childSeed+"="+seed)
	var says bytes.Buffer
	cmd.Stderr = &says
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var refs []Ref
	var stopped chan struct{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		ref := Ref{Case: caseA}
		var digest, salt string
		if n, err := fmt.Sscan(lines.Text(), &ref.Address, &digest, &ref.Size, &salt); n != 4 || err != nil {
			break // cut off in the middle of a line
		}
		var err error
		if ref.SHA256, err = ledger.ParseDigest(digest); err != nil {
			break
		}
		if ref.Salt, err = ledger.ParseSalt(salt); err != nil {
			break
		}
		refs = append(refs, ref)
		if len(refs) == 1 {
			stopped = make(chan struct{})
			go func() {
				defer close(stopped)
				stop(cmd.Process)
			}()
		}
	}
	if stopped != nil {
		<-stopped
	}
	_ = cmd.Wait()
	if len(refs) == 0 {
		t.Fatalf("the child said nothing; on its errors: %s", says.String())
	}
	return refs
}

// harm returns what of the acknowledged payloads is lost, and everything that
// is half there.
func (c crashPlace) harm(t *testing.T, acknowledged []Ref) (harm []Finding) {
	t.Helper()
	s, err := Open(t.Context(), Config{DataDir: c.data, Keys: c.vault})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.Fsck(t.Context(), acknowledged, func(f Finding) error {
		if f.Fault != Extra { // whole, and its acknowledgement cut off
			harm = append(harm, f)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return harm
}
