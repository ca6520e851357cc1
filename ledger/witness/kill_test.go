package witness_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/sign"
	"custos.example/ledger/witness"
)

// The child is this test's program again, told so by its environment.
const (
	childFolder = "CUSTOS_TEST_WITNESS_FOLDER"
	childKill   = "CUSTOS_TEST_WITNESS_KILL"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(childFolder); folder != "" {
		child(folder, os.Getenv(childKill))
		return
	}
	os.Exit(m.Run())
}

// dying is a signer that tells what it signs and then dies, before or after.
type dying struct {
	*sign.Key
	when string
}

func (d dying) Sign(ctx context.Context, message []byte) ([]byte, error) {
	if d.when == "before signing" {
		die()
	}
	sig, err := d.Key.Sign(ctx, message)
	fmt.Printf("signed %s\n", hex.EncodeToString(message))
	if d.when == "after signing" {
		die()
	}
	return sig, err
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// child answers the requests in its folder, one a line of standard input, and
// says what it signed and what it gave out.
func child(folder, when string) {
	key, err := sign.Open(filepath.Join(folder, "key"))
	if err != nil {
		panic(err)
	}
	logKey, err := os.ReadFile(filepath.Join(folder, "log"))
	if err != nil {
		panic(err)
	}
	log, err := ledger.ParseNoteKey(string(logKey))
	if err != nil {
		panic(err)
	}
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		panic(err)
	}
	own, err := ledger.NewNoteKey("co.example/1", ledger.CoSignerKey, public)
	if err != nil {
		panic(err)
	}
	w := witness.New(witness.Config{
		Folder: filepath.Join(folder, "memory"), Key: own, Signer: dying{key, when}, Logs: []ledger.NoteKey{log}, Now: time.Now,
	})
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		body, err := os.ReadFile(filepath.Join(folder, in.Text()))
		if err != nil {
			panic(err)
		}
		if _, err = w.Add(context.Background(), body); err == nil {
			fmt.Println("given")
		} else {
			fmt.Println("refused", err)
		}
	}
}

// killed runs a child over requests and returns the sizes and roots that it
// signed. With a delay the child is killed so long after it first said something,
// wherever it is then.
func killed(t *testing.T, folder, when string, delay time.Duration, requests ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+folder, childKill+"="+when)
	cmd.Stdin = strings.NewReader(strings.Join(requests, "\n") + "\n")
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(said)
	if _, err := in.Peek(1); err == nil && delay > 0 {
		time.AfterFunc(delay, func() { _ = cmd.Process.Kill() }) // it may have ended
	}
	var out bytes.Buffer
	_, err = out.ReadFrom(in)
	_ = cmd.Wait() // it was killed, more often than not
	if err != nil {
		t.Fatal(err)
	}
	var heads []string
	for line := range strings.Lines(out.String()) {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "signed ")
		if !ok {
			continue
		}
		message, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(message), "\n") // cosignature/v1, time, origin, size, root
		heads = append(heads, lines[3]+" "+lines[4])
	}
	return heads
}

// killFolder is a child's folder with its key and the requests of two branches.
func killFolder(t *testing.T, b [2]branch) string {
	t.Helper()
	folder := t.TempDir()
	key, err := sign.Create(filepath.Join(folder, "key"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key.Close()
	admit(t, filepath.Join(folder, "memory"), b[0].key.note)
	write(t, folder, "log", []byte(b[0].key.note.String()))
	for i, one := range b {
		for from := uint64(0); from < 40; from += 4 {
			for _, to := range []uint64{from, from + 4} {
				write(t, folder, fmt.Sprintf("%d-%d-%d", i, from, to), one.request(from, to).Bytes())
			}
		}
	}
	return folder
}

func write(t *testing.T, folder, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// oneHistory tells whether every signed head is of one branch.
func oneHistory(b [2]branch, heads []string) bool {
	var off [2]bool
	for _, head := range heads {
		text, _, _ := strings.Cut(head, " ")
		size, _ := strconv.ParseUint(text, 10, 64)
		for i := range b {
			lines := strings.Split(b[i].at(size).Text(), "\n")
			off[i] = off[i] || lines[1]+" "+lines[2] != head
		}
	}
	return !off[0] || !off[1]
}

// TestKill kills a co-signer before it signs, after it has signed and before
// anything more is stored, and at any other moment; then offers it the other
// branch. What it signed in all its lives, given out or not, is one history.
// Control: a co-signer whose memory is taken away each time signs two.
func TestKill(t *testing.T) {
	key := newKeys(t, origin, ledger.LogKey)
	b := [2]branch{newBranch(t, key, "one", 3, 60), newBranch(t, key, "two", 3, 60)}
	rounds := 10
	if long() {
		rounds = 150
	}
	life := func(forget bool, round int) []string {
		folder := killFolder(t, b)
		var heads []string
		for step, when := range []string{"before signing", "after signing", "", "after signing"} {
			if forget {
				if err := os.RemoveAll(filepath.Join(folder, "memory")); err != nil {
					t.Fatal(err)
				}
				admit(t, filepath.Join(folder, "memory"), key.note)
			}
			var requests []string
			for from := 0; from < 40; from += 4 {
				for _, which := range []int{(step + round) % 2, 1 - (step+round)%2} {
					requests = append(requests, fmt.Sprintf("%d-%d-%d", which, from, from+4), fmt.Sprintf("%d-%d-%d", which, from, from))
				}
			}
			delay := time.Duration(0)
			if when == "" {
				delay = time.Duration(round%20+1) * 3 * time.Millisecond
			}
			heads = append(heads, killed(t, folder, when, delay, requests...)...)
		}
		return heads
	}
	trials, failures, signed := 0, 0, 0
	for round := range rounds {
		trials++
		heads := life(false, round)
		signed += len(heads)
		if !oneHistory(b, heads) {
			failures++
		}
	}
	if signed == 0 {
		t.Fatal("control: nothing was signed")
	}
	caught := 0
	for round := range 5 {
		if !oneHistory(b, life(true, round)) {
			caught++
		}
	}
	if caught == 0 {
		t.Fatal("control: a co-signer that forgets was not caught")
	}
	proof(t, "co-signer-killed", trials, failures, fmt.Sprintf("one that forgets signed two histories %d of 5 times; %d heads signed", caught, signed))
}
