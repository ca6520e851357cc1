package recorder_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/recorder"
)

// TestManyCoSigners has more co-signers answer than a checkpoint has room for: what is
// shown can be read, and has its quorum, also one of ten whom the policy names, whoever
// answers first. The control is as many as there is room for: nobody is left out.
func TestManyCoSigners(t *testing.T) {
	const room = ledger.MaxSignatures - 1
	for _, many := range []int{room, 20} {
		engine := newLog(t, 5)
		c, _ := coSignedBy(t, engine, many)
		all := &c.Quorum.Groups[0]
		all.Need, all.Members = 10, all.Members[many-10:]
		r := recorder.New(c)
		if err := r.Renew(t.Context()); err != nil { // waits for all of them
			t.Fatalf("%d co-signers: %v", many, err)
		}
		read, err := ledger.ParseCheckpoint(r.Newest().Bytes())
		if err != nil {
			t.Fatalf("%d co-signers: nobody can read what is shown: %v", many, err)
		}
		if n := len(quorate(t, c, read)); n != room {
			t.Errorf("%d co-signers: %d co-signatures", many, n)
		}
		for _, a := range r.Asked() {
			if a.Open != "" || a.Size != 5 {
				t.Errorf("%d co-signers: %s: %d, %s", many, a.Key.Name, a.Size, a.Open)
			}
		}
		checkpoint(t, c, recorder.New(c), 5)
	}
}

// TestFullAndOneByFile completes by file the quorum of a checkpoint that is full already:
// one who is not needed makes room. The control is before the answer.
func TestFullAndOneByFile(t *testing.T) {
	engine := newLog(t, 5)
	c, fellows := coSignedBy(t, engine, 20)
	c.CoSigners = c.CoSigners[:19]
	c.Quorum.Groups = []quorum.Group{{Name: "all", Need: 2, Members: []string{"w18", "w19"}}}
	r := recorder.New(c)
	request, err := r.Ask(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.CoSigned(); !errors.Is(err, recorder.ErrNotCoSigned) || !strings.Contains(err.Error(), "1 of the 2 organisations") {
		t.Errorf("control: one of two whom the policy wants was not asked: %v", err)
	}
	lines, err := fellows[19].witness().Add(t.Context(), request.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	full, err := r.Add(t.Context(), lines)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := ledger.ParseCheckpoint(full.Bytes()); err != nil || len(read.Signatures) != ledger.MaxSignatures {
		t.Fatalf("%d signatures: %v", len(full.Signatures), err)
	}
	quorate(t, c, full)
	next := recorder.New(c)
	if err := next.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkpoint(t, c, next, 5)
}

// TestPolicyThatNamesTheLog names a log's key before its rotation: its own keys are for
// Config to say, so receipts go on. The control is a checkpoint under no key of the log's,
// of which the message says so.
func TestPolicyThatNamesTheLog(t *testing.T) {
	engine := newLog(t, 5)
	c, fellows := coSigned(t, engine)
	_, before := newKey(t)
	c.Quorum.Logs = []quorum.Log{{Key: before}}
	c.Keys = append(c.Keys, before)
	r := recorder.New(c)
	if _, err := r.Receipt(t.Context(), 3); err != nil {
		t.Fatalf("a policy that names the key before: %v", err)
	}
	for _, f := range fellows {
		f.answer(refused)
	}
	grow(t, engine, 5, "")
	_, _, err := r.Checkpoint(t.Context(), 10)
	wantError(t, err, recorder.ErrNotCoSigned, "control: nobody answers")
	if !strings.Contains(err.Error(), "do not make the quorum") {
		t.Errorf("control: it is not said what is missing: %v", err)
	}
}

// TestTwoByFile asks two co-signers one after the other by file: what the first answered
// counts when the second is asked. The control is a log that grew in between: the first
// has not co-signed that.
func TestTwoByFile(t *testing.T) {
	for _, grows := range []uint64{0, 3} {
		engine := newLog(t, 5)
		c, fellows := coSigned(t, engine)
		c.CoSigners = c.CoSigners[:1]
		var err error
		for i, f := range fellows[2:] {
			r := recorder.New(c) // each command is a process of its own
			request, e := r.Ask(t.Context(), 0)
			if e != nil {
				t.Fatal(e)
			}
			lines, e := f.witness().Add(t.Context(), request.Bytes())
			if e != nil {
				t.Fatal(e)
			}
			var s ledger.SignedCheckpoint
			if s, err = recorder.New(c).Add(t.Context(), lines); err == nil {
				quorate(t, c, s)
			}
			if i > 0 {
				continue
			}
			wantError(t, err, recorder.ErrNotCoSigned, "one can be asked, and one answered by file")
			if grows > 0 {
				grow(t, engine, grows, "")
			}
		}
		if got := err == nil; got != (grows == 0) || err != nil && !errors.Is(err, recorder.ErrNotCoSigned) {
			t.Errorf("after %d more entries: %v", grows, err)
		}
	}
}
