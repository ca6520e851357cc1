package bundle

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
)

// Stamp is one outside time stamp that was checked and holds.
// Shape: Authority names whoever made it, the same name for every stamp of one
// organisation; Size is that of the checkpoint that it is over.
type Stamp struct {
	Authority string
	Time      time.Time
	Size      uint64
}

// support is what stands behind the record besides the log's own signature.
// Each part is filled in by the check that found it to hold.
type support struct {
	known    int               // heads and acknowledgements that the caller kept and that agree
	coSigned []ledger.CoSigned // co-signatures that make the quorum that the caller asks for
	stamps   []Stamp           // outside time stamps
}

// authorities returns who stamped, each once, sorted.
func (s support) authorities() []string {
	var names []string
	for _, stamp := range s.stamps {
		names = append(names, stamp.Authority)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// leastAuthorities is how many authorities of time the highest level asks for.
const leastAuthorities = 2

// level returns the highest level that the support carries.
func (s support) level() Level {
	switch {
	case len(s.coSigned) > 0 && s.known > 0 && len(s.authorities()) >= leastAuthorities:
		return Full
	case len(s.coSigned) > 0:
		return CoSigned
	case len(s.stamps) > 0:
		return Stamped
	case s.known > 0:
		return KnownHead
	}
	return LogOnly
}

// words says in one line what the support consists of.
func (s support) words() string {
	return fmt.Sprintf("the log's own signature; kept summaries: %s; outside time stamps: %s; co-signers: %s",
		orNone(countOf(s.known)), orNone(strings.Join(s.authorities(), ", ")), orNone(strings.Join(organisations(s.coSigned), ", ")))
}

func countOf(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// levelWords says what somebody would have to control to show another history,
// and what is possible even so.
func (c *checker) levelWords(stopped bool) string {
	switch {
	case stopped:
		return "No level was reached: the check did not come to its end."
	case c.o.Trust == nil:
		return "No level was reached: without a list of keys, this record only agrees with itself."
	}
	l := c.held.level()
	return fmt.Sprintf("Level %s. This rests on %s. %s", l, c.held.words(), levelMeaning(l))
}

// levelMeaning is the meaning of each level, in words.
func levelMeaning(l Level) string {
	switch l {
	case KnownHead:
		return "The history up to the summary that you kept cannot be changed without contradicting it. What came after rests on the log's owner alone, " +
			"who could still show another continuation to somebody else."
	case Stamped:
		return "The record existed when it was stamped: to date it back, the log's owner would need the authority of time to work with him. " +
			"A stamp shows that a record existed, never that it was the only one: two histories can both be stamped."
	case CoSigned:
		return "To show you a different history, the log's owner would need so many of the co-signers to work together that two quorums can be made " +
			"(with k of n, at least 2k - n of them). Still possible: to log something late, or to leave it out before it was logged."
	case Full:
		return "The quorum of co-signers that you asked for, two authorities of time and a summary that you kept all agree. To show you a different history, " +
			"all of these would have to work together with the log's owner. Still possible: something false that was recorded as it came, or never recorded."
	case LogOnly:
	}
	return "It shows only that the log's owner vouches for this record. Whoever holds the log's key could rewrite the whole history, date it back, or show another one to somebody else."
}
