package witness_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"custos.example/ledger"
	"custos.example/ledger/follow"
	"custos.example/ledger/quorum"
)

// TestOthersLog lets another project's log ask this co-signer, with that
// project's own client, and another project's reader check what came of it.
func TestOthersLog(t *testing.T) {
	ctx := t.Context()
	key := newKeys(t, origin, ledger.LogKey)
	w, _ := oneWitness(t, "co.example/1", key.note)
	server := httptest.NewServer(w.Handler(slog.New(slog.DiscardHandler)))
	defer server.Close()
	folder := t.TempDir()
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	if err != nil {
		t.Fatal(err)
	}
	policy := fmt.Sprintf("witness w %s %s\nquorum w\n", w.Key(), server.URL)
	group, err := tessera.NewWitnessGroupFromPolicy([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(key.NoteSigner(origin)).
		WithBatching(8, 50*time.Millisecond).
		WithCheckpointInterval(100*time.Millisecond).
		WithWitnesses(group, &tessera.WitnessOptions{FailOpen: false, Timeout: 5 * time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	await := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 20*time.Millisecond)
	for i := range 12 {
		if _, _, err := await.Await(ctx, appender.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "entry %d", i/4)))); err != nil {
			t.Fatal(err)
		}
	}
	text, err := reader.ReadCheckpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	check(t, text, policy, key.note, w.Key())
	source, err := follow.At(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := quorum.Parse([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	config := follow.Config{
		Source: source, Folder: t.TempDir(), Log: []ledger.NoteKey{key.note}, Policy: &asked, MaxAge: time.Hour, Now: time.Now,
	}
	for range 2 { // their folder of tiles, followed by our follower while it grows
		seen, err := follow.Look(ctx, config)
		if err != nil || len(seen.Alarms) > 0 || len(seen.CoSigners) != 1 {
			t.Fatalf("%+v, %v", seen, err)
		}
		if _, _, err := await.Await(ctx, appender.Add(ctx, tessera.NewEntry([]byte("one more")))); err != nil {
			t.Fatal(err)
		}
	}
	if err := shutdown(context.WithoutCancel(ctx)); err != nil {
		t.Error(err)
	}
}

// check reads a co-signed checkpoint with another project's reader and with ours.
func check(t *testing.T, text []byte, policy string, log, coSigner ledger.NoteKey) {
	t.Helper()
	theirLog, err := note.NewVerifier(log.String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := fnote.NewVerifierForCosignatureV1(coSigner.String())
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open(text, note.VerifierList(theirLog, theirs))
	if err != nil || len(opened.Sigs) != 2 {
		t.Fatalf("another reader: %+v, %v", opened, err)
	}
	s, err := ledger.ParseCheckpoint(text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := quorum.Parse([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	if signed, err := p.Verify(s, log); err != nil || len(signed) != 1 || time.Since(signed[0].At).Abs() > time.Minute {
		t.Fatalf("%+v, %v", signed, err)
	}
	group, err := tessera.NewWitnessGroupFromPolicy([]byte(policy))
	if err != nil || !group.Satisfied(text) {
		t.Fatalf("another reader's quorum: %v", err)
	}
	if u, err := url.Parse(coSigner.Name); err != nil || u.IsAbs() {
		t.Fatalf("a co-signer's name is no URL with a scheme: %v", err)
	}
}
