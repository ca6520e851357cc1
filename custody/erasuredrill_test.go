package custody_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
)

// The drill: so many subjects in so many files, each file in a case of its own.
const (
	drillSubjects = 1000
	drillFiles    = 20
	perFile       = drillSubjects / drillFiles
)

// marker is what stands in the record for one subject and nowhere else.
func marker(i int) string { return fmt.Sprintf("Marker Street %04d", i) }

var markers = regexp.MustCompile(`Marker Street ([0-9]{4})`)

// markedFile is a return whose rows hold the markers from..to-1.
func markedFile(from, to int) []byte {
	var b strings.Builder
	b.WriteString(header)
	for i := from; i < to; i++ {
		b.WriteString(strings.Replace(call(i, "MO Voice"), "1 Made Up Street", marker(i), 1))
	}
	return []byte(b.String())
}

// drill is what the drill remembers of its cases.
type drill struct {
	*house
	cases   []custody.CaseID // one a file
	backups []string         // copies of the data folder, without the key folder
}

// TestErasureDrill erases a thousand subjects, half of them with their whole
// case and half file by file, then restores every backup that was ever made and
// searches it, and the folder itself: raw, in every encoding of the text, and
// through whatever the keys that are left still open.
//
// Its controls are subjects that were not erased, whom the same search must find
// in the same places, and a marker in clear, which the raw search must find.
func TestErasureDrill(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	h, _ := overseen(t)
	d := &drill{house: h}
	for i := range drillFiles {
		d.begin(i)
		if i%7 == 3 {
			d.backup()
		}
	}
	d.nextCase("NX/KEPT")
	kept := d.id
	d.receive(markedFile(drillSubjects, drillSubjects+perFile))
	d.cases = append(d.cases, kept)
	there := map[int]int{}
	d.search(d.options, there)
	if len(there) != drillSubjects+perFile {
		t.Errorf("control: before the erasure %d of %d subjects are found", len(there), drillSubjects+perFile)
	}
	before := keyFiles(t, d.options.KeyFolder())
	d.backup()
	for i := range drillFiles {
		d.id = d.cases[i]
		if i%2 == 0 {
			d.eraseNow()
		} else {
			d.eraseNow("NET/1")
		}
		if i == drillFiles/2 {
			d.backup()
		}
	}
	d.backup()
	found := map[int]int{}
	d.search(d.options, found)
	for _, backup := range d.backups {
		restored := d.options
		restored.Dir, restored.Keys = backup, d.options.KeyFolder()
		d.search(restored, found)
	}
	rawSearch(t, temporary, d.count(found))
	erased, control := 0, 0
	for i, n := range found {
		if i < drillSubjects {
			erased += n
		} else if n > 0 {
			control++
		}
	}
	if erased > 0 {
		t.Errorf("%d markers of erased subjects are left", erased)
	}
	if control != perFile {
		t.Errorf("control: %d of %d subjects that were not erased are found: the search shows nothing", control, perFile)
	}
	d.oldKeys(before)
	d.proofs(kept)
	t.Logf("PROOF harness=erasure-drill trials=%d failures=%d control=%q", drillSubjects, erased,
		fmt.Sprintf("found %d of %d not erased, in %d copies", control, perFile, len(d.backups)+1))
}

// begin opens a case, takes in its file and makes an exhibit of it.
func (d *drill) begin(i int) {
	d.Helper()
	d.nextCase(fmt.Sprintf("NX/DRILL/%d", i))
	d.cases = append(d.cases, d.id)
	received := d.receive(markedFile(i*perFile, (i+1)*perFile))
	ran := d.run("event-schedule", received.Dataset.Entry, nil)
	if i%10 == 0 { // pages hold the markers too
		_, err := d.Service.Exhibits().Produce(d.Context(), analyst, custody.Produce{
			Case: d.id, Reference: "JAS/1", Title: "Schedule", Run: ran.Entry, Renderers: []string{"render-schedule-csv", "render-schedule-pdf"},
		})
		if err != nil {
			d.Fatal(err)
		}
	}
}

// backup copies the data folder as it lies there, as the runbook says: without
// the key folder.
func (d *drill) backup() {
	d.Helper()
	folder := filepath.Join(d.TempDir(), "backup")
	if err := os.CopyFS(folder, os.DirFS(d.options.Dir)); err != nil {
		d.Fatal(err)
	}
	d.backups = append(d.backups, folder)
}

// eraseNow takes an order through all its steps.
func (d *drill) eraseNow(payloads ...string) {
	d.Helper()
	erasure := d.order(payloads...)
	if err := d.answer(dpo, erasure.Order, custody.ErasureApproved); err != nil {
		d.Fatal(err)
	}
	d.wait(custody.ErasureDelay)
	if _, err := d.carryOut(erasure.Order); err != nil {
		d.Fatal(err)
	}
}

// search counts the markers of each subject in a data folder.
func (d *drill) search(o wiring.Options, found map[int]int) {
	d.Helper()
	count := d.count(found)
	look := func(content []byte) { count("", content) }
	rawSearch(d.T, o.Dir, count)
	station, err := wiring.OpenToCheck(d.Context(), o, false)
	if err != nil {
		d.Fatalf("%s: %v", o.Dir, err)
	}
	defer func() { _ = station.Close() }()
	opened := d.searchPayloads(o, station, look)
	for _, id := range append([]custody.CaseID{""}, d.cases...) {
		opened += searchEntries(d.T, station, id, look)
	}
	if opened < 100 {
		d.Errorf("%s: the search opened %d entries and payloads only", o.Dir, opened)
	}
}

// count counts the markers of each subject in what it is given.
func (d *drill) count(found map[int]int) func(string, []byte) {
	return func(_ string, content []byte) {
		for _, m := range markers.FindAllSubmatch(content, -1) {
			i, err := strconv.Atoi(string(m[1]))
			if err != nil {
				d.Error(err)
			}
			found[i]++
		}
	}
}

// rawSearch hands over every file as it is, and as it would be read in UTF-16.
func rawSearch(t *testing.T, folder string, look func(path string, content []byte)) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		look(path, content)
		for _, shift := range []int{0, 1} {
			look(path, narrow(content[min(shift, len(content)):]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// narrow takes every second byte.
func narrow(content []byte) []byte {
	out := make([]byte, 0, len(content)/2)
	for i := 0; i+1 < len(content); i += 2 {
		out = append(out, content[i])
	}
	return out
}

var keyFile = regexp.MustCompile(`/(?:case-([0-9a-z-]+)|organisation)/[0-9a-f]{2}/([0-9a-f]{64})\.key$`)

// searchPayloads reads every payload that can still be opened.
func (d *drill) searchPayloads(o wiring.Options, station *wiring.Station, look func([]byte)) (opened int) {
	d.Helper()
	err := filepath.WalkDir(filepath.Join(o.Dir, "blobs"), func(path string, _ fs.DirEntry, err error) error {
		m := keyFile.FindStringSubmatch(filepath.ToSlash(path))
		if err != nil || m == nil {
			return err
		}
		content, err := station.Payloads.Open(d.Context(), m[1], m[2])
		if err != nil {
			return nil //nolint:nilerr // its key is gone: that is the point
		}
		text, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
		look(text)
		opened++
		return errors.Join(err, content.Close())
	})
	if err != nil {
		d.Error(err)
	}
	return opened
}

// searchEntries reads every statement of a case that can still be opened, and
// every fact projected from them.
func searchEntries(t *testing.T, station *wiring.Station, id custody.CaseID, look func([]byte)) (opened int) {
	t.Helper()
	chains, err := station.Store.Chains(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, chain := range chains {
		n, _, err := station.Store.Head(t.Context(), chain.ID)
		if err != nil {
			t.Fatal(err)
		}
		for ; n > 0; n-- {
			entry, err := station.Store.Entry(t.Context(), chain.ID, n)
			if err != nil || entry.Erased {
				continue
			}
			envelope, err := ledger.ParseEnvelope(entry.Envelope)
			if err != nil {
				t.Fatal(err)
			}
			look(envelope.Payload)
			opened++
		}
	}
	for _, collection := range []string{"case", "authorities", "evidence", "received", "datasets", "runs", "exhibits", "references", "looks"} {
		facts, err := station.Store.List(t.Context(), id, collection, 0)
		if err != nil {
			continue // sealed under a key that is gone
		}
		for _, fact := range facts {
			look(fact.Value)
		}
	}
	return opened
}

// keyFiles returns the key files of cases, by name.
func keyFiles(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	rawSearch(t, filepath.Join(folder, "vault"), func(path string, content []byte) {
		if _, known := files[path]; !known && strings.HasSuffix(path, ".key") {
			files[path] = content
		}
	})
	return files
}

// oldKeys shows that no key of before is left in the key folder, but that of the
// case that was kept.
func (d *drill) oldKeys(before map[string][]byte) {
	d.Helper()
	var all []byte
	rawSearch(d.T, d.options.KeyFolder(), func(_ string, content []byte) { all = append(all, content...) })
	left := 0
	for _, content := range before {
		lines := bytes.Split(content, []byte("\n"))
		if len(lines) < 3 {
			d.Fatal("no key file")
		}
		if _, err := hex.DecodeString(string(lines[2])); err != nil {
			d.Fatal(err)
		}
		if bytes.Contains(all, lines[2]) {
			left++
		}
	}
	if want := len(before) - drillFiles; left != want {
		d.Errorf("%d of %d keys of before are left in the key folder, want %d", left, len(before), want)
	}
}

// proofs shows that the record still holds together: everything is recomputed,
// and an exhibit of the case that was kept is proved.
func (d *drill) proofs(kept custody.CaseID) {
	d.Helper()
	d.whole()
	d.id = kept
	datasets, err := d.Service.Cases().Files(d.Context(), sio, kept, custody.Ask{})
	if err != nil || len(datasets) != 1 {
		d.Fatal(datasets, err)
	}
	ran := d.run("event-schedule", datasets[0].Dataset, nil)
	exhibit, err := d.Service.Exhibits().Produce(d.Context(), analyst, custody.Produce{
		Case: kept, Reference: "JAS/9", Title: "Schedule", Run: ran.Entry, Renderers: []string{"render-schedule-csv"},
	})
	if err != nil {
		d.Fatal(err)
	}
	packed, _ := d.pack(exhibit.Entry, nil)
	if report := d.verify(packed, true); report.Headline == bundle.Differs {
		d.wants(report, bundle.Matches)
	}
	d.reopen()
	d.whole()
}

// TestRawSearch is the control of the drill's raw search: it finds a marker in a
// file, in any of the encodings that it claims to read.
func TestRawSearch(t *testing.T) {
	text := "xx" + marker(7) + "\n"
	var wide []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	for name, content := range map[string][]byte{"plain": []byte(text), "UTF-16": wide, "UTF-16 at an odd place": append([]byte{0xff}, wide...)} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "file"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		n := 0
		rawSearch(t, folder, func(_ string, content []byte) { n += len(markers.FindAll(content, -1)) })
		if n == 0 {
			t.Errorf("%s: not found", name)
		}
	}
}
