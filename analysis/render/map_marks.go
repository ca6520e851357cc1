package render

import (
	"strconv"
	"strings"
)

// Sizes of marks, in units of 0.01 mm.
const (
	markRadius = 110
	markStep   = 70 // a second subject's mark stands round the first
	armLength  = 800
	armBar     = 110 // half of the short bar that closes an arm
	armWidth   = 50
	armApart   = 80 // between the arms of two subjects on one azimuth
	omniRadius = 260
)

// The arm's dashes of subjects A to D; shapes are circle, square, diamond, cross.
var armDashes = []string{"", "150 90", "50 70", "220 70 50 70"}

func subjectInk(subject int) string {
	if subject == 0 {
		return ink
	}
	return grey70
}

// drawMark draws the mark of a subject at a site; rank is how many marks stand
// there already, so that a mark never hides another.
func (c *canvas) drawMark(at spot, subject, rank int) {
	r := markRadius + int64(rank)*markStep
	colour, fill, stroke := subjectInk(subject), subjectInk(subject), int64(30)
	if rank > 0 {
		fill = "none"
	}
	switch subject {
	case 0:
		c.circle(at, r, colour, stroke, fill)
	case 1:
		c.rect(at.x-r, at.y-r, 2*r, 2*r, colour, stroke, fill)
	case 2:
		r = r * 13 / 10
		c.polygon([]spot{{at.x, at.y - r}, {at.x + r, at.y}, {at.x, at.y + r}, {at.x - r, at.y}}, colour, stroke, fill)
	default:
		c.line(spot{at.x - r, at.y - r}, spot{at.x + r, at.y + r}, colour, armWidth, "")
		c.line(spot{at.x - r, at.y + r}, spot{at.x + r, at.y - r}, colour, armWidth, "")
	}
}

// arm is the direction line of one cell for one subject.
type arm struct {
	from, to spot
	across   spot // from the end of the arm to the end of its closing bar
	subject  int
}

// newArm returns the arm at a site along an azimuth in whole degrees; beside
// moves it sideways, for a second subject on the same azimuth.
func newArm(at spot, azimuth int, subject, beside int) arm {
	turn := int64(azimuth) * degree
	along := func(length int64) spot {
		return spot{divide(sine(turn)*length, sineOne), -divide(cosine(turn)*length, sineOne)}
	}
	side := func(length int64) spot {
		s := along(length)
		return spot{-s.y, s.x}
	}
	aside := side(int64(beside) * armApart)
	from := spot{at.x + aside.x, at.y + aside.y}
	end := along(armLength)
	return arm{from: from, to: spot{from.x + end.x, from.y + end.y}, across: side(armBar), subject: subject}
}

func (c *canvas) drawArm(a arm) {
	colour := subjectInk(a.subject)
	c.line(a.from, a.to, colour, armWidth, armDashes[a.subject])
	c.line(spot{a.to.x - a.across.x, a.to.y - a.across.y}, spot{a.to.x + a.across.x, a.to.y + a.across.y}, colour, armWidth, "")
}

// parseAzimuth reads whole degrees; ok is false when none is stated or it is omni.
func parseAzimuth(s string) (azimuth int, ok bool) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 360 {
		return 0, false
	}
	return n % 360, true
}

// box is a rectangle of the drawing.
type box struct{ left, top, right, bottom int64 }

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

func (b box) within(o box) bool {
	return b.left >= o.left && b.right <= o.right && b.top >= o.top && b.bottom <= o.bottom
}

func around(at spot, radius int64) box {
	return box{at.x - radius, at.y - radius, at.x + radius, at.y + radius}
}

// crosses tells whether a line passes through the rectangle, by trying points
// on it closer together than any rectangle here is wide.
func (b box) crosses(from, to spot) bool {
	if max(from.x, to.x) < b.left || min(from.x, to.x) > b.right || max(from.y, to.y) < b.top || min(from.y, to.y) > b.bottom {
		return false
	}
	const tries = 32
	for k := int64(0); k <= tries; k++ {
		at := spot{from.x + (to.x-from.x)*k/tries, from.y + (to.y-from.y)*k/tries}
		if at.x > b.left && at.x < b.right && at.y > b.top && at.y < b.bottom {
			return true
		}
	}
	return false
}

// labeller finds places for the numbers and names of sites that cover nothing.
type labeller struct {
	frame box
	taken []box
	arms  []arm
	leads [][2]spot
}

// place returns where a text can stand near a site, and whether it needs a
// leader; ok is false when there is no room within reach.
func (l *labeller) place(at spot, text string, reach []int64) (where box, lead, ok bool) {
	width, height := textWidth(text, normal), int64(normal)
	for _, r := range reach {
		for _, try := range []box{
			{at.x + r, at.y - height/2, 0, 0},
			{at.x - r - width, at.y - height/2, 0, 0},
			{at.x - width/2, at.y - r - height, 0, 0},
			{at.x - width/2, at.y + r, 0, 0},
			{at.x + r*7/10, at.y - r*7/10 - height, 0, 0},
			{at.x - r*7/10 - width, at.y - r*7/10 - height, 0, 0},
			{at.x + r*7/10, at.y + r*7/10, 0, 0},
			{at.x - r*7/10 - width, at.y + r*7/10, 0, 0},
		} {
			try.right, try.bottom = try.left+width, try.top+height
			if l.free(at, try, r > reach[0]) {
				l.taken = append(l.taken, try)
				if r > reach[0] {
					l.leads = append(l.leads, [2]spot{at, try.nearest(at)})
				}
				return try, r > reach[0], true
			}
		}
	}
	return box{}, false, false
}

func (l *labeller) free(at spot, try box, lead bool) bool {
	if !try.within(l.frame) {
		return false
	}
	for _, t := range l.taken {
		if try.meets(t) {
			return false
		}
	}
	for _, a := range l.arms {
		if try.crosses(a.from, spot{a.to.x + a.across.x, a.to.y + a.across.y}) ||
			try.crosses(a.from, spot{a.to.x - a.across.x, a.to.y - a.across.y}) {
			return false
		}
	}
	for _, other := range l.leads {
		if try.crosses(other[0], other[1]) {
			return false
		}
	}
	if !lead {
		return true
	}
	for _, t := range l.taken {
		if !t.holds(at) && t.crosses(at, try.nearest(at)) {
			return false
		}
	}
	return true
}

func (b box) holds(at spot) bool {
	return at.x >= b.left && at.x <= b.right && at.y >= b.top && at.y <= b.bottom
}

// nearest returns the point of the rectangle that is nearest to at.
func (b box) nearest(at spot) spot {
	return spot{min(max(at.x, b.left), b.right), min(max(at.y, b.top), b.bottom)}
}

// siteName returns what the map calls a site: the name that its cells share
// before their last '-', else where the source says that it stands.
func siteName(site *mapSite) string {
	if name := sharedName(site.cells()); name != "" {
		return name
	}
	for _, use := range site.uses {
		place, _, _ := strings.Cut(use.site, ",")
		if n := len([]rune(place)); n > 0 && n <= maxLabel {
			return place
		}
	}
	return ""
}

// maxLabel is the longest name, in characters, that stands on the map itself.
const maxLabel = 20

func sharedName(cells []string) string {
	shared := ""
	for n, cell := range cells {
		name := strings.TrimPrefix(cell, "name:")
		if strings.ContainsRune(name, ':') {
			return ""
		}
		if len(cells) > 1 {
			at := strings.LastIndexByte(name, '-')
			if at < 1 {
				return ""
			}
			name = name[:at]
		}
		if n > 0 && name != shared {
			return ""
		}
		shared = name
	}
	if len([]rune(shared)) > maxLabel {
		return ""
	}
	return shared
}

// placeRadius is how far the mark of a place of interest reaches.
const placeRadius = 330

// drawPlace draws a place of interest: an outlined triangle with its letter.
func (c *canvas) drawPlace(at spot, letter string) {
	c.polygon([]spot{{at.x, at.y - 300}, {at.x + 270, at.y + 170}, {at.x - 270, at.y + 170}}, ink, 35, white)
	c.text(spot{at.x, at.y + 120}, words{size: small, fill: ink, bold: true, anchor: "middle"}, letter)
}
