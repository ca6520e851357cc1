package render

import (
	"bytes"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavusanscondensed"
	"github.com/go-fonts/dejavu/dejavusanscondensedbold"
	"github.com/go-fonts/dejavu/dejavusansmono"
)

// face is one of the embedded fonts.
type face string

const (
	plain face = ""
	bold  face = "B"
	mono  face = "M"
)

// Millimetres of an A4 page, and the margins.
const (
	shortSide  = 210.0
	longSide   = 297.0
	margin     = 13.0
	footHeight = 15.0
)

// sheet draws on pages. All text that it is given is made visible first.
//
// Widths are compared in whole thousandths of a font's size, so that where a
// line breaks does not hang on a rounding.
type sheet struct {
	f         *fpdf.Fpdf
	meta      Meta   // of an exhibit
	label     string // what the reference in the head is
	reference string
	code      string
	notServed string
	statement string
	right     float64 // where the writing ends
	bottom    float64
	y         float64
	pages     int
	widths    map[face]map[rune]int
	current   face
	size      float64
}

func newSheet(x exhibit) (*sheet, error) {
	m := x.meta
	made, err := m.made()
	if err != nil {
		return nil, err
	}
	title := m.Reference + ", version " + number(int64(m.Version)) + ": " + m.Title
	if x.front.notServed != "" {
		title = x.front.notServed + " " + m.Title
	}
	s := openSheet(title, made)
	s.meta, s.code, s.notServed, s.statement = m, x.code, x.front.notServed, x.front.statement
	s.label, s.reference = "Exhibit", m.Reference
	return s, s.f.Error()
}

// openSheet returns a sheet without a page.
func openSheet(title string, made time.Time) *sheet {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCompression(false)
	f.SetCreationDate(made)
	f.SetModificationDate(made)
	f.SetProducer("custos", true)
	f.SetCreator("custos", true)
	f.SetTitle(visible(title), true)
	f.SetLang("en-GB")
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	// The library writes into the font that it is given when it cuts it down: a
	// shared one would make the second document of a process differ.
	f.AddUTF8FontFromBytes("text", "", bytes.Clone(dejavusanscondensed.TTF))
	f.AddUTF8FontFromBytes("text", "B", bytes.Clone(dejavusanscondensedbold.TTF))
	f.AddUTF8FontFromBytes("mono", "", bytes.Clone(dejavusansmono.TTF))
	f.AliasNbPages(pagesAlias)
	return &sheet{f: f, widths: map[face]map[rune]int{plain: {}, bold: {}, mono: {}}}
}

// font chooses a face and a size in points.
func (s *sheet) font(name face, size float64) {
	if s.current == name && s.size == size && s.pages > 0 {
		return
	}
	s.current, s.size = name, size
	if name == mono {
		s.f.SetFont("mono", "", size)
	} else {
		s.f.SetFont("text", string(name), size)
	}
}

// page begins a page, landscape or not, with its head and foot.
func (s *sheet) page(landscape bool, about ...string) {
	orientation, width, height := "P", shortSide, longSide
	if landscape {
		orientation, width, height = "L", longSide, shortSide
	}
	s.f.AddPageFormat(orientation, fpdf.SizeType{Wd: shortSide, Ht: longSide})
	s.pages++
	s.size = 0 // fpdf forgets the font of the page before
	s.right, s.bottom = width-margin, height-footHeight-3
	s.f.SetDrawColor(0, 0, 0)
	s.f.SetTextColor(0, 0, 0)
	s.head(about)

	foot := height - footHeight + 3
	s.rule(foot-4, 0.2)
	middle := margin + (s.right-margin)/2 - 14
	for i, line := range s.wrap(plain, 7.5, middle-margin-2, s.statement) {
		s.put(plain, 7.5, margin, foot+3.2*float64(i), line)
	}
	s.put(plain, 7.5, middle, foot, "Content code "+s.code)
	s.putOwn(plain, 7.5, s.right-21, foot, "Page "+number(int64(s.pages))+" of "+pagesAlias)
}

// head draws the reference and what the page is about. On a what-if
// copy it stands below the sentence that says so.
func (s *sheet) head(about []string) {
	label, down := s.label, 0.0
	if s.notServed != "" {
		label = "What-if copy of exhibit"
		lines := s.wrap(bold, 8.5, s.right-margin, s.notServed)
		down = 3.6 * float64(len(lines)-1)
		for i, line := range lines {
			s.put(bold, 8.5, margin, 8.2+3.6*float64(i), line)
		}
	}
	s.put(plain, 8, margin, 13+down, label)
	size := 17.0
	s.font(bold, size)
	if width := millimetres(s.units(visible(s.reference)), size); width > (s.right-margin)/2 {
		size = max(size*(s.right-margin)/2/width, 8)
	}
	s.put(bold, size, margin, 20+down, s.reference)
	beside := s.right - margin - millimetres(s.units(visible(s.reference)), size) - 8
	y := 13 + down
	for _, text := range about {
		for _, line := range s.wrap(plain, 8, beside, text) {
			s.putRight(plain, 8, y, line)
			y += 3.9
		}
	}
	s.y = max(23+down, y-1.6)
	s.rule(s.y, 0.3)
}

// put writes one line of text from x with its base line at y.
func (s *sheet) put(name face, size, x, y float64, text string) {
	s.putOwn(name, size, x, y, visible(text))
}

// putOwn is put for the program's own words, which may hold the alias of the number of
// pages.
func (s *sheet) putOwn(name face, size, x, y float64, text string) {
	s.font(name, size)
	s.f.Text(x, y, text)
}

// pagesAlias is where the library puts the number of pages when all are drawn; visible
// lets no other text have it.
const pagesAlias = "{nb}"

// putRight writes one line of text that ends at the right margin.
func (s *sheet) putRight(name face, size, y float64, text string) {
	s.putEnding(name, size, s.right, y, text)
}

// putEnding writes one line of text that ends at x.
func (s *sheet) putEnding(name face, size, x, y float64, text string) {
	text = visible(text)
	s.font(name, size)
	s.f.Text(x-millimetres(s.units(text), size), y, text)
}

func (s *sheet) rule(y, width float64) {
	s.f.SetLineWidth(width)
	s.f.Line(margin, y, s.right, y)
}

// millimetres turns thousandths of a font's size into a length.
func millimetres(units int, size float64) float64 {
	return float64(units) * size * 25.4 / 72000
}

// units returns the width of a text in thousandths of the current font's size.
func (s *sheet) units(text string) int {
	known := s.widths[s.current]
	sum := 0
	for _, r := range text {
		w, ok := known[r]
		if !ok {
			w = s.f.GetStringSymbolWidth(string(r))
			known[r] = w
		}
		sum += w
	}
	return sum
}

// wrap breaks a text into lines that fit a width: at blanks, and within a word
// only when the word alone is too long.
func (s *sheet) wrap(name face, size, width float64, text string) []string {
	s.font(name, size)
	limit := int(width * 72000 / 25.4 / size)
	text = visible(text)
	if s.units(text) <= limit {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		joined := word
		if line != "" {
			joined = line + " " + word
		}
		if s.units(joined) <= limit {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for line = word; s.units(line) > limit; {
			n := s.fitting(line, limit)
			lines = append(lines, line[:n])
			line = line[n:]
		}
	}
	return append(lines, line)
}

// fitting returns the number of bytes of a word that fit, at least one letter.
func (s *sheet) fitting(word string, limit int) int {
	sum, last := 0, 0
	for i, r := range word {
		sum += s.units(string(r))
		if sum > limit && i > 0 {
			return i
		}
		last = i + len(string(r))
	}
	return last
}

// room begins a new page of the same kind when less than a height is left.
func (s *sheet) room(height float64, again func()) {
	if s.y+height > s.bottom {
		again()
	}
}
