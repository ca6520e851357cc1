package custody

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"custos.example/ledger"
)

// Links is the joining of this log to others: of a force's to its kiosks', and of a
// kiosk's to its force's. What one of them has shown of itself cannot be taken back
// without the other seeing it.
type Links struct{ s *Service }

// Links returns the use cases of logs that are joined.
func (s *Service) Links() Links { return Links{s} }

// linkFormat names the form of a row about a joined log.
const linkFormat = "custos/link/v1"

// LinkRole says what the other log is to this one.
type LinkRole string

// The roles of another log.
const (
	KioskLog LinkRole = "kiosk" // it sends what it extracted here
	ForceLog LinkRole = "force" // what is extracted here goes there
)

// LinkEvent is what happened between two logs.
type LinkEvent string

// What can happen. Shown is a head that could not be joined.
const (
	LinkAdmitted LinkEvent = "admitted"
	LinkJoined   LinkEvent = "joined"
	LinkShown    LinkEvent = "shown"
	LinkRevoked  LinkEvent = "revoked"
	LinkRejoined LinkEvent = "rejoined"
)

// linkDocument is one row about a joined log; all of them in their order say how the
// two stand.
// Shape: canonical JSON. Checkpoint is a signed note of the other log, Leaves the
// commitments from leaf From of it; of the first row of a log, Role, Origin, Place
// and Trust are there.
type linkDocument struct {
	Checkpoint string          `json:"checkpoint,omitempty"`
	Clock      *ClockReading   `json:"clock,omitempty"`
	Common     uint64          `json:"common,omitempty"` // leaves that both histories begin with
	Event      LinkEvent       `json:"event"`
	Evidence   []importedEntry `json:"evidence,omitempty"` // brought in with it
	Format     string          `json:"format"`
	From       uint64          `json:"from,omitempty"`
	Leaves     []byte          `json:"leaves,omitempty"`
	Lost       uint64          `json:"lost,omitempty"` // size of a head that is given up
	Name       string          `json:"name"`
	Origin     string          `json:"origin,omitempty"`
	Own        uint64          `json:"own,omitempty"` // size of this log that the other has joined
	Place      string          `json:"place,omitempty"`
	Reason     string          `json:"reason,omitempty"`
	Recipient  string          `json:"recipient,omitempty"` // to which is sealed what goes there
	Revoked    uint64          `json:"revoked,omitempty"`   // leaves from there on are not believed
	Role       LinkRole        `json:"role,omitempty"`
	Root       ledger.Digest   `json:"root,omitempty"`
	Size       uint64          `json:"size,omitempty"`
	Trust      string          `json:"trust,omitempty"`
	Verdict    Verdict         `json:"verdict,omitempty"`
}

// importedEntry is an entry of the other log that was brought in.
type importedEntry struct {
	Case  CaseID         `json:"case"`
	Entry ledger.EntryID `json:"entry"` // here
	Index ledger.Index   `json:"index"` // there
	There ledger.EntryID `json:"there"`
}

// linkState is how another log stands, from all rows about it.
type linkState struct {
	Name      string
	Role      LinkRole
	Origin    string
	Place     string
	Recipient string
	trust     ledger.Trust
	leaves    []ledger.Commitment // what it is held to
	root      ledger.Digest
	at        ledger.Time // of the newest row that joined it
	own       uint64
	revoked   bool
	from      uint64 // if revoked
	imported  map[ledger.EntryID]importedEntry
	lost      map[ledger.EntryID]bool // entries of a history that was given up, by their id there
	history   []LinkRow
}

// LinkRow is one thing that happened between two logs.
type LinkRow struct {
	Clock   *ClockReading  `json:"clock,omitempty"`
	Common  uint64         `json:"common,omitempty"`
	Entry   ledger.EntryID `json:"entry"`
	Event   LinkEvent      `json:"event"`
	Heads   []string       `json:"heads,omitempty"` // the signed notes, the one that was joined before and the one shown
	Reason  string         `json:"reason,omitempty"`
	Root    ledger.Digest  `json:"root,omitzero"`
	Size    uint64         `json:"size,omitempty"`
	Time    ledger.Time    `json:"time"`
	Verdict Verdict        `json:"verdict,omitempty"`
}

// linked projects the naming of another log: at the founding it is the one that is
// continued, and afterwards one that is joined.
func (p *projection) linked(d *ledger.LogLinked) {
	collection := inLinks
	if p.Predicate.Decision != nil {
		collection = inJoined
	}
	p.add(collection, d.Origin, linkFact{p.entry(), d.Origin, d.Reason, d.Root, d.Size})
}

// inJoined is the newest head of another log that this one names, of the
// organisation, by its origin.
const inJoined = "joined"

// apply adds one row to the state. It is pure.
// Errors: ErrIntegrity when the rows contradict each other.
func (l *linkState) apply(d linkDocument, at LinkRow) error {
	at.Event, at.Verdict, at.Reason, at.Common, at.Size, at.Root, at.Clock = d.Event, d.Verdict, d.Reason, d.Common, d.Size, d.Root, d.Clock
	leaves, err := splitLeaves(d.Leaves)
	if err != nil || d.Format != linkFormat {
		return fmt.Errorf("%w: row %s about the log %s: %w", ErrIntegrity, at.Entry, d.Name, err)
	}
	switch d.Event {
	case LinkAdmitted:
		l.Name, l.Role, l.Origin, l.Place, l.Recipient = d.Name, d.Role, d.Origin, d.Place, d.Recipient
		if l.trust, err = ledger.ParseTrust([]byte(d.Trust)); err != nil {
			return fmt.Errorf("%w: trust file of the log %s: %w", ErrIntegrity, d.Name, err)
		}
		l.revoked, l.from = false, 0
		if l.Role == ForceLog {
			l.root, l.at = d.Root, at.Time
		}
	case LinkJoined, LinkRejoined:
		at.Heads = l.headsWith(d.Checkpoint)
		if l.Role == ForceLog {
			l.root, l.own, l.at = d.Root, max(l.own, d.Own), at.Time
			break
		}
		if d.Event == LinkRejoined {
			l.giveUp(d.Common)
		}
		if d.From > uint64(len(l.leaves)) {
			return fmt.Errorf("%w: row %s about the log %s begins at leaf %d, and %d are known", ErrIntegrity, at.Entry, d.Name, d.From, len(l.leaves))
		}
		if d.Verdict != Late {
			l.leaves, l.root, l.at = append(l.leaves[:d.From:d.From], leaves...), d.Root, at.Time
		}
		for _, e := range d.Evidence {
			l.imported[e.There] = e
		}
	case LinkShown:
		at.Heads = l.headsWith(d.Checkpoint)
	case LinkRevoked:
		l.revoked, l.from = true, d.Revoked
	default:
		return fmt.Errorf("%w: row %s about the log %s tells of %q", ErrIntegrity, at.Entry, d.Name, d.Event)
	}
	l.history = append(l.history, at)
	return nil
}

// headsWith is the newest head that was joined and the one that is shown now.
func (l *linkState) headsWith(shown string) []string {
	for i := len(l.history) - 1; i >= 0; i-- {
		if h := l.history[i]; (h.Event == LinkJoined || h.Event == LinkRejoined) && h.Verdict != Late && len(h.Heads) > 0 {
			return []string{h.Heads[len(h.Heads)-1], shown}
		}
	}
	return []string{shown}
}

// giveUp notes which entries that were brought in stand on the history that is given
// up: those behind the leaves that both have.
func (l *linkState) giveUp(common uint64) {
	for there, e := range l.imported {
		if uint64(e.Index) >= common {
			l.lost[there] = true
		}
	}
}

// Verdict says how the history that a log shows agrees with what it showed before.
type Verdict string

// The verdicts.
const (
	GoesOn       Verdict = "goes-on"       // it begins with all that was joined before
	Same         Verdict = "same"          // nothing is new
	Late         Verdict = "late"          // an earlier head than the newest that was joined
	CutOff       Verdict = "cut-off"       // its newest head ends before what was joined
	RolledBack   Verdict = "rolled-back"   // it was put back and went on otherwise
	OtherHistory Verdict = "other-history" // it has nothing in common with what was joined
	Gap          Verdict = "gap"           // entries between what was joined and what is shown are missing
	RevokedThere Verdict = "revoked"       // it stands behind the place from which the log is not believed
)

// holds tells whether a head with that verdict is joined without anybody's leave.
func (v Verdict) holds() bool { return v == GoesOn || v == Same || v == Late }

// judged is a verdict with what it rests on.
type judged struct {
	verdict Verdict
	common  uint64
	all     []ledger.Commitment // the whole history that is shown
}

// judge compares the history that a log shows with the one that was joined. newest
// says that it shows its newest head, not one that was sealed earlier.
// Errors: ErrIntegrity when the leaves are not those of the head.
func (l *linkState) judge(head ledger.Checkpoint, from uint64, leaves []ledger.Commitment, newest bool) (judged, error) {
	linked := uint64(len(l.leaves))
	if from > linked {
		return judged{verdict: Gap, common: linked}, nil
	}
	j := judged{all: append(l.leaves[:from:from], leaves...)}
	if uint64(len(j.all)) != head.Size || rootOf(leafHashes(j.all)) != head.Root {
		if from > 0 {
			return judged{verdict: Gap, common: 0}, nil // what lies before is not what is known of it here
		}
		return j, fmt.Errorf("%w: the %d leaves shown are not those of the head of %d that is signed", ErrIntegrity, len(j.all), head.Size)
	}
	j.common = uint64(common(l.leaves, j.all))
	switch {
	case j.common == linked && head.Size == linked:
		j.verdict = Same
	case j.common == linked:
		j.verdict = GoesOn
	case j.common == head.Size && newest:
		j.verdict = CutOff
	case j.common == head.Size:
		j.verdict = Late
	case j.common == 0:
		j.verdict = OtherHistory
	default:
		j.verdict = RolledBack
	}
	return j, nil
}

// words says what a verdict means, with the figures.
func (l *linkState) words(j judged, size uint64) string {
	linked := uint64(len(l.leaves))
	switch j.verdict {
	case GoesOn:
		return fmt.Sprintf("%s goes on: its %d entries begin with the %d that were joined before.", l.Name, size, linked)
	case Same:
		return fmt.Sprintf("%s shows the head of %d entries that was joined before: nothing is new.", l.Name, size)
	case Late:
		return fmt.Sprintf("%s sealed this when it had %d entries; %d have been joined meanwhile, and they begin with these.", l.Name, size, linked)
	case CutOff:
		return fmt.Sprintf("%s is cut off: it shows %d entries as all it has, and %d were joined on %s. The last %d are missing there, and it signed both heads.",
			l.Name, size, linked, l.at.UTC().Format("2 January 2006 15:04 UTC"), linked-size)
	case RolledBack:
		return fmt.Sprintf("%s was put back: it shows %d entries, of which only the first %d are among the %d that were joined on %s; from there it went on otherwise. It signed both heads.",
			l.Name, size, j.common, linked, l.at.UTC().Format("2 January 2006 15:04 UTC"))
	case OtherHistory:
		return fmt.Sprintf("%s shows another history: none of its %d entries is among the %d that were joined. It signed both heads.", l.Name, size, linked)
	case Gap:
		return fmt.Sprintf("%s does not show how its %d entries follow the %d that were joined: have it sealed again with --whole.", l.Name, size, linked)
	case RevokedThere:
		return fmt.Sprintf("%s is revoked from its entry %d on; what it shows beyond is not believed.", l.Name, l.from)
	}
	return string(j.verdict)
}

// Broken says that a log shows what contradicts what it showed before. It unwraps
// to ErrConflict.
type Broken struct { //nolint:errname // the word of the field
	Name    string
	Verdict Verdict
	Words   string
	Entry   ledger.EntryID // of the row that keeps both heads
}

// Error says what was shown, and what to do.
func (b *Broken) Error() string {
	next := "Keep both heads (custos kiosk log shows them) and find out what happened to the kiosk; custos kiosk rejoin goes on from the new one, with a reason."
	if b.Verdict == Gap {
		next = ""
	}
	return strings.TrimSpace(b.Words + " Nothing was taken in. " + next)
}

// Unwrap returns ErrConflict.
func (b *Broken) Unwrap() error { return ErrConflict }

// joinLeaves writes commitments one after the other.
func joinLeaves(leaves []ledger.Commitment) []byte {
	text := make([]byte, 0, len(leaves)*len(ledger.Commitment{}))
	for _, leaf := range leaves {
		text = append(text, leaf[:]...)
	}
	return text
}

// splitLeaves reads what joinLeaves wrote.
func splitLeaves(text []byte) ([]ledger.Commitment, error) {
	const each = len(ledger.Commitment{})
	if len(text)%each != 0 {
		return nil, errors.New("a leaf has 32 bytes: " + base64.StdEncoding.EncodeToString(text[:min(len(text), 8)]) + "...")
	}
	leaves := make([]ledger.Commitment, len(text)/each)
	for i := range leaves {
		leaves[i] = ledger.Commitment(text[i*each:])
	}
	return leaves, nil
}

// nameOfLog is the name of a row about a joined log.
func nameOfLog(name string) string { return logRow + name }

// logRow begins the names of rows about joined logs.
const logRow = "log "

// ofLog returns the log that a row is about.
func ofLog(row string) (string, bool) { return strings.CutPrefix(row, logRow) }
