package timestamp

import (
	"fmt"
	"strings"
	"time"
)

// parseInfo returns what the content of a token states.
// Errors: ErrForm.
func parseInfo(content []byte) (Info, error) {
	outer := &der{rest: content}
	d := outer.list(tagSequence)
	if v := d.small(); d.err == nil && v != 1 {
		d.fail("a time stamp of version %d", v)
	}
	var i Info
	i.Policy = d.oid()
	i.Imprint = d.imprint()
	i.Serial = d.integer()
	i.Time = d.time()
	if d.next(tagSequence) {
		i.Accuracy = d.accuracy()
	}
	if d.next(tagBoolean) {
		if ordering := d.take(tagBoolean); len(ordering) != 1 || ordering[0] != 0xff {
			d.fail("an ordering that is not written so")
		}
	}
	if d.next(tagInteger) {
		i.Nonce = d.integer()
	}
	if d.next(tagContext0 | tagConstructed) {
		d.raw() // the authority's name; its certificate says it too
	}
	if d.next(tagContext1 | tagConstructed) {
		d.extensions()
	}
	return i, outer.end(d)
}

// time takes a GeneralizedTime in UTC, of whole seconds or with a fraction that
// does not end in 0.
func (d *der) time() time.Time {
	text := string(d.take(tagTime))
	if d.err != nil {
		return time.Time{}
	}
	whole, fraction, _ := strings.Cut(strings.TrimSuffix(text, "Z"), ".")
	layout := "20060102150405"
	if fraction != "" {
		layout += "." + strings.Repeat("0", len(fraction))
		whole += "." + fraction
	}
	t, err := time.Parse(layout, whole)
	if err != nil || len(fraction) > 9 || strings.HasSuffix(fraction, "0") || whole+"Z" != text {
		d.fail("a time such as %q", printable([]byte(text)))
		return time.Time{}
	}
	return t
}

// accuracy takes an Accuracy.
func (d *der) accuracy() time.Duration {
	l := d.list(tagSequence)
	var total time.Duration
	if l.next(tagInteger) {
		total += time.Duration(l.small()) * time.Second
	}
	for tag, unit := range []time.Duration{time.Millisecond, time.Microsecond} {
		if !l.next(tagContext0 + byte(tag)) {
			continue
		}
		body := l.take(tagContext0 + byte(tag))
		part := &der{rest: element(tagInteger, body)}
		n := part.small()
		if part.err != nil || n < 1 || n > 999 {
			l.fail("a part of the accuracy is malformed")
		}
		total += time.Duration(n) * unit
	}
	if err := l.end(); err != nil && d.err == nil {
		d.err = err
	}
	return total
}

// extensions passes over extensions, and refuses one that must be understood.
func (d *der) extensions() {
	for _, raw := range d.list(tagContext1 | tagConstructed).elements(16) {
		outer := &der{rest: raw}
		l := outer.list(tagSequence)
		id := l.oid()
		if l.next(tagBoolean) {
			l.fail("an extension that must be understood (%s)", id)
		}
		l.take(tagOctets)
		if err := outer.end(l); err != nil && d.err == nil {
			d.err = err
		}
	}
}

// String says what a token states.
func (i Info) String() string {
	return fmt.Sprintf("%s, number %x, policy %s", i.Time.Format("2 January 2006, 15:04:05 UTC"), i.Serial, i.Policy)
}
