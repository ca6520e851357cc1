package source

import (
	"encoding/hex"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// loadScope reads the port `scope`.
// Errors: ErrScope.
func loadScope(in analysis.Input) (*scope, error) {
	if in.Size() > maxScope {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrScope, maxScope)
	}
	text, err := io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
	if err != nil {
		return nil, fmt.Errorf("scope: %w", err)
	}
	s, err := ParseScope(text)
	if err != nil {
		return nil, err
	}
	return newScope(s)
}

// maxScope bounds a scope: a dump of some thousand cells.
const maxScope = 1 << 20

// lines is an output that is written in large pieces.
type lines struct {
	w   io.Writer
	buf []byte
	own []byte // where the writer lends no room
}

// Sizes of what waits: room for it, and what is left of that when it is written.
const (
	linesRoom = 256 << 10
	linesLeft = 64 << 10
)

func newLines(w io.Writer, header []string) *lines {
	if w == nil {
		return nil
	}
	l := &lines{w: w}
	l.empty()
	l.buf = event.AppendRecord(l.buf, header...)
	return l
}

// empty makes room for what will wait: the writer's own where it lends some.
func (l *lines) empty() {
	if w, ok := l.w.(analysis.Buffered); ok {
		if l.buf = w.AvailableBuffer(); cap(l.buf) >= 2*linesLeft {
			return
		}
	}
	if l.own == nil {
		l.own = make([]byte, 0, linesRoom)
	}
	l.buf = l.own
}

// full writes what waits, when that is much, and makes room anew.
func (l *lines) full() error {
	if cap(l.buf)-len(l.buf) > linesLeft {
		return nil
	}
	err := l.flush()
	l.empty()
	return err
}

// flush writes what waits. The room is the writer's again.
func (l *lines) flush() error {
	if l == nil {
		return nil
	}
	_, err := l.w.Write(l.buf)
	l.buf = nil
	return err
}

// events writes the events in order, with repeats labelled; those outside the
// scope into the excess. What is equal lies on the same side, so that an event
// is never the repeat of one on the other.
func (im *importer) events(inside, excess io.Writer) error {
	id := im.known
	if id == "" {
		id = hex.EncodeToString(im.sum.Sum(nil))
	}
	im.report.Source.SHA256 = id
	in, out := newLines(inside, event.Columns()), newLines(excess, event.ExcessColumns())
	var find repeats
	err := im.sorter.each(func(it *item) error {
		var why outside
		if im.scope != nil {
			why, it.row = outside(it.row&(1<<outsideBits-1)), it.row>>outsideBits
		}
		first, err := find.find(it, im.sorter.packing.WithoutFlags(it.content))
		if err != nil {
			return err
		}
		to := in
		switch {
		case why != 0:
			to = out
			im.balance.Outside++
			im.outside.Add(why.first())
		case first != 0:
			im.balance.Repeats++
		default:
			im.balance.Shown++
		}
		to.buf = im.sorter.packing.AppendContent(to.buf, it.content, it.start)
		to.buf = event.AppendTrail(to.buf, id[:16], it.row, it.offset, first)
		if why != 0 {
			to.buf[len(to.buf)-1] = ','
			to.buf = append(why.append(to.buf), '\n')
		}
		return to.full()
	})
	if err == nil {
		err = in.flush()
	}
	if err == nil {
		err = out.flush()
	}
	return err
}
