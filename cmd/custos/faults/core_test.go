package faults_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/custody/store"
	"custos.example/custody/vault"
	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/sign"
)

// core is everything of a station that writes to disk: vault, store, payloads,
// guard, recorder and tiles, without the policy and the use cases.
type core struct {
	vault               *vault.Vault
	store               *store.Store
	blobs               *blob.Store
	guard               recorder.Guard
	tiles               *recorder.Tiles
	recorder            *recorder.Recorder
	config              recorder.Config
	log, service, actor *sign.Key
	points              *points // nil: none
}

// coreSealer is the vault as the store asks for it.
type coreSealer struct{ vault.Typed[custody.CaseID] }

// Open opens what was sealed, and says what can never be opened.
func (s coreSealer) Open(ctx context.Context, id custody.CaseID, aad, sealed []byte) ([]byte, error) {
	plain, err := s.Typed.Open(ctx, id, aad, sealed)
	if errors.Is(err, vault.ErrIntegrity) || errors.Is(err, vault.ErrDestroyed) || errors.Is(err, vault.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", custody.ErrIntegrity, err)
	}
	return plain, err
}

// coreConfig is that of a vault below a folder.
func coreConfig(folder string) vault.Config {
	return vault.Config{
		Dir: filepath.Join(folder, "keys", "vault"), DataDir: filepath.Join(folder, "record"),
		Secret: vault.KeyFile(filepath.Join(folder, "keys", "secret")),
	}
}

// sharedVariable is the PostgreSQL URL of a core that several processes write.
const sharedVariable = "CUSTOS_FAULTS_SHARED"

// coreKeys are the names of its key files.
var coreKeys = []string{"log.key", "service.key", "actor.key"}

// createCore makes the folders, the keys and the guard.
func createCore(ctx context.Context, folder string) error {
	for _, name := range []string{"record", "keys"} {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o700); err != nil {
			return err
		}
	}
	if err := vault.CreateKeyFile(filepath.Join(folder, "keys", "secret")); err != nil {
		return err
	}
	v, err := vault.Create(ctx, coreConfig(folder))
	if err != nil {
		return err
	}
	if err := v.Close(); err != nil {
		return err
	}
	for _, name := range coreKeys {
		key, err := sign.Create(filepath.Join(folder, "keys", name), rand.Reader)
		if err != nil {
			return err
		}
		_ = key.Close()
	}
	_, err = recorder.CreateFileGuard(guardFile(folder))
	return err
}

// openCore opens all of it and checks it against the guard.
func openCore(ctx context.Context, folder string) (_ *core, err error) {
	c := &core{}
	defer func() {
		if err != nil {
			_ = c.Close()
		}
	}()
	if c.vault, err = vault.Open(ctx, coreConfig(folder)); err != nil {
		return nil, err
	}
	address, shared := os.LookupEnv(sharedVariable)
	if !shared {
		address = "sqlite:" + filepath.Join(folder, "record", "custos.db")
	}
	c.store, err = store.Open(ctx, store.Config{
		URL: address, Sealer: coreSealer{vault.For[custody.CaseID](c.vault)}, Project: custody.Project,
		Clock: wallClock{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	if c.blobs, err = blob.Open(ctx, blob.Config{DataDir: filepath.Join(folder, "record"), Keys: c.vault, Shared: shared}); err != nil {
		return nil, err
	}
	for i, key := range []**sign.Key{&c.log, &c.service, &c.actor} {
		if *key, err = sign.Open(filepath.Join(folder, "keys", coreKeys[i])); err != nil {
			return nil, err
		}
	}
	if c.guard, err = recorder.OpenFileGuard(guardFile(folder)); err != nil {
		return nil, err
	}
	text, err := c.log.VerifierKey(origin)
	if err != nil {
		return nil, err
	}
	public, err := ledger.ParseNoteKey(text)
	if err != nil {
		return nil, err
	}
	keys := []ledger.NoteKey{public}
	c.tiles = recorder.NewTiles(recorder.TilesConfig{
		Folder: filepath.Join(folder, "record", "tiles"), Origin: origin, Keys: keys, Leaves: c.store,
	})
	c.config = recorder.Config{
		Origin: origin, Log: c.store.Log(), Signer: c.log.NoteSigner(origin), Keys: keys, Guard: c.guard, Tiles: c.tiles,
	}
	c.recorder = recorder.New(c.config)
	return c, c.recorder.Check(ctx)
}

// wallClock is the machine's.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (c *core) entries() *store.Store { return c.store }

// Close lets go of everything that was opened.
func (c *core) Close() error {
	var errs []error
	if c.blobs != nil {
		errs = append(errs, c.blobs.Close())
	}
	if c.store != nil {
		errs = append(errs, c.store.Close())
	}
	if c.vault != nil {
		errs = append(errs, c.vault.Close())
	}
	return errors.Join(errs...)
}

// next keeps a payload and an entry that names it, in a new case now and then,
// and waits for the receipt. The tiles are published on the way.
func (c *core) next(ctx context.Context, last told) (told, error) {
	answer := told{Writer: last.Writer, Turn: last.Turn + 1, Case: last.Case}
	random := mathrand.New(mathrand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "writer %d turn %d", answer.Writer, answer.Turn))))
	if answer.Turn%cycle == 1 {
		answer.Case = custody.CaseID(fmt.Sprintf("%016x%016x", answer.Writer, answer.Turn))
		err := c.points.do("key of a case", func() error { return c.vault.CreateCase(ctx, string(answer.Case)) })
		if err != nil && !errors.Is(err, vault.ErrExists) {
			return answer, err
		}
	}
	nonce, err := c.vault.Derive(ctx, string(answer.Case), "chain nonce", nil)
	if err != nil {
		return answer, err
	}
	chain := custody.Chain{ID: ledger.DeriveChain(origin, ledger.Work, nonce), Kind: ledger.Work, Nonce: nonce, Case: answer.Case}
	if answer.Turn%cycle == 1 {
		if err := c.points.do("chain", func() error { return c.store.OpenChain(ctx, chain) }); err != nil {
			return answer, err
		}
	}
	content := make([]byte, random.IntN(60_000)>>random.IntN(8))
	for i := range content {
		content[i] = byte(random.Uint32())
	}
	err = c.points.do("payload", func() (err error) {
		answer.Kept, err = c.blobs.Put(ctx, string(answer.Case), bytes.NewReader(content))
		return err
	})
	if err != nil {
		return answer, err
	}
	request, err := c.request(ctx, chain, answer)
	if err != nil {
		return answer, err
	}
	var placed []custody.Placed
	err = c.points.do("entry", func() (err error) {
		placed, err = c.store.Append(ctx, request)
		return err
	})
	if err != nil {
		return answer, err
	}
	receipt, err := c.recorder.Receipt(ctx, uint64(placed[0].Index))
	if err != nil {
		return answer, err
	}
	if answer.Turn%3 == 0 {
		if err := c.recorder.Publish(ctx); err != nil {
			return answer, err
		}
	}
	answer.Proofs = []custody.Proof{{Entry: request.Drafts[0].Entry, Placed: placed[0], Receipt: receipt}}
	return answer, nil
}

// request is that of one entry that names a payload. Who asks again asks under
// the same entry id.
func (c *core) request(ctx context.Context, chain custody.Chain, answer told) (custody.Request, error) {
	name := sha256.Sum256(fmt.Appendf(nil, "entry of writer %d turn %d", answer.Writer, answer.Turn))
	entry := ledger.EntryID(name[:16])
	statement, err := ledger.NewStatement(ledger.Predicate{
		Actor: ledger.Actor{ID: officer.ID, Key: c.actor.KeyID(), Role: "exhibits-officer"}, Authority: []ledger.EntryID{},
		Detail: &ledger.EvidenceReceived{
			FileName: "return.csv", From: "A Network Ltd", Item: itemOf(answer.Turn), Size: uint64(answer.Kept.Size),
		},
		Place: ledger.Place{Chain: chain.ID, Entry: entry}, ResolvedDependencies: []ledger.Dependency{}, Time: ledger.NewTime(time.Now()),
	}, ledger.Subject{Name: "source", Digest: answer.Kept.Digest()})
	if err != nil {
		return custody.Request{}, err
	}
	written, err := custody.Write(statement)
	if err != nil {
		return custody.Request{}, err
	}
	signed, err := written.Sign(ctx, c.service, c.actor)
	if err != nil {
		return custody.Request{}, err
	}
	salt, err := ledger.NewSalt(rand.Reader)
	if err != nil {
		return custody.Request{}, err
	}
	return custody.Request{Digest: ledger.Digest(name), Drafts: []custody.Draft{{
		Kind: string(statement.Kind()), Case: chain.Case, Chain: chain.ID, Entry: entry, Signed: signed, Salt: salt,
	}}}, nil
}

// whole checks entries against the guard, every payload that a client was told
// of, and every public tile.
func (c *core) whole(ctx context.Context, clients *clients) (found []string) {
	note := func(what string, err error) {
		if err != nil {
			found = append(found, fmt.Sprintf("%s: %v", what, err))
		}
	}
	var options custody.FsckOptions
	held, err := c.guard.Load(ctx)
	note("guard", err)
	if len(held) > 0 {
		signed, err := ledger.ParseCheckpoint(held)
		note("guard", err)
		options.From = signed.Checkpoint
	}
	report, err := c.store.Fsck(ctx, options)
	note("entries", err)
	for _, f := range report.Findings {
		found = append(found, f.Where+": "+f.What)
	}
	var expected []blob.Ref
	for _, a := range clients.all {
		expected = append(expected, a.Kept)
	}
	_, shared := os.LookupEnv(sharedVariable)
	_, err = c.blobs.Fsck(ctx, expected, func(f blob.Finding) error {
		// Whole, and its acknowledgement never came; or on its way when its writer was
		// killed, in a folder that nobody clears because others write there too.
		onItsWay := shared && f.Fault == blob.Leftover && strings.HasPrefix(f.File, "part/")
		if f.Fault != blob.Extra && !onItsWay {
			found = append(found, "payloads: "+f.String())
		}
		return nil
	})
	note("payloads", err)
	_, err = c.tiles.Check(ctx)
	if !errors.Is(err, os.ErrNotExist) { // nothing was published yet
		note("tiles", err)
	}
	return found
}
