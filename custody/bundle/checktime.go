package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/timestamp"
)

// timeChecks is phase 11: by when did the record exist, in the word of others?
func timeChecks() []check {
	return []check{
		{11, "stamp-list", askSame, checkStampList, nil},
		{11, "stamps", askSince, checkStamps, nil},
		{11, "stamp-heads", askSince, checkStampHeads, func(c *checker) string {
			if len(c.stamped) == 0 {
				return ""
			}
			return fmt.Sprintf("%s of outside authorities hold", count(len(c.stamped), "time stamp"))
		}},
	}
}

// provedStamp is a time stamp that holds.
// Shape: size is that of the checkpoint that it is over, 0 when it is over the
// manifest; head is its place among the heads, token its SHA-256.
type provedStamp struct {
	timestamp.Stamp
	size  uint64
	head  int
	token ledger.Digest
}

// latest is the last moment at which the token can have been made.
func (s provedStamp) latest() time.Time { return s.Time.Add(s.Accuracy) }

// differsStamp is a difference in the time stamps.
func differsStamp(detail error, format string, args ...any) problem {
	p := differs("T02", format, args...)
	if detail != nil {
		p.detail = []string{detail.Error()}
	}
	return p
}

// stampMembers returns the members in the folder of time stamps.
func (c *checker) stampMembers() []Member {
	var list []Member
	for _, m := range c.b.Members {
		if strings.HasPrefix(m.Name, stampFolder) {
			list = append(list, m)
		}
	}
	return list
}

// checkStampList wants the folder to hold exactly the tokens that its list
// names, in its one form.
func checkStampList(c *checker) []problem {
	members := c.stampMembers()
	if len(members) == 0 {
		return nil
	}
	data, err := c.b.document(nameStamps)
	if err == nil {
		err = ledger.UnmarshalCanonical(data, &c.stampList)
	}
	if err != nil {
		c.stampList = stampDocument{}
		return []problem{differsStamp(err, "The list of time stamps in the bundle is missing or not in its exact form.")}
	}
	want := 0
	named := func(tokens []string) bool {
		for _, name := range tokens {
			if want++; name != stampName(want) {
				return false
			}
		}
		return true
	}
	good := named(c.stampList.Manifest)
	for i, h := range c.stampList.Heads {
		good = good && len(h.Tokens) > 0 && named(h.Tokens) && h.Size > 0 && h.Size <= c.receipt.Checkpoint.Size && len(h.Path) <= 2*ledger.MaxPath
		good = good && (i == 0 || c.stampList.Heads[i-1].Size < h.Size)
	}
	if !good || want > MaxStamps || want+1 != len(members) {
		return []problem{differsStamp(nil, "The list of time stamps does not name exactly those that are in the bundle.")}
	}
	return nil
}

// checkStamps wants each token to be a true one over what the list says. One
// by an authority that the caller did not list, or that brings more than this
// caller's roots need, says nothing, and that is told.
func checkStamps(c *checker) []problem {
	if len(c.stampMembers()) == 0 {
		return nil
	}
	if c.o.without["stamp-list"] {
		_ = c.readLoosely(nameStamps, &c.stampList)
	}
	var roots timestamp.Roots
	if c.o.Trust != nil {
		var err error
		if roots, err = timestamp.NewRoots(c.o.Trust.TimestampRoots); err != nil {
			return []problem{unknown("T01", "Your list of keys names a root of an authority of time that cannot be read: %s.", err)}
		}
	}
	problems := c.tokens(c.stampList.Manifest, timestamp.ImprintOf(c.manifestData), 0, -1, roots)
	for i, h := range c.stampList.Heads {
		text := ledger.Checkpoint{Origin: c.receipt.Checkpoint.Origin, Size: h.Size, Root: h.Root}.Text()
		problems = append(problems, c.tokens(h.Tokens, timestamp.ImprintOf([]byte(text)), h.Size, i, roots)...)
	}
	return problems
}

// tokens checks the tokens over one imprint.
func (c *checker) tokens(names []string, imprint timestamp.Imprint, size uint64, head int, roots timestamp.Roots) []problem {
	var problems []problem
	var last []byte
	for _, name := range names {
		data, stamp, err := c.token(name, imprint, roots)
		rises := bytes.Compare(last, data) < 0
		last = data
		switch {
		case !rises && data != nil:
			problems = append(problems, differsStamp(nil, "Two time stamps over one thing are the same, or not in the order of their bytes: %s.", name))
		case errors.Is(err, timestamp.ErrUntrusted):
			problems = append(problems, limit("T01", "A time stamp (%s) leads to no root that you listed: it is not counted.", name))
		case errors.Is(err, timestamp.ErrSurplus):
			problems = append(problems, limit("T01", "A time stamp (%s) brings a certificate that its way to your roots does not need: it is not counted.", name))
		case err != nil:
			problems = append(problems, differsStamp(err, "A time stamp in the bundle is not a true one over this record: %s.", name))
		default:
			c.stamped = append(c.stamped, provedStamp{stamp, size, head, digestOf(data)})
		}
	}
	return problems
}

// token reads and checks one token.
func (c *checker) token(name string, imprint timestamp.Imprint, roots timestamp.Roots) ([]byte, timestamp.Stamp, error) {
	m, ok := c.b.Find(name)
	if !ok || m.Size > MaxStamp {
		return nil, timestamp.Stamp{}, fmt.Errorf("%w: %s is missing or too large", ErrMissing, name)
	}
	data, err := readAt(c.b.r, m.offset, m.Size)
	if err != nil {
		return nil, timestamp.Stamp{}, err
	}
	token, err := timestamp.Parse(data)
	if err != nil {
		return nil, timestamp.Stamp{}, err
	}
	stamp, err := token.Verify(imprint, roots)
	return data, stamp, err
}

// checkStampHeads wants each stamped summary to be a beginning of the bundle's,
// and counts the stamps that cover the exhibit.
func checkStampHeads(c *checker) []problem {
	var problems []problem
	now := c.receipt.Checkpoint
	joined := map[int]bool{}
	for i, h := range c.stampList.Heads {
		same := h.Size == now.Size && h.Root == now.Root && len(h.Path) == 0
		if !same && (h.Size >= now.Size || c.p.consistency(h.Size, now.Size, h.Path, h.Root, now.Root) != nil) {
			problems = append(problems, differsStamp(nil, "The time-stamped summary of size %d is not the beginning of this record.", h.Size))
			continue
		}
		joined[i] = true
	}
	c.stamped = slices.DeleteFunc(c.stamped, func(s provedStamp) bool { return s.size > 0 && !joined[s.head] })
	exhibit, _ := c.exhibit()
	for _, s := range c.stamped {
		if s.size > uint64(exhibit.Index) {
			c.held.stamps = append(c.held.stamps, Stamp{Authority: s.Organisation, Time: s.latest(), Size: s.size})
		}
	}
	if len(c.held.stamps) == 0 && c.o.Trust != nil && len(c.o.Trust.TimestampRoots) > 0 {
		problems = append(problems, limit("T01", "No trusted proof that this exhibit existed by a date: no time stamp in the bundle covers it."))
	}
	return problems
}

// existedBy returns the earliest stamp that covers an entry.
func (c *checker) existedBy(index ledger.Index) (provedStamp, bool) {
	var first provedStamp
	found := false
	for _, s := range c.stamped {
		if s.size > uint64(index) && (!found || s.latest().Before(first.latest())) {
			first, found = s, true
		}
	}
	return first, found
}

// recordedAfter returns the latest stamp that stood in the log before an entry:
// whoever appended the entry had that token already.
func (c *checker) recordedAfter(index ledger.Index) (provedStamp, bool) {
	var last provedStamp
	found := false
	for _, e := range c.organisation.entries {
		if _, ok := e.Statement.Predicate.Detail.(*ledger.TimeStamped); !ok || e.Index >= index || len(e.Statement.Subject) == 0 {
			continue
		}
		digest := e.Statement.Subject[0].Digest[ledger.SHA256]
		for _, s := range c.stamped {
			if s.token == digest && (!found || s.Time.After(last.Time)) {
				last, found = s, true
			}
		}
	}
	return last, found
}

// moment is a time in a report.
const moment = "2 January 2006, 15:04:05 UTC"

// sinceLines says between which outside times the exhibit was recorded.
func (c *checker) sinceLines() []string {
	exhibit, d := c.exhibit()
	if d == nil {
		return nil
	}
	var lines []string
	if s, ok := c.existedBy(exhibit.Index); ok {
		lines = append(lines, fmt.Sprintf("Entry %d, the exhibit, existed by %s: time stamp of %s.", exhibit.N, s.latest().Format(moment), s.Authority))
	}
	if s, ok := c.recordedAfter(exhibit.Index); ok {
		lines = append(lines, fmt.Sprintf("It was recorded after %s: a time stamp of %s of that time stood in the log before it.",
			s.Time.Add(-s.Accuracy).Format(moment), s.Authority))
	}
	return lines
}

// unstamped says what of the outside time stamps was not checked.
func (c *checker) unstamped() string {
	const withdrawn = "whether its certificate was withdrawn before it ended cannot be told offline"
	switch {
	case len(c.held.stamps) > 0:
		return "- the authority of time itself: its clock is its own word, and " + withdrawn
	case len(c.stampMembers()) > 0:
		return "- outside time stamps: those in the bundle are by authorities whose roots you did not list, bring a certificate too many, or are older than the exhibit"
	}
	return "- outside time stamps: there is none in the bundle"
}
