package custody_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/rowtree"
	"custos.example/custody"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// secret is the number that is withheld: the attacker knows everything else of the
// file, and that it is one of the thousand numbers of the drama range.
const secret = 777

// hidden is a file of n calls in which row at names the secret number.
func hidden(n, at, number int) []byte {
	return big(n, func(i int) int {
		if i == at {
			return number
		}
		return 200 + i
	})
}

// attack is somebody who was served a bundle and tries every number for what is
// withheld of it.
type attack struct {
	bytes   []byte          // everything that is in the bundle, unpacked and decoded
	digests map[string]bool // every run of 64 hex digits, and every 32 bytes in base64
	shorts  map[string]bool // every run of 16 hex digits, such as the digest of a file in a row
	salts   [][]byte        // everything that may be a salt
}

var (
	hexRun    = regexp.MustCompile(`[0-9a-f]{16,}`)
	base64Run = regexp.MustCompile(`[A-Za-z0-9+/]{40,}={0,2}`)
)

// attackOn takes a bundle apart.
func attackOn(file []byte) *attack {
	a := &attack{digests: map[string]bool{}, shorts: map[string]bool{}}
	for name, data := range bundletest.Split(file) {
		a.take([]byte(name))
		a.take(data)
	}
	return a
}

func (a *attack) take(data []byte) {
	a.bytes = append(append(a.bytes, data...), '\n')
	for _, run := range hexRun.FindAll(data, -1) {
		raw, err := hex.DecodeString(string(run[:len(run)&^1]))
		if err != nil {
			continue
		}
		switch {
		case len(run) == 64:
			a.digests[string(raw)] = true
			a.salts = append(a.salts, raw)
		case len(run) == 32:
			a.salts = append(a.salts, raw)
		case len(run) == 16:
			a.shorts[string(raw)] = true
		}
	}
	for _, run := range base64Run.FindAll(data, -1) {
		raw, err := base64.StdEncoding.DecodeString(string(run))
		if err != nil {
			continue
		}
		if len(raw) == 32 {
			a.digests[string(raw)] = true
		}
		if bytes.HasPrefix(raw, []byte("{")) {
			a.take(raw) // an envelope, and the statement in it
		}
	}
}

// knows tells whether a digest stands in the bundle, whole or by its beginning.
func (a *attack) knows(sum [32]byte) bool {
	return a.digests[string(sum[:])] || a.shorts[string(sum[:8])]
}

// tells tells whether anything that can be worked out of a content stands in the
// bundle: its plain digest, its digest under every salt that is there, and, of a row,
// its leaf and the hashes of its parts.
func (a *attack) tells(content []byte) bool {
	sum := sha256.Sum256(content)
	if a.knows(sum) {
		return true
	}
	for _, salt := range a.salts {
		if len(salt) == 32 && a.knows(ledger.SaltedDigest(ledger.Salt(salt), sum)) {
			return true
		}
	}
	return false
}

// tellsRow is tells of one row and of each of its parts.
func (a *attack) tellsRow(row []byte) bool {
	texts, err := rowtree.Cut(row)
	if err != nil {
		return false
	}
	for _, salt := range a.salts {
		var hashes [rowtree.NumParts]rowtree.Hash
		for p := rowtree.Subject; p < rowtree.NumParts; p++ {
			if hashes[p] = rowtree.PartHash(rowtree.Salt(salt[:16]), texts[p]); a.knows(hashes[p]) {
				return true
			}
		}
		if a.knows(rowtree.LeafHash(&hashes, texts[rowtree.Event])) {
			return true
		}
	}
	return a.tells(row) || a.tells(append(row, '\n'))
}

// written are the forms in which a number may stand.
func written(number int) []string {
	return []string{
		fmt.Sprintf("+447700900%03d", number), fmt.Sprintf("07700900%03d", number), fmt.Sprintf("07700 900%03d", number), fmt.Sprintf("7700900%03d", number),
		base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "+447700900%03d", number))[:16],
	}
}

// found returns the numbers of the drama range that the bundle confirms for the row.
// made gives the received file and its events as they would be with a number.
func (a *attack) found(made func(number int) (file, events []byte), at int) []int {
	var numbers []int
	for number := range 1000 {
		file, events := made(number)
		row := bytes.Split(events, []byte("\n"))[1+at]
		hit := a.tells(file) || a.tells(events) || a.tellsRow(row)
		for _, form := range written(number) {
			if number != 123 && (number < 200 || number > 299) { // these stand in rows that are served
				hit = hit || bytes.Contains(a.bytes, []byte(form))
			}
		}
		if hit {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// withSecret is the house with a file of n rows of which one names the secret, and
// what makes the file and its events with any other number in its place.
func withSecret(t *testing.T, n, at int) (*house, custody.Received, func(int) (file, events []byte)) {
	t.Helper()
	h := withCase(t)
	file := hidden(n, at, secret)
	received := h.receive(file)
	events := h.made(received.Dataset.Entry, "events")
	prefix := received.SHA256.String()[:16]
	return h, received, func(number int) ([]byte, []byte) {
		other := hidden(n, at, number)
		sum := sha256.Sum256(other)
		text := bytes.ReplaceAll(events, fmt.Appendf(nil, "+447700900%03d", secret), fmt.Appendf(nil, "+447700900%03d", number))
		return other, bytes.ReplaceAll(text, []byte(prefix), []byte(hex.EncodeToString(sum[:8])))
	}
}

// made reads what an entry of the case made.
func (h *house) made(entry ledger.EntryID, name string) []byte {
	h.Helper()
	statement := h.statement(entry)
	for _, s := range statement.Subject {
		if s.Name == name {
			return []byte(h.payload(s.Digest))
		}
	}
	h.Fatalf("entry %s made no %q", entry, name)
	return nil
}

// TestNothingWithheldIsRecoverable serves all rows but one, and then all rows without
// one part. Whoever knows all the rest of the file tries every number of the drama
// range against every digest, every salt and every text of the bundle, and confirms
// none. The controls: the same attack finds the number at once in a bundle of the
// whole data set whose rows are merely not shown, and when it is given the one salt
// that is withheld.
func TestNothingWithheldIsRecoverable(t *testing.T) {
	const rows, at = 20, 8
	h, received, made := withSecret(t, rows, at)
	if _, events := made(secret); !bytes.Equal(events, h.made(received.Dataset.Entry, "events")) {
		t.Fatal("the attacker does not know how the file is read")
	}
	failures, tried := 0, 0
	attacked := func(name string, change func(*custody.SelectRows)) *attack {
		selected := h.selects(received.Dataset.Entry, change)
		a := attackOn(h.served(selected.Entry, fmt.Sprintf("JAS/%d", 20+tried/1000)))
		if numbers := a.found(made, at); len(numbers) > 0 {
			failures++
			t.Errorf("%s: the bundle confirms %d", name, numbers)
		}
		tried += 1000
		return a
	}
	row := analysis.Criteria{Rows: []analysis.RowRange{{From: at + 2, To: at + 2}}}
	attacked("a row withheld", func(r *custody.SelectRows) {
		r.Show, r.Rest, r.Withhold = analysis.Criteria{}, "", []analysis.Withholding{{Criteria: row, Reason: "privileged"}}
	})
	a := attacked("a part withheld", func(r *custody.SelectRows) {
		r.Show, r.Rest, r.Redact = analysis.Criteria{}, "", []analysis.Redaction{{Part: "calling", Reason: "another-person"}, {Part: "called", Reason: "another-person"}}
	})
	caught := 0
	a.give(h, received.Dataset.Entry, rows, at)
	if numbers := a.found(made, at); fmt.Sprint(numbers) == fmt.Sprint([]int{secret}) {
		caught++
	} else {
		t.Errorf("control: with the salt the attack finds %d", numbers)
	}
	// A bundle of the whole data set: its digests alone give the number away.
	h, received, made = withSecret(t, rows, at)
	whole := h.run("event-schedule", received.Dataset.Entry, nil)
	exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{Case: h.id, Reference: "JAS/8", Title: "All calls", Run: whole.Entry})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	all := attackOn(b)
	all.bytes = nil // no row is read
	if numbers := all.found(made, at); fmt.Sprint(numbers) == fmt.Sprint([]int{secret}) {
		caught++
	} else {
		t.Errorf("control: of the whole data set the attack finds %d", numbers)
	}
	t.Logf("PROOF harness=subset-unrecoverable trials=%d failures=%d control=\"caught %d of 2\"", tried, failures, caught)
}

// give gives away the salt of the called party of one row, as no keeper would.
func (a *attack) give(h *house, dataset ledger.EntryID, rows, at uint64) {
	h.Helper()
	seed, err := h.Service.Vault.Derive(h.Context(), h.id, "rows", dataset[:])
	if err != nil {
		h.Fatal(err)
	}
	_, err = rowtree.Prove((*rowtree.Seed)(&seed), bytes.NewReader(h.made(dataset, "events")), rows, []uint64{at}, [rowtree.NumParts]bool{},
		func(o rowtree.Opening) error {
			a.salts = append(a.salts, o.Salts[rowtree.Called][:])
			return nil
		}, func(rowtree.Hash) error { return nil })
	if err != nil {
		h.Fatal(err)
	}
}

// TestSizesTellNothing makes two records that differ in nothing but the row that is
// withheld, which is much longer in one: every member of both bundles has the same
// name and size. The control is a bundle of the whole data set, whose sizes differ.
func TestSizesTellNothing(t *testing.T) {
	sizes := func(place string, selects bool) map[string]int {
		h := withCase(t)
		lines := strings.SplitAfter(string(hidden(30, 11, secret)), "\n")
		lines[12] = strings.Replace(lines[12], "1 Made Up Street, Bath", place, 1)
		received := h.receive([]byte(strings.Join(lines, "")))
		if received.RowCount != 30 {
			t.Fatalf("%d rows", received.RowCount)
		}
		from := received.Dataset.Entry
		if selects {
			from = h.selects(from, func(r *custody.SelectRows) {
				r.Show, r.Rest = analysis.Criteria{}, ""
				r.Withhold = []analysis.Withholding{{Criteria: analysis.Criteria{Rows: []analysis.RowRange{{From: 13, To: 13}}}, Reason: "sensitive"}}
			}).Entry
		}
		ran := h.run("event-schedule", from, nil)
		exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
			Case: h.id, Reference: "JAS/7", Title: "Schedule of selected calls", Run: ran.Entry, Renderers: []string{"render-schedule-csv"},
		})
		if err != nil {
			t.Fatal(err)
		}
		b, _ := h.pack(exhibit.Entry, nil)
		list := map[string]int{}
		for name, data := range bundletest.Split(b) {
			if name != "chain/keys.json" { // the people of the house, who are enrolled in any order
				list[name] = len(data)
			}
		}
		return list
	}
	const short, long = "1 Made Up Street, Bath", "The third house behind the old telephone exchange, 1 Made Up Street, Lower Weston, Bath"
	one, other := sizes(short, true), sizes(long, true)
	if fmt.Sprint(one) != fmt.Sprint(other) {
		t.Errorf("sizes differ with the row that is withheld:\n%v\n%v", one, other)
	}
	if fmt.Sprint(sizes(short, false)) == fmt.Sprint(sizes(long, false)) {
		t.Error("control: the sizes of the whole data set do not differ")
	}
}
