package recorder_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/recorder"
	"custos.example/ledger/sign"
	"custos.example/ledger/tree"
	"custos.example/ledger/witness"
)

// fellow is a co-signer that answers over HTTP, or not.
type fellow struct {
	key    *sign.Key
	note   ledger.NoteKey
	log    ledger.NoteKey
	folder string
	url    string
	// how it answers; nil: as it should
	instead atomic.Pointer[http.HandlerFunc]
}

func newFellow(tb testing.TB, name string, log ledger.NoteKey) *fellow {
	tb.Helper()
	key, _ := newKey(tb)
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		tb.Fatal(err)
	}
	note, err := ledger.NewNoteKey(name, ledger.CoSignerKey, public)
	if err != nil {
		tb.Fatal(err)
	}
	f := &fellow{key: key, note: note, log: log, folder: filepath.Join(tb.TempDir(), "memory")}
	if err := witness.Admit(f.folder, log.Name); err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if other := f.instead.Load(); other != nil {
			(*other)(out, in)
			return
		}
		f.witness().Handler(slog.New(slog.DiscardHandler)).ServeHTTP(out, in)
	}))
	tb.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *fellow) witness() *witness.Witness {
	return witness.New(witness.Config{Folder: f.folder, Key: f.note, Signer: f.key, Logs: []ledger.NoteKey{f.log}, Now: time.Now})
}

func (f *fellow) answer(with http.HandlerFunc) { f.instead.Store(&with) }

// down answers nothing until the client gives up.
func down(_ http.ResponseWriter, in *http.Request) {
	_, _ = io.Copy(io.Discard, in.Body)
	<-in.Context().Done()
}

func refused(out http.ResponseWriter, _ *http.Request) {
	http.Error(out, "no", http.StatusServiceUnavailable)
}

// coSigned is a recorder's config with four co-signers of which three are wanted.
func coSigned(tb testing.TB, log recorder.Log) (recorder.Config, []*fellow) {
	tb.Helper()
	return coSignedBy(tb, log, 4)
}

// coSignedBy is one with so many co-signers.
func coSignedBy(tb testing.TB, log recorder.Log, many int) (recorder.Config, []*fellow) {
	tb.Helper()
	c := config(tb, log)
	c.Kept, c.Patience = filepath.Join(tb.TempDir(), "kept"), 10*time.Second
	var fellows []*fellow
	text, names := "", ""
	for i := range many {
		f := newFellow(tb, fmt.Sprintf("organisation%d.example/1", i), c.Keys[0])
		fellows = append(fellows, f)
		text += fmt.Sprintf("witness w%d %s %s\n", i, f.note, f.url)
		names += fmt.Sprintf(" w%d", i)
	}
	var err error
	if c.Quorum, err = quorum.Parse([]byte(text + "group all 3" + names + "\nquorum all\n")); err != nil {
		tb.Fatal(err)
	}
	if c.CoSigners, err = recorder.CoSigners(c.Quorum); err != nil {
		tb.Fatal(err)
	}
	return c, fellows
}

func quorate(tb testing.TB, c recorder.Config, s ledger.SignedCheckpoint) []ledger.CoSigned {
	tb.Helper()
	list, err := c.Quorum.Verify(s, c.Keys...)
	if err != nil {
		tb.Fatalf("a checkpoint without its quorum: %v", err)
	}
	return list
}

// TestQuorum makes checkpoints with all co-signers, with three, and with two.
func TestQuorum(t *testing.T) {
	engine := newLog(t, 5)
	c, fellows := coSigned(t, engine)
	r := recorder.New(c)
	if n := len(quorate(t, c, checkpoint(t, c, r, 5))); n < 3 {
		t.Fatalf("%d co-signatures", n)
	}
	fellows[3].answer(refused)
	grow(t, engine, 5, "")
	if n := len(quorate(t, c, checkpoint(t, c, r, 10))); n != 3 {
		t.Fatalf("%d co-signatures", n)
	}
	fellows[2].answer(refused)
	grow(t, engine, 5, "")
	for range 3 {
		_, _, err := r.Checkpoint(t.Context(), 15)
		wantError(t, err, recorder.ErrNotCoSigned, "two of four")
		wantError(t, err, tree.ErrUnavailable, "two of four")
		_, err = r.Receipt(t.Context(), 12)
		wantError(t, err, recorder.ErrNotCoSigned, "a receipt under two of four")
	}
	wantError(t, r.CoSigned(), recorder.ErrNotCoSigned, "what is open")
	if _, err := r.Receipt(t.Context(), 3); err != nil {
		t.Fatalf("a receipt for what was co-signed before: %v", err)
	}
	guarded, err := c.Guard.Load(t.Context())
	if s, e := ledger.ParseCheckpoint(guarded); err != nil || e != nil || s.Size != 15 {
		t.Fatalf("the guard is not ahead of the co-signers: %v, %v", s.Checkpoint, errors.Join(err, e))
	}
	if strings.Contains(fmt.Sprint(r.CoSigned()), "15") == false {
		t.Errorf("what is open does not say how much: %v", r.CoSigned())
	}
	fellows[2].instead.Store(nil)
	if err := r.Renew(t.Context()); err != nil || r.CoSigned() != nil {
		t.Fatalf("after the outage: %v, %v", err, r.CoSigned())
	}
	quorate(t, c, checkpoint(t, c, r, 15))
}

// TestCatchUp cuts three of four co-signers off for a while in which the log
// grows, by dead listeners, and measures how long the log needs after they are back.
func TestCatchUp(t *testing.T) {
	engine := newLog(t, 5)
	c, fellows := coSigned(t, engine)
	c.Patience = time.Second
	r := recorder.New(c)
	checkpoint(t, c, r, 5)
	for _, f := range fellows[1:] {
		f.answer(down)
	}
	begun := time.Now()
	for range 4 {
		grow(t, engine, 300, "")
		_, _, err := r.Checkpoint(t.Context(), 0)
		wantError(t, err, recorder.ErrNotCoSigned, "one of four")
	}
	if took := time.Since(begun); took > 20*time.Second { // patience for each of four, and a busy machine
		t.Errorf("who waits was kept waiting %v for those who do not answer", took)
	}
	for _, f := range fellows[1:] {
		f.instead.Store(nil)
	}
	begun = time.Now()
	if err := r.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begun)
	if n := len(quorate(t, c, checkpoint(t, c, r, 1205))); n != 4 || took > 60*time.Second {
		t.Fatalf("%d co-signatures after %v", n, took)
	}
	t.Logf("PROOF harness=co-signers-caught-up trials=4 failures=0 control=\"no checkpoint while three of four were silent\" (after %v)", took)
}

// TestSlow shows that one silent co-signer delays nobody for long.
func TestSlow(t *testing.T) {
	engine := newLog(t, 5)
	c, fellows := coSigned(t, engine)
	fellows[0].answer(down)
	r := recorder.New(c)
	begun := time.Now()
	for i := range uint64(10) {
		grow(t, engine, 1, "")
		quorate(t, c, checkpoint(t, c, r, 6+i))
	}
	if took := time.Since(begun); took > c.Patience {
		t.Fatalf("10 checkpoints took %v: somebody waited for the one who is silent", took)
	}
}

// TestFalseCoSigners lets two of four answer in every way that is not a
// co-signature of this checkpoint: none counts.
func TestFalseCoSigners(t *testing.T) {
	engine := newLog(t, 5)
	c, fellows := coSigned(t, engine)
	checkpoint(t, c, recorder.New(c), 5)
	grow(t, engine, 5, "")
	stranger := newFellow(t, "stranger.example/1", c.Keys[0])
	signedBy := func(f *fellow, s ledger.SignedCheckpoint) []byte {
		with, err := s.CoSign(f.note, time.Now(), func(m []byte) ([]byte, error) { return f.key.Sign(context.Background(), m) })
		if err != nil {
			t.Fatal(err)
		}
		with.Signatures = with.Signatures[len(with.Signatures)-1:]
		return with.Lines()
	}
	asked := func(in *http.Request) ledger.SignedCheckpoint {
		body, _ := io.ReadAll(in.Body)
		request, err := witness.ParseRequest(body)
		if err != nil {
			t.Error(err)
		}
		return request.Checkpoint
	}
	other := ledger.SignedCheckpoint{Checkpoint: ledger.Checkpoint{Origin: origin, Size: 10, Root: ledger.Digest{1}}}
	for name, with := range map[string]func(f *fellow) http.HandlerFunc{
		"nothing": func(*fellow) http.HandlerFunc { return func(http.ResponseWriter, *http.Request) {} },
		"a stranger's": func(*fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) { out.Write(signedBy(stranger, asked(in))) }
		},
		"of another root": func(f *fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) { out.Write(signedBy(f, other)) }
		},
		"another's, copied": func(*fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) { out.Write(signedBy(fellows[0], asked(in))) }
		},
		"the log's own": func(*fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) { out.Write(asked(in).Lines()) }
		},
		"garbage": func(*fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) { out.Write([]byte("— x y\n")) }
		},
		"a megabyte": func(*fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) { out.Write(bytes.Repeat([]byte("x"), 1<<20)) }
		},
		"one cut short": func(f *fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) { out.Write(signedBy(f, asked(in))[:90]) }
		},
		"a redirection": func(f *fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) {
				http.Redirect(out, in, stranger.url, http.StatusTemporaryRedirect)
			}
		},
		"409 without a size": func(f *fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) { http.Error(out, "busy", http.StatusConflict) }
		},
		"409 for ever": func(f *fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) {
				out.Header().Set("Content-Type", "text/x.tlog.size")
				out.WriteHeader(409)
				fmt.Fprintln(out, 3)
			}
		},
		"a false rollback": func(f *fellow) http.HandlerFunc {
			return func(out http.ResponseWriter, in *http.Request) {
				if in.Method == http.MethodGet {
					out.Write([]byte(origin + "\n99\n" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" + string(signedBy(stranger, other))))
					return
				}
				out.Header().Set("Content-Type", "text/x.tlog.size")
				out.WriteHeader(409)
				fmt.Fprintln(out, 99)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range fellows[2:] {
				f.answer(with(f))
			}
			_, _, err := recorder.New(c).Checkpoint(t.Context(), 10)
			wantError(t, err, recorder.ErrNotCoSigned, name)
			if errors.Is(err, tree.ErrIntegrity) {
				t.Errorf("a co-signer alone stopped the log: %v", err)
			}
		})
	}
	for _, f := range fellows[2:] {
		f.instead.Store(nil)
	}
	quorate(t, c, checkpoint(t, c, recorder.New(c), 10)) // control
}

// TestRestoredWithoutGuard puts a log and its guard back to an earlier state
// together, which nothing at home can show: the co-signers do. Control: without
// them it goes unseen.
func TestRestoredWithoutGuard(t *testing.T) {
	engine := newLog(t, 20)
	c, _ := coSigned(t, engine)
	checkpoint(t, c, recorder.New(c), 20)
	c.Log, c.Guard, c.Kept = newLog(t, 12), newGuard(t), filepath.Join(t.TempDir(), "kept")
	_, _, err := recorder.New(c).Checkpoint(t.Context(), 12)
	wantError(t, err, recorder.ErrRollback, "a log that was put back with its guard")
	wantError(t, err, tree.ErrIntegrity, "a log that was put back with its guard")

	other := newLog(t, 12)
	grow(t, other, 20, "another history")
	c.Log, c.Guard = other, newGuard(t)
	_, _, err = recorder.New(c).Checkpoint(t.Context(), 32)
	wantError(t, err, recorder.ErrNotCoSigned, "a log that went on otherwise after it was put back")

	c.Quorum, c.CoSigners, c.Guard = quorum.Policy{}, nil, newGuard(t)
	if _, _, err := recorder.New(c).Checkpoint(t.Context(), 32); err != nil {
		t.Fatalf("control: without co-signers: %v", err)
	}
}

// TestKept shows that the newest co-signed checkpoint outlives the process, also
// when no co-signer can be had afterwards, and that it is believed no further than
// the log bears it out.
func TestKept(t *testing.T) {
	engine := newLog(t, 20)
	c, fellows := coSigned(t, engine)
	checkpoint(t, c, recorder.New(c), 20)
	for _, f := range fellows {
		f.answer(refused)
	}
	r := recorder.New(c)
	if err := r.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := r.Receipt(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := ledger.ParseReceipt(text)
	if err != nil {
		t.Fatal(err)
	}
	quorate(t, c, receipt.Checkpoint)
	other := newLog(t, 12)
	grow(t, other, 20, "another history")
	c.Log, c.Guard = other, newGuard(t)
	wantError(t, recorder.New(c).Check(t.Context()), recorder.ErrRollback, "another log under the kept checkpoint")
}

// TestByFile completes a quorum with a co-signer that has no network.
func TestByFile(t *testing.T) {
	engine := newLog(t, 5)
	c, fellows := coSigned(t, engine)
	c.CoSigners = c.CoSigners[:2]
	r := recorder.New(c)
	_, _, err := r.Checkpoint(t.Context(), 5)
	wantError(t, err, recorder.ErrNotCoSigned, "two can be asked")
	_, err = r.Add(t.Context(), nil)
	wantError(t, err, recorder.ErrNotAsked, "an answer that nobody asked for")
	for round := range uint64(2) {
		request, err := r.Ask(t.Context(), round*5)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := witness.ParseRequest(request.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		lines, err := fellows[2].witness().Add(t.Context(), request.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		grow(t, engine, 5, "") // the log goes on meanwhile
		damaged := bytes.Clone(lines)
		damaged[len(damaged)-20] ^= 2
		if _, err := r.Add(t.Context(), damaged); err == nil {
			t.Error("a damaged answer was taken")
		}
		// another process takes the answer
		r = recorder.New(c)
		s, err := r.Add(t.Context(), lines)
		if err != nil || s.Checkpoint != parsed.Checkpoint.Checkpoint {
			t.Fatalf("%+v, %v", s.Checkpoint, err)
		}
		quorate(t, c, s)
		if _, err := r.Receipt(t.Context(), s.Size-1); err != nil {
			t.Errorf("a receipt under it: %v", err)
		}
		_, err = r.Receipt(t.Context(), s.Size+1)
		wantError(t, err, recorder.ErrNotCoSigned, "a receipt beyond it")
	}
}
