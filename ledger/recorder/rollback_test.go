package recorder_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/tree"
	"custos.example/ledger/tree/memlog"
)

// TestRollback lets the guard see 20 entries and then puts another history
// under it, for a running recorder and for one that is started anew.
func TestRollback(t *testing.T) {
	forked := func(common, more uint64) *memlog.Log {
		l := newLog(t, common)
		grow(t, l, more, "another history")
		return l
	}
	for _, c := range []struct {
		name string
		log  *memlog.Log
		want error
	}{
		{"the same", newLog(t, 20), nil},
		{"more of the same", newLog(t, 33), nil},
		{"nothing", newLog(t, 0), recorder.ErrRollback},
		{"one less", newLog(t, 19), recorder.ErrRollback},
		{"a tree that ends at a power of two", newLog(t, 16), recorder.ErrRollback},
		{"another last entry", forked(19, 1), recorder.ErrRollback},
		{"another first entry", forked(0, 20), recorder.ErrRollback},
		{"fewer, then more", forked(16, 20), recorder.ErrRollback},
		{"another history, longer", forked(0, 300), recorder.ErrRollback},
		{"one less, then one more", forked(19, 2), recorder.ErrRollback},
	} {
		t.Run(c.name, func(t *testing.T) {
			under := &switched{Log: newLog(t, 20)}
			guarded := config(t, under)
			running := recorder.New(guarded)
			seen := checkpoint(t, guarded, running, 20)
			under.Log = c.log
			for name, r := range map[string]*recorder.Recorder{"started anew": recorder.New(guarded), "running": running} {
				wantError(t, r.Check(t.Context()), c.want, name+": check")
				_, _, err := r.Checkpoint(t.Context(), 0)
				if name == "running" && c.name != "the same" && c.want == nil || name == "started anew" {
					wantError(t, err, c.want, name+": checkpoint")
				}
				if c.want == nil {
					continue
				}
				wantError(t, c.want, tree.ErrIntegrity, "rollback")
				_, err = r.Receipt(t.Context(), 20)
				if err == nil {
					t.Fatal(name + ": a receipt over another history")
				}
				stored, err := guarded.Guard.Load(t.Context())
				if err != nil || string(stored) != string(seen.Bytes()) {
					t.Fatalf("%s: the guard holds %q, %v", name, stored, err)
				}
			}
			unguarded := guarded
			unguarded.Guard = nil
			_, _, err := recorder.New(unguarded).Checkpoint(t.Context(), 0)
			wantError(t, err, nil, "control: with no guard nothing is noticed")
		})
	}
}

// switched is a log that another one can be put in the place of.
type switched struct{ recorder.Log }

// TestAlteredGuard flips every bit of the guard's checkpoint, cuts it off at
// every length, and puts others in its place.
func TestAlteredGuard(t *testing.T) {
	c := config(t, newLog(t, 20))
	path := filepath.Join(t.TempDir(), "guard")
	guard, err := recorder.CreateFileGuard(path)
	if err != nil {
		t.Fatal(err)
	}
	c.Guard = guard
	whole := checkpoint(t, c, recorder.New(c), 20).Bytes()
	try := func(content []byte) error {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := recorder.New(c).Checkpoint(t.Context(), 20)
		return err
	}
	wantError(t, try(whole), nil, "control: the guard as it was")
	mutants := 0
	for i := range whole {
		for bit := range 8 {
			mutant := append([]byte(nil), whole...)
			mutant[i] ^= 1 << bit
			if try(mutant) == nil {
				t.Fatalf("bit %d of byte %d was flipped and a checkpoint was signed", bit, i)
			}
			mutants++
		}
		if try(whole[:i]) == nil {
			t.Fatalf("the guard was cut off at byte %d and a checkpoint was signed", i)
		}
		mutants++
	}
	t.Logf("PROOF harness=guard-altered trials=%d failures=0 control=\"the unaltered guard is believed\"", mutants)

	other := config(t, newLog(t, 20))
	wantError(t, try(checkpoint(t, other, recorder.New(other), 20).Bytes()), ledger.FaultUnknownKey, "signed by another key")
	key, public := newKey(t)
	elsewhere := ledger.Checkpoint{Origin: "another.example", Size: 20, Root: ledger.Digest{1}}
	public.Name = elsewhere.Origin
	c.Keys = append(c.Keys, public)
	signed, err := elsewhere.Sign(key.NoteSigner(elsewhere.Origin))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, try(signed), tree.ErrIntegrity, "a checkpoint of another log")
}

// TestFaultyGuard lets the guard fail, having stored nothing or having stored
// all the same, and goes on with the same log, a grown one, and a new recorder.
func TestFaultyGuard(t *testing.T) {
	failure := errors.New("no space left")
	for name, fail := range map[string]func(*memory){
		"failed and not stored": func(g *memory) { g.fail(failure, nil) },
		"failed but stored":     func(g *memory) { g.fail(nil, failure) },
	} {
		for next, prepare := range map[string]func(*memlog.Log){
			"the same": func(*memlog.Log) {},
			"grown":    func(l *memlog.Log) { grow(t, l, 7, "") },
		} {
			for who, again := range map[string]bool{"the same recorder": false, "a new recorder": true} {
				t.Run(name+", "+next+", "+who, func(t *testing.T) {
					engine, guard := newLog(t, 5), &memory{}
					c := config(t, engine)
					c.Guard = guard
					r := recorder.New(c)
					checkpoint(t, c, r, 5)
					grow(t, engine, 3, "")
					fail(guard)
					_, _, err := r.Checkpoint(t.Context(), 8)
					wantError(t, err, failure, "while the guard fails")
					_, _, err = r.Checkpoint(t.Context(), 5)
					wantError(t, err, nil, "what the guard has seen")
					guard.fail(nil, nil)
					prepare(engine)
					if again {
						r = recorder.New(c)
					}
					signed := checkpoint(t, c, r, 0)
					if string(guard.stored) != string(signed.Bytes()) {
						t.Fatal("the guard does not hold the checkpoint that was given out")
					}
				})
			}
		}
	}
}

// TestGuardThatCannotBeRead shows that nothing is signed then.
func TestGuardThatCannotBeRead(t *testing.T) {
	failure := errors.New("the disk is gone")
	c := config(t, newLog(t, 5))
	c.Guard = &memory{loading: failure}
	_, _, err := recorder.New(c).Checkpoint(t.Context(), 5)
	wantError(t, err, failure, "checkpoint")
	wantError(t, recorder.New(c).Check(t.Context()), failure, "check")
}

// TestTwoRecorders lets recorders share a log and a guard, as processes do.
func TestTwoRecorders(t *testing.T) {
	engine := newLog(t, 1)
	c := config(t, engine)
	recorders := []*recorder.Recorder{recorder.New(c), recorder.New(c), recorder.New(c)}
	done := make(chan error)
	for _, r := range recorders {
		go func() {
			for range 60 {
				size, err := engine.Size(context.Background())
				if err == nil {
					err = engine.Append(context.Background(), size, [][]byte{commitment(size, "").Leaf()})
				}
				if err != nil && !errors.Is(err, tree.ErrGap) {
					done <- err
					return
				}
				if _, _, err := r.Checkpoint(context.Background(), 0); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range recorders {
		wantError(t, <-done, nil, "one of three recorders")
	}
	for _, r := range recorders {
		wantError(t, r.Check(t.Context()), nil, "check")
		checkpoint(t, c, r, 0)
	}
}
