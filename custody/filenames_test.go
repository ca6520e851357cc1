package custody_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"custos.example/custody"
	"custos.example/ledger"
)

// as is a lawful import of a file under a reference.
func (h *house) as(item string, content []byte) custody.Receive {
	request := h.asks(content)
	request.Item = item
	return request
}

// underOne are the references under which the entries of the case have files of different bytes. It
// reads what was signed, and nothing that was projected from it.
func (h *house) underOne() []string {
	h.Helper()
	first, twice := map[string]ledger.DigestSet{}, []string{}
	for _, e := range h.entries(h.id, ledger.Work) {
		statement := h.statement(e.Entry)
		d, is := statement.Predicate.Detail.(*ledger.EvidenceReceived)
		if !is {
			continue
		}
		digest := statement.Subject[0].Digest
		if before, there := first[d.Item]; there && fmt.Sprint(before) != fmt.Sprint(digest) {
			twice = append(twice, d.Item)
		}
		first[d.Item] = digest
	}
	return twice
}

// inUse holds a refusal of a reference against what it must say, and must not.
func (h *house) inUse(what string, err error, item string, entry ledger.EntryID, next string) {
	h.Helper()
	if !errors.Is(err, custody.ErrConflict) {
		h.Errorf("%s: %v", what, err)
		return
	}
	for _, says := range []string{item + " is in use", entry.String(), next, "never used twice"} {
		if !strings.Contains(err.Error(), says) {
			h.Errorf("%s: it does not say %q: %v", what, says, err)
		}
	}
	for _, tells := range []string{"return.csv", "A Network", "Person", officer.ID, "07700", "telephone"} {
		if strings.Contains(err.Error(), tells) {
			h.Errorf("%s: it tells %q: %v", what, tells, err)
		}
	}
}

// TestReferenceOfAFile receives files under references that are in use, of another file, of an
// exhibit and of an item: each is refused with what has it and what is free, before anything of it
// is kept. The control is the same file under the reference that was named as free.
func TestReferenceOfAFile(t *testing.T) {
	h := withStore(t)
	first, _, exhibit := h.produced(file(30)) // NET/1, JAS/1
	item := h.take(officer, "KO/1", "A0001")
	small, err := h.Service.Imports().Keep(t.Context(), officer, h.as("NETWK/1", file(3)))
	h.must(err)
	content := file(41)
	ground := func(r custody.Receive) custody.Receive {
		m := h.baseMap()
		m.Item = r.Item
		return m
	}
	same := func(r custody.Receive) custody.Receive { return r }
	before := len(h.kinds(h.id, ledger.Work))
	for what, c := range map[string]struct {
		by     custody.Actor
		item   string
		keeps  bool
		change func(custody.Receive) custody.Receive
		entry  ledger.EntryID
		next   string
	}{
		"of another file":              {officer, "NET/1", false, same, first.Evidence.Entry, "NET/2"},
		"of another file, to be kept":  {officer, "NET/1", true, same, first.Evidence.Entry, "NET/2"},
		"of another file, a small one": {officer, "NETWK/1", false, same, small.Evidence.Entry, "NETWK/2"},
		"of an exhibit":                {officer, "JAS/1", false, same, exhibit.Entry, "JAS/2"},
		"of an exhibit, to be kept":    {officer, "JAS/1", true, same, exhibit.Entry, "JAS/2"},
		"of an item":                   {officer, "KO/1", false, same, item.Described.Entry, "KO/2"},
		"a base map, of a file":        {analyst, "NET/1", false, ground, first.Evidence.Entry, "NET/2"},
		"a base map, of an item":       {analyst, "KO/1", false, ground, item.Described.Entry, "KO/2"},
	} {
		take := h.Service.Imports().Receive
		if c.keeps {
			take = h.Service.Imports().Keep
		}
		_, err := take(t.Context(), c.by, c.change(h.as(c.item, content)))
		h.inUse(what, err, c.item, c.entry, c.next)
	}
	if _, err := h.Service.Imports().Receive(t.Context(), officer, h.as("NET/01", content)); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("a reference that reads like NET/1: %v", err)
	}
	if n := len(h.kinds(h.id, ledger.Work)); n != before {
		t.Errorf("%d entries after what was refused, %d before", n, before)
	}
	plain := ledger.DigestSet{ledger.SHA256: sha256.Sum256(content)}
	if _, err := h.Payloads.Find(t.Context(), string(h.id), plain); err == nil {
		t.Error("a file that was refused was kept")
	}
	if _, err := h.Service.Imports().Receive(t.Context(), officer, h.as("NET/2", content)); err != nil {
		t.Errorf("control: under the reference that was said to be free: %v", err)
	}
	if _, err := h.Payloads.Find(t.Context(), string(h.id), plain); err != nil {
		t.Errorf("control: it was not kept: %v", err)
	}
	if twice := h.underOne(); len(twice) > 0 {
		t.Errorf("%v have two files", twice)
	}
	h.whole()
	h.signed()
}

// TestNamesOfFilesAreTaken: what was received has its reference for exhibits and items too.
func TestNamesOfFilesAreTaken(t *testing.T) {
	h := withStore(t)
	received, ran, _ := h.produced(file(30))
	produce := custody.Produce{Case: h.id, Reference: "NET/1", Title: "Schedule of calls", Run: ran.Entry}
	_, err := h.Service.Exhibits().Produce(t.Context(), analyst, produce)
	if !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), received.Evidence.Entry.String()) {
		t.Errorf("an exhibit under the reference of a file: %v", err)
	}
	if _, err := h.Service.Items().Take(t.Context(), officer, h.telephone("NET/1", "")); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("an item under the reference of a file: %v", err)
	}
	next := h.telephone("", "")
	next.Initials = "NET"
	if taken, err := h.Service.Items().Take(t.Context(), officer, next); err != nil || taken.Item != "NET/2" {
		t.Errorf("the next of a series that files have: %q, %v", taken.Item, err)
	}
	of := h.telephone("NET/1", "")
	of.Media, of.Evidence = custody.OpaqueFile, received.Evidence.Entry
	if _, err := h.Service.Items().Take(t.Context(), officer, of); err != nil {
		t.Errorf("control: the item that is the file: %v", err)
	}
	if _, err := h.Service.Imports().Keep(t.Context(), officer, h.as("NET/1", file(31))); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("another file as the item that is the first: %v", err)
	}
	_, err = h.Service.Imports().Receive(t.Context(), officer, h.as("NET/1", file(30)))
	if !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "these very bytes") {
		t.Errorf("control: the same file as the item that it is: %v", err)
	}
	produce.Reference = "NET/3"
	if _, err := h.Service.Exhibits().Produce(t.Context(), analyst, produce); err != nil {
		t.Errorf("control: an exhibit under a reference of its own: %v", err)
	}
}

// TestSameFileKeepsItsReference: who sends the same bytes again is told where they stand, or goes on
// where it was broken off, whatever else has the reference that is asked for.
func TestSameFileKeepsItsReference(t *testing.T) {
	for _, n := range []int{3, 30} { // of a small file the digest on record cannot be compared
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			h := withCase(t)
			imports := h.Service.Imports()
			wrong := h.as("NET/1", file(n))
			wrong.Profile = profile(t, "uk-alike-b")
			broke, err := imports.Receive(t.Context(), officer, wrong)
			if !errors.Is(err, custody.ErrInvalid) || broke.Evidence.Entry == (ledger.EntryID{}) {
				t.Fatalf("by a profile that does not fit: %v", err)
			}
			again := h.as("NET/1", file(n))
			again.RequestID = "a request that is made twice"
			received, err := imports.Receive(t.Context(), officer, again)
			if err != nil || received.Evidence.Entry != broke.Evidence.Entry {
				t.Fatalf("after it could not be read: %v", err)
			}
			again.Content = bytes.NewReader(file(n))
			if got, err := imports.Receive(t.Context(), officer, again); err != nil || got.Dataset.Entry != received.Dataset.Entry {
				t.Errorf("the same request: %v", err)
			}
			other, err := imports.Receive(t.Context(), officer, h.as("NET/2", file(n+1)))
			h.must(err)
			for item, entry := range map[string]ledger.EntryID{"NET/1": received.Evidence.Entry, "NET/2": received.Evidence.Entry, "NET/7": received.Evidence.Entry} {
				_, err := imports.Receive(t.Context(), officer, h.as(item, file(n)))
				if !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "these very bytes") || !strings.Contains(err.Error(), entry.String()) {
					t.Errorf("again as %s: %v", item, err)
				}
			}
			_, err = imports.Receive(t.Context(), officer, h.as("NET/2", file(n+2)))
			h.inUse("control: other bytes", err, "NET/2", other.Evidence.Entry, "NET/3")
			h.whole()
		})
	}
}

// TestErasedFileKeepsItsReference: the reference of a file that was erased is nobody else's, and the
// same bytes are received anew under it. Of a small file nobody can tell any more what it was.
func TestErasedFileKeepsItsReference(t *testing.T) {
	h, received := overseen(t)
	small, err := h.Service.Imports().Receive(t.Context(), officer, h.as("NET/2", file(3)))
	h.must(err)
	h.erases(h.order("NET/1"))
	h.erases(h.order("NET/2"))
	_, err = h.Service.Imports().Receive(t.Context(), officer, h.as("NET/1", file(31)))
	h.inUse("of an erased file", err, "NET/1", received.Evidence.Entry, "NET/3")
	_, err = h.Service.Imports().Receive(t.Context(), officer, h.as("NET/2", file(3)))
	h.inUse("of an erased small file", err, "NET/2", small.Evidence.Entry, "NET/3")
	anew, err := h.Service.Imports().Receive(t.Context(), officer, h.as("NET/1", file(30)))
	if err != nil || anew.Evidence.Entry == received.Evidence.Entry {
		t.Errorf("control: the same bytes anew: %v", err)
	}
	_, err = h.Service.Imports().Receive(t.Context(), officer, h.as("NET/1", file(31)))
	h.inUse("received anew", err, "NET/1", anew.Evidence.Entry, "NET/3")
	h.whole()
}

// TestItemHasOneFile keeps files of an item whole: the first, the same again, and no other; of a
// part it is another.
func TestItemHasOneFile(t *testing.T) {
	h := withStore(t)
	item := h.take(officer, "OV/1", "")
	keep := func(item string, content []byte) (custody.KeptWhole, error) {
		return h.Service.Imports().KeepWhole(t.Context(), officer, custody.KeepWhole{
			Case: h.id, Item: item, FileName: "camera-3.mkv", From: "the shop's manager", Content: bytes.NewReader(content),
		})
	}
	one, two := bytes.Repeat([]byte("frame one "), 1000), bytes.Repeat([]byte("frame two "), 1000)
	kept, err := keep(item.Item, one)
	h.must(err)
	if again, err := keep(item.Item, one); err != nil || again.Evidence.Entry != kept.Evidence.Entry || again.Linked.Entry != kept.Linked.Entry {
		t.Errorf("the same file again: %v", err)
	}
	_, err = keep(item.Item, two)
	h.inUse("another file of the item", err, "OV/1", kept.Evidence.Entry, "custos item split")
	_, err = h.Service.Imports().Keep(t.Context(), officer, h.as("OV/1", file(30)))
	h.inUse("a return as the item", err, "OV/1", kept.Evidence.Entry, "OV/2")
	parts, err := h.Service.Items().Split(t.Context(), officer, custody.SplitItem{Case: h.id, Item: "OV/1", Parts: []custody.ItemPart{{Media: custody.Video, Description: "Camera 4"}}})
	h.must(err)
	if _, err := keep(parts.Items[0], two); err != nil {
		t.Errorf("control: of a part: %v", err)
	}
	if twice := h.underOne(); len(twice) > 0 {
		t.Errorf("%v have two files", twice)
	}
	h.whole()
}

// TestFilesOfOneExtraction takes two files out of one extraction under one reference, which only they share.
func TestFilesOfOneExtraction(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	files := phone()
	files["calls/log.csv"] = &fstest.MapFile{Data: []byte(phoneLog)}
	_, err := kiosk.Service.Kiosks().Acquire(t.Context(), kioskOfficer, kiosk.extraction(files))
	kiosk.must(err)
	_, err = force.takesIn(kiosk.sealed("KO/2"))
	force.must(err)
	out := func(item, path string) error {
		request := force.ofLog(item)
		request.Extracted.Path = path
		_, err := force.Service.Imports().Keep(t.Context(), officer, request)
		return err
	}
	force.must(out("NET/1", "calls/log.csv"))
	force.must(out("NET/1", "messages/0001.txt"))
	force.must(out("NET/2", "messages/0002.txt"))
	if err := out("NET/2", "calls/log.csv"); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("a file that stands as NET/1: %v", err)
	}
	force.authority = force.record(authority(), ledger.EntryID{})
	if _, err := force.Service.Imports().Keep(t.Context(), officer, force.as("NET/1", file(30))); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("a return under the reference of files of an extraction: %v", err)
	}
	_, err = force.Service.Imports().Keep(t.Context(), officer, force.as("NET/3", file(30)))
	force.must(err)
	if err := out("NET/3", "messages/0001.txt"); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("a file of the extraction under the reference of a return: %v", err)
	}
	force.whole()
}

// TestRefusedUploadIsTakenInOtherwise: an upload whose reference is in use stays, its owner reads why,
// and it is taken in under another.
func TestRefusedUploadIsTakenInOtherwise(t *testing.T) {
	h := withCase(t)
	first := h.receive(file(30))
	content := file(31)
	u, err := h.Service.Uploads().Begin(t.Context(), officer, custody.BeginUpload{
		Case: h.id, Kind: custody.UploadReturn, Size: int64(len(content)), SHA256: ledger.Digest(sha256.Sum256(content)).String(),
	})
	h.must(err)
	_, err = h.Service.Uploads().Append(t.Context(), officer, custody.AppendUpload{Case: h.id, Upload: u.ID, Content: bytes.NewReader(content)})
	h.must(err)
	take := func(item string) (custody.Received, error) {
		request := h.as(item, nil)
		request.Content, request.Upload, request.RequestID = nil, u.ID, "takes the upload in as "+item
		return h.Service.Imports().Receive(t.Context(), officer, request)
	}
	_, err = take("NET/1")
	h.inUse("an upload", err, "NET/1", first.Evidence.Entry, "NET/2")
	list, listErr := h.Service.Uploads().List(t.Context(), officer, h.id, custody.Ask{})
	if listErr != nil || len(list) != 1 || list[0].Refused == nil || list[0].Refused.Why != err.Error() {
		t.Fatalf("why it was refused: %+v, %v", list, listErr)
	}
	received, err := take("NET/2")
	if err != nil {
		t.Fatalf("under another reference: %v", err)
	}
	if got, err := take("NET/2"); err != nil || got.Dataset.Entry != received.Dataset.Entry {
		t.Errorf("the same request after the upload is away: %v", err)
	}
	if _, err := take("NET/3"); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("control: another request after the upload is away: %v", err)
	}
}

// TestFolderTakesFreeReferences numbers the files of a folder.
func TestFolderTakesFreeReferences(t *testing.T) {
	h := withStore(t)
	for item, n := range map[string]int{"NET/2": 30, "NET/5": 32} {
		_, err := h.Service.Imports().Keep(t.Context(), officer, h.as(item, file(n)))
		h.must(err)
	}
	h.take(officer, "NET/3", "")
	next := func(first, from string, content []byte) custody.FileItem {
		t.Helper()
		item, err := h.Service.Cases().FileItem(t.Context(), h.id, first, from, sha256.Sum256(content), int64(len(content)))
		h.must(err)
		return item
	}
	for _, c := range []struct {
		first, from string
		n           int
		want        custody.FileItem
	}{
		{"NET/1", "NET/1", 40, custody.FileItem{Item: "NET/1", Next: "NET/2"}},
		{"NET/1", "NET/2", 40, custody.FileItem{Item: "NET/4", Next: "NET/5"}},
		{"NET/1", "NET/2", 30, custody.FileItem{Item: "NET/2", Next: "NET/3", Before: true}},
		{"NET/1", "NET/1", 32, custody.FileItem{Item: "NET/5", Next: "NET/1", Before: true}},
		{"NET/4", "NET/4", 30, custody.FileItem{Item: "NET/4", Next: "NET/5"}}, // it was received before the series begins, and is refused
		{"JAS/1", "JAS/1", 30, custody.FileItem{Item: "JAS/1", Next: "JAS/2"}},
	} {
		if got := next(c.first, c.from, file(c.n)); got != c.want {
			t.Errorf("%s from %s: %+v, want %+v", c.first, c.from, got, c.want)
		}
	}
	for _, first := range []string{"NET/1A", "net", ""} {
		if _, err := h.Service.Cases().FileItem(t.Context(), h.id, first, first, ledger.Digest{1}, 1); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%q: %v", first, err)
		}
	}
}
