package api_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"custos.example/custody"
)

// TestUploadsAtOneOffset sends a hundred requests for one offset at once: one of them
// wins and the others are told that somebody else did. Control: one after the other,
// each from where the last one ended, all win.
func TestUploadsAtOneOffset(t *testing.T) {
	d := newDesk(t)
	const hands = 100
	content := bytesOf(1, hands*piece)
	path := d.began("of-1", content)
	codes := make([]int, hands)
	var all sync.WaitGroup
	for i := range hands {
		all.Go(func() {
			w, _ := d.send("of-1", http.MethodPatch, path, 0, bytes.NewReader(content[:3*piece]))
			codes[i] = w.StatusCode
		})
	}
	all.Wait()
	count := map[int]int{}
	for _, code := range codes {
		count[code]++
	}
	if count[http.StatusNoContent] != 1 || count[http.StatusConflict] != hands-1 {
		t.Fatalf("answers: %v", count)
	}
	won := 0
	for at := int64(3 * piece); at < int64(len(content)); at += piece {
		w, text := d.send("of-1", http.MethodPatch, path, at, bytes.NewReader(content[at:at+piece]))
		if w.StatusCode != http.StatusNoContent || w.Header.Get("Upload-Offset") != strconv.FormatInt(at+piece, 10) {
			t.Fatalf("control: at %d: %d %s", at, w.StatusCode, text)
		}
		won++
	}
	t.Logf("of %d at once one won; in turn %d of %d", hands, won, hands-3)
}

// TestUploadsOfOthers asks for somebody's upload as a colleague, as a stranger and under
// another case: each is answered word for word as for one that is not there. Control:
// whose it is gets it.
func TestUploadsOfOthers(t *testing.T) {
	d := newDesk(t)
	path := d.began("of-1", bytesOf(1, 3*piece))
	nothing := path[:len(path)-64] + strings.Repeat("0", 64)
	for _, who := range []string{"of-2", "an-9", "si-1"} {
		for _, method := range []string{http.MethodHead, http.MethodPatch, http.MethodDelete} {
			there, said := d.send(who, method, path, 0, strings.NewReader("x"))
			not, saidNot := d.send(who, method, nothing, 0, strings.NewReader("x"))
			if there.StatusCode != http.StatusNotFound || not.StatusCode != http.StatusNotFound || said != saidNot || there.Header.Get("Upload-Length") != "" {
				t.Errorf("%s %s: %d %q, and %d %q for one that is not there", who, method, there.StatusCode, said, not.StatusCode, saidNot)
			}
		}
		elsewhere := strings.Replace(path, string(d.id), strings.Repeat("ab", 16), 1)
		if w, _ := d.send("of-1", http.MethodHead, elsewhere, -1, nil); w.StatusCode != http.StatusNotFound {
			t.Errorf("under another case: %d", w.StatusCode)
		}
	}
	if code, at := d.at("of-1", path); code != http.StatusOK || at != "0" {
		t.Errorf("control: its owner is told %d, %q", code, at)
	}
	if code, other := d.begin("of-2", "return", 3*piece, hexOf(bytesOf(1, 3*piece))); code != http.StatusCreated || other == path {
		t.Errorf("the same file of somebody else is the same upload: %d", code)
	}
	if code, again := d.begin("of-1", "return", 3*piece, hexOf(bytesOf(1, 3*piece))); code != http.StatusCreated || again != path {
		t.Errorf("control: begun again by its owner it is another: %d", code)
	}
	if code, _ := d.begin("an-9", "return", 10, hexOf(nil)); code != http.StatusForbidden {
		t.Errorf("a stranger to the case begins an upload: %d", code)
	}
}

// TestUploadsRefuse sends what cannot be taken: wrong offsets, more than was declared,
// declared or not, sizes beyond the limit, no offset, no digest. Control: the rest, as
// declared, is taken.
func TestUploadsRefuse(t *testing.T) {
	d := newDesk(t)
	content := bytesOf(1, 3*piece+10)
	path := d.began("of-1", content)
	if w, _ := d.send("of-1", http.MethodPatch, path, 0, bytes.NewReader(content[:piece+5])); w.Header.Get("Upload-Offset") != strconv.Itoa(piece) {
		t.Fatalf("stands at %s", w.Header.Get("Upload-Offset"))
	}
	more := append(bytes.Clone(content[piece:]), "too much"...)
	for name, c := range map[string]struct {
		offset int64
		body   io.Reader
		want   int
	}{
		"offset behind":       {0, bytes.NewReader(content), http.StatusConflict},
		"offset ahead":        {2 * piece, bytes.NewReader(content[2*piece:]), http.StatusConflict},
		"offset beyond":       {1 << 50, strings.NewReader("x"), http.StatusConflict},
		"no offset":           {-1, strings.NewReader("x"), http.StatusUnprocessableEntity},
		"too much":            {piece, bytes.NewReader(more), http.StatusRequestEntityTooLarge},
		"too much, in chunks": {piece, iotest.HalfReader(bytes.NewReader(more)), http.StatusRequestEntityTooLarge},
	} {
		if w, text := d.send("of-1", http.MethodPatch, path, c.offset, c.body); w.StatusCode != c.want {
			t.Errorf("%s: %d, want %d: %s", name, w.StatusCode, c.want, text)
		}
		if code, at := d.at("of-1", path); code != http.StatusOK || at != strconv.Itoa(piece) {
			t.Errorf("%s: then it stands at %q (%d)", name, at, code)
		}
	}
	if w, text := d.send("of-1", http.MethodPatch, path, piece, bytes.NewReader(content[piece:])); w.StatusCode != http.StatusNoContent {
		t.Errorf("control: %d %s", w.StatusCode, text)
	}
	for name, c := range map[string]struct {
		kind   string
		size   int64
		digest string
		want   int
	}{
		"no kind":        {"", 10, hexOf(nil), http.StatusUnprocessableEntity},
		"no digest":      {"return", 10, "", http.StatusUnprocessableEntity},
		"no bytes":       {"return", 0, hexOf(nil), http.StatusUnprocessableEntity},
		"less than none": {"return", -1, hexOf(nil), http.StatusUnprocessableEntity},
		"a large return": {"return", 4<<30 + 1, hexOf(nil), http.StatusRequestEntityTooLarge},
		"a large file":   {"item-file", 64<<30 + 1, hexOf(nil), http.StatusRequestEntityTooLarge},
		"control":        {"item-file", 64 << 30, hexOf(nil), http.StatusCreated},
	} {
		if code, _ := d.begin("of-1", c.kind, c.size, c.digest); code != c.want {
			t.Errorf("%s: %d, want %d", name, code, c.want)
		}
	}
}

// TestUploadsAreCounted lets one person begin as many as they may, and as much. Control:
// somebody else may begin, and so may they when one is removed.
func TestUploadsAreCounted(t *testing.T) {
	d := newDesk(t)
	var paths []string
	for i := range 16 {
		paths = append(paths, d.began("of-1", bytesOf(byte(i), 100+i)))
	}
	if code, _ := d.begin("of-1", "return", 500, hexOf(nil)); code != http.StatusConflict {
		t.Errorf("a seventeenth: %d", code)
	}
	if code, again := d.begin("of-1", "return", 100, hexOf(bytesOf(0, 100))); code != http.StatusCreated || again != paths[0] {
		t.Errorf("control: one of them again: %d", code)
	}
	if code, _ := d.begin("of-2", "return", 500, hexOf(nil)); code != http.StatusCreated {
		t.Errorf("control: somebody else's first: %d", code)
	}
	if w, _ := d.send("of-1", http.MethodDelete, paths[3], -1, nil); w.StatusCode != http.StatusNoContent {
		t.Errorf("remove: %d", w.StatusCode)
	}
	if code, _ := d.at("of-1", paths[3]); code != http.StatusNotFound {
		t.Errorf("a removed one: %d", code)
	}
	if code, _ := d.begin("of-1", "return", 500, hexOf(nil)); code != http.StatusCreated {
		t.Errorf("control: with one removed: %d", code)
	}
	for i := range 3 { // of-2 has 500 bytes already: three of 64 GiB fit under 256 GiB, a fourth does not
		if code, _ := d.begin("of-2", "extraction", 64<<30, hexOf([]byte{byte(i)})); code != http.StatusCreated {
			t.Errorf("control: %d of 64 GiB: %d", i+1, code)
		}
	}
	if code, _ := d.begin("of-2", "extraction", 64<<30, hexOf([]byte("four"))); code != http.StatusConflict {
		t.Errorf("more than 256 GiB in all: %d", code)
	}
}

// TestUploadsEnd moves the clock: what has expired is not there any more, and its room is
// given back. Control: a moment before, it is there. Then somebody is taken off the case
// and may not go on.
func TestUploadsEnd(t *testing.T) {
	d := newDesk(t)
	content := bytesOf(1, 3*piece)
	path, stays := d.began("of-1", content), d.began("of-2", content)
	d.clock.forward(7*24*time.Hour - time.Minute)
	if code, at := d.at("of-1", path); code != http.StatusOK || at != "0" {
		t.Errorf("control: before its end: %d, %q", code, at)
	}
	if n, err := d.st.Service.Uploads().Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("control: %d were removed before their end, %v", n, err)
	}
	later := d.began("of-1", bytesOf(2, 10))
	d.clock.forward(2 * time.Minute)
	for _, method := range []string{http.MethodHead, http.MethodPatch, http.MethodDelete} {
		if w, _ := d.send("of-1", method, path, 0, bytes.NewReader(content)); w.StatusCode != http.StatusNotFound {
			t.Errorf("%s of one that has expired: %d", method, w.StatusCode)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var sweeping sync.WaitGroup
	sweeping.Go(func() { d.st.KeepSwept(ctx) })
	for left := 6; left > 2; { // the heads and contents of three uploads
		files, err := filepath.Glob(filepath.Join(filepath.Dir(d.st.TilesFolder()), "uploads", "*", "*"))
		if err != nil || len(files) < 2 {
			t.Fatalf("%v are left, %v", files, err)
		}
		left = len(files)
	}
	stop()
	sweeping.Wait()
	if code, _ := d.at("of-2", stays); code != http.StatusNotFound {
		t.Errorf("one that has expired: %d", code)
	}
	if w, _ := d.send("of-1", http.MethodPatch, later, 0, bytes.NewReader(bytesOf(2, 10)[:5])); w.StatusCode != http.StatusNoContent {
		t.Errorf("control: of-1 goes on: %d", w.StatusCode)
	}
	_, err := d.st.Service.Assignments().End(t.Context(), custody.Actor{ID: "si-1"}, custody.Unassign{Case: d.id, Person: "of-1", Reason: "It is over."})
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodHead, http.MethodPatch, http.MethodDelete} {
		if w, _ := d.send("of-1", method, later, 0, strings.NewReader("x")); w.StatusCode != http.StatusForbidden {
			t.Errorf("%s by somebody who was taken off the case: %d", method, w.StatusCode)
		}
	}
}

// TestUploadsOverABrokenLine breaks the connection in the middle of the content: what
// came whole is there, the upload is free again, and it goes on from there to its end.
func TestUploadsOverABrokenLine(t *testing.T) {
	d := newDesk(t)
	content := bytesOf(1, 10*piece+3)
	path := d.began("of-1", content)
	line, err := net.Dial("tcp", strings.TrimPrefix(d.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	head := "PATCH " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + d.tokens["of-1"] + "\r\nUpload-Offset: 0\r\nContent-Length: " +
		strconv.Itoa(len(content)) + "\r\n\r\n"
	if _, err := io.WriteString(line, head); err != nil {
		t.Fatal(err)
	}
	if _, err := line.Write(content[:4*piece+100]); err != nil {
		t.Fatal(err)
	}
	for at := ""; at != strconv.Itoa(4*piece); { // it is told while the other request writes
		if _, at = d.at("of-1", path); at == strconv.Itoa(len(content)) {
			t.Fatal("more is there than was sent")
		}
	}
	if w, text := d.send("of-1", http.MethodPatch, path, 4*piece, bytes.NewReader(content[4*piece:])); w.StatusCode != http.StatusConflict {
		t.Errorf("a second sender while the first one sends: %d %s", w.StatusCode, text)
	}
	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	code := http.StatusConflict
	for code == http.StatusConflict { // until the server has seen that the line is gone
		w, _ := d.send("of-1", http.MethodPatch, path, 4*piece, bytes.NewReader(content[4*piece:]))
		code = w.StatusCode
	}
	if _, at := d.at("of-1", path); code != http.StatusNoContent || at != strconv.Itoa(len(content)) {
		t.Errorf("control: the rest was answered %d, and it stands at %s", code, at)
	}
}
