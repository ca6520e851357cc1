package custody_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"custos.example/custody"
	"custos.example/ledger"
)

// badFiles are files that cannot become a data set, each with what the error
// must say of it.
func badFiles() map[string]struct {
	content []byte
	says    string
} {
	line := call(1, "MO Voice")
	return map[string]struct {
		content []byte
		says    string
	}{
		"empty":          {nil, ""},
		"binary":         {[]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00"), ""},
		"utf-16":         {utf16le(header + line), ""},
		"another layout": {[]byte("when,who,what\n1,2,3\n"), ""},
		"nul in header":  {[]byte(strings.Replace(header, "Call", "Ca\x00ll", 1) + line), ""},
	}
}

func utf16le(text string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// TestBadFiles shows that a file which cannot be read stays safe and recorded,
// byte for byte, and that nothing else of it is; the control is a good file in
// the same case.
func TestBadFiles(t *testing.T) {
	h := withCase(t)
	n := 1 // of the good file
	for name, bad := range badFiles() {
		n++
		item := fmt.Sprintf("NET/%d", n)
		t.Run(name, func(t *testing.T) {
			before := h.kinds(h.id, ledger.Work)
			received, err := h.Service.Imports().Receive(t.Context(), officer, h.as(item, bad.content))
			if !errors.Is(err, custody.ErrInvalid) {
				t.Fatalf("got %v, want ErrInvalid", err)
			}
			if !strings.Contains(err.Error(), item+" is safe") || !strings.Contains(err.Error(), bad.says) {
				t.Errorf("the error names neither the item nor the place: %v", err)
			}
			if len(err.Error()) > 1000 || strings.Contains(err.Error(), "7700900") {
				t.Errorf("evidence in the error: %.1000s", err)
			}
			after := h.kinds(h.id, ledger.Work)
			if !slices.Equal(after, append(before, "evidence-received")) {
				t.Errorf("work chain went from %v to %v", before, after)
			}
			h.keeps(received, bad.content)
		})
	}
	good := h.receive(file(7))
	h.keeps(good, file(7))
	h.whole()
}

// keeps checks that the evidence can be read back as it came.
func (h *house) keeps(received custody.Received, content []byte) {
	h.Helper()
	stored, err := h.Store.ByEntryID(h.Context(), received.Evidence.Entry)
	if err != nil {
		h.Fatal(err)
	}
	statement, err := stored.Statement()
	if err != nil {
		h.Fatal(err)
	}
	blob, err := h.Service.Blobs.Find(h.Context(), h.id, statement.Subject[0].Digest)
	if err != nil {
		h.Fatal(err)
	}
	kept, err := h.Service.Blobs.Open(h.Context(), h.id, blob.Address)
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	got, err := io.ReadAll(io.NewSectionReader(kept, 0, kept.Size()))
	if err != nil || !bytes.Equal(got, content) {
		h.Errorf("kept %d bytes, sent %d: %v", len(got), len(content), err)
	}
	if len(received.Evidence.Ack) == 0 || len(received.Evidence.Receipt) == 0 {
		h.Error("the evidence has no acknowledgement or no receipt")
	}
}

// TestBadRows shows that rows which cannot be events are set aside and counted,
// and that the rest of the file is used.
func TestBadRows(t *testing.T) {
	good := call(1, "MO Voice")
	for name, bad := range map[string]string{
		"header only": "",
		"ragged":      "07700900123,07700900201,MO Voice\n",
		"nul":         strings.Replace(good, "MO Voice", "MO Vo\x00ice", 1),
		"formula":     strings.Replace(good, "07700900201", "=HYPERLINK(\"x\")", 1),
		"rounded":     strings.Replace(good, "07700900201", "4.477E+11", 1),
		"no such day": strings.Replace(good, "02/02/2024", "31/02/2024", 1),
		"unknown":     strings.Replace(good, "MO Voice", "MO Pigeon", 1),
	} {
		t.Run(name, func(t *testing.T) {
			h := withCase(t)
			content := header + strings.Repeat(bad, 2)
			if bad != "" {
				content += call(2, "MT Voice")
			}
			received := h.receive([]byte(content))
			b := received.Balance
			wantAside, wantShown := uint64(2), uint64(1)
			if bad == "" {
				wantAside, wantShown = 0, 0
			}
			if b.SetAside+b.Repeats != wantAside || b.Shown != wantShown || b.Received != wantAside+wantShown {
				t.Errorf("balance %+v", b)
			}
			h.whole()
		})
	}
}

// TestUnboundedRows shows that a quote that is never closed and a field of
// megabytes cost the row in which they stand and whatever they swallow, and
// that no row is lost without being counted.
func TestUnboundedRows(t *testing.T) {
	line := call(1, "MO Voice")
	for name, content := range map[string]string{
		"unclosed quote": header + line + `07700900123,"07700900201,MO Voice` + "\n" + call(2, "MT Voice") + call(3, "MO SMS"),
		"huge field":     header + line + strings.Repeat("9", 8<<20) + "," + line + call(2, "MT Voice"),
	} {
		t.Run(name, func(t *testing.T) {
			h := withCase(t)
			b := h.receive([]byte(content)).Balance
			t.Logf("%+v", b)
			if b.SetAside == 0 || b.Shown == 0 || b.Received != b.Shown+b.SetAside+b.Repeats+b.Outside {
				t.Errorf("balance %+v", b)
			}
			h.whole()
		})
	}
}

// TestFileThatBreaksOff shows that a file whose sender breaks off is not kept
// and not recorded.
func TestFileThatBreaksOff(t *testing.T) {
	h := withCase(t)
	before := h.kinds(h.id, ledger.Work)
	request := h.asks(nil)
	broken := errors.New("connection reset")
	request.Content = io.MultiReader(bytes.NewReader(file(50)), errReader{broken})
	if _, err := h.Service.Imports().Receive(t.Context(), officer, request); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if after := h.kinds(h.id, ledger.Work); !slices.Equal(before, after) {
		t.Errorf("work chain went from %v to %v", before, after)
	}
	h.receive(file(50))
	h.whole()
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// TestRefusedRequests shows that requests which make no sense are refused before
// the policy is asked.
func TestRefusedRequests(t *testing.T) {
	h := withCase(t)
	looks := len(h.kinds(h.id, ledger.Reads))
	for name, change := range map[string]func(*custody.Receive){
		"item":       func(r *custody.Receive) { r.Item = "net 1" },
		"no name":    func(r *custody.Receive) { r.FileName = " " },
		"no sender":  func(r *custody.Receive) { r.From = "" },
		"no file":    func(r *custody.Receive) { r.Content = nil },
		"request id": func(r *custody.Receive) { r.RequestID = "short" },
	} {
		request := h.asks(file(2))
		change(&request)
		if _, err := h.Service.Imports().Receive(t.Context(), officer, request); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*custody.Receive){
		"case":      func(r *custody.Receive) { r.Case = "00000000000000000000000000000000" },
		"authority": func(r *custody.Receive) { r.Authority = ledger.EntryID{1} },
	} {
		request := h.asks(file(2))
		change(&request)
		if _, err := h.Service.Imports().Receive(t.Context(), officer, request); !errors.Is(err, custody.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := len(h.kinds(h.id, ledger.Reads)); got != looks {
		t.Errorf("%d decisions were recorded", got-looks)
	}
}
