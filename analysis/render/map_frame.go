package render

import (
	"fmt"
	"slices"
	"strconv"
)

// frameInset is kept free of sites on every side of the frame, for arms and
// names.
const frameInset = 1_600

// newFrame returns a frame of the page's width.
func newFrame(top, height int64) box {
	return box{pageMargin, top, pageMargin + frameWidth, top + height}
}

func (b box) middle() spot { return spot{(b.left + b.right) / 2, (b.top + b.bottom) / 2} }

// gridStep returns the distance between grid lines: 1, 2 or 5 times a power of
// ten, in coordinate units, at least 20 mm of paper apart.
func (p plane) gridStep() int64 {
	narrow := min(p.north, p.east)
	for power := int64(1); ; power *= 10 {
		for _, digit := range []int64{1, 2, 5} {
			step := digit * power
			if divide(divide(step*narrow, p.unit)*100, p.scale) >= 2_000 {
				return step
			}
		}
	}
}

// drawGrid draws the lines of the grid with their numbers inside the frame.
func (c *canvas) drawGrid(p plane) {
	step, frame := p.gridStep(), p.frame
	for x := floorTo(p.centre.x, step) - 40*step; x <= p.centre.x+40*step; x += step {
		at := p.place(spot{x, p.centre.y}).x
		if at <= frame.left || at >= frame.right {
			continue
		}
		c.line(spot{at, frame.top}, spot{at, frame.bottom}, hairlin, 12, "")
	}
	for y := floorTo(p.centre.y, step) - 40*step; y <= p.centre.y+40*step; y += step {
		at := p.place(spot{p.centre.x, y}).y
		if at <= frame.top || at >= frame.bottom {
			continue
		}
		c.line(spot{frame.left, at}, spot{frame.right, at}, hairlin, 12, "")
	}
}

// drawNumbers writes the numbers of the grid lines along the frame, each on a
// white ground so that no line of a base map crosses it, draws the frame, and
// returns where the numbers stand.
func (c *canvas) drawNumbers(p plane) []box {
	step, frame := p.gridStep(), p.frame
	var taken []box
	number := func(at spot, text string) {
		where := box{at.x - 25, at.y - small, at.x + textWidth(text, small) + 5, at.y + 60}
		taken = append(taken, where)
		c.rect(where.left, where.top, where.right-where.left, where.bottom-where.top, none, 0, white)
		c.text(at, words{size: small, fill: grey40}, text)
	}
	for x := floorTo(p.centre.x, step) - 40*step; x <= p.centre.x+40*step; x += step {
		at := p.place(spot{x, p.centre.y}).x
		if at > frame.left && at < frame.right-1_500 {
			number(spot{at + 40, frame.bottom - 70}, p.gridNumber(x, step, "E", "W"))
		}
	}
	for y := floorTo(p.centre.y, step) - 40*step; y <= p.centre.y+40*step; y += step {
		at := p.place(spot{p.centre.x, y}).y
		if at > frame.top+400 && at < frame.bottom-600 {
			number(spot{frame.left + 50, at - 50}, p.gridNumber(y, step, "N", "S"))
		}
	}
	c.rect(frame.left, frame.top, frame.right-frame.left, frame.bottom-frame.top, ink, 25, none)
	return taken
}

// gridNumber returns the number on a grid line, with the decimals of its step.
func (p plane) gridNumber(v, step int64, positive, negative string) string {
	unit, decimals := int64(1_000), 3
	if p.crs == wgs84 {
		unit, decimals = degree, 7
	}
	for decimals > 0 && step%10 == 0 {
		step /= 10
		decimals--
	}
	if p.crs == wgs84 {
		return degrees(v, decimals, positive, negative)
	}
	out := strconv.FormatInt(v/unit, 10)
	if decimals > 0 {
		part := fmt.Sprintf("%03d", v%unit)
		out += "." + part[:decimals]
	}
	return out
}

// drawScale draws the scale bar and the north arrow below the frame, where they
// cover nothing, and returns where they end.
func (c *canvas) drawScale(p plane, top int64) int64 {
	metres := int64(10)
	for power := int64(10); p.paper(power) <= 6_000; power *= 10 {
		for _, digit := range []int64{1, 2, 5} {
			if p.paper(digit*power) <= 6_000 {
				metres = digit * power
			}
		}
	}
	length := p.paper(metres)
	left := int64(pageMargin)
	c.rect(left, top+150, length/2, 120, ink, 20, ink)
	c.rect(left+length/2, top+150, length-length/2, 120, ink, 20, white)
	c.text(spot{left, top + 560}, words{size: small, fill: ink}, "0")
	c.text(spot{left + length/2, top + 560}, words{size: small, fill: ink, anchor: "middle"}, distance(metres, 2))
	c.text(spot{left + length, top + 560}, words{size: small, fill: ink, anchor: "middle"}, distance(metres, 1))
	c.text(spot{left + length + 900, top + 300}, words{size: small, fill: ink},
		fmt.Sprintf("1:%d when this page is printed 297 mm wide", p.scale))
	at := spot{p.frame.right - 300, top + 520}
	c.polygon([]spot{{at.x, at.y - 450}, {at.x - 150, at.y}, {at.x, at.y - 120}, {at.x + 150, at.y}}, ink, 15, ink)
	north := "Grid north"
	if p.crs == wgs84 {
		north = "True north"
	}
	c.text(spot{at.x - 300, at.y - 100}, words{size: small, fill: ink, anchor: "end"}, north)
	return top + 620
}

// distance returns metres over a divisor as metres or kilometres.
func distance(metres, by int64) string {
	switch m := metres / by; {
	case m < 1_000:
		return strconv.FormatInt(m, 10) + " m"
	case m%1_000 == 0:
		return strconv.FormatInt(m/1_000, 10) + " km"
	default:
		return fmt.Sprintf("%d.%d km", m/1_000, m%1_000/100)
	}
}

// drawSites draws arms, then marks, then their names, then those of the base map:
// no name covers an arm, or what is taken already.
func (c *canvas) drawSites(p plane, m cellMap, names []groundName, taken []box) {
	l := &labeller{frame: p.frame, taken: taken}
	for _, site := range m.sites {
		at := p.place(site.at)
		beside := map[int]int{}
		for _, use := range site.uses {
			for _, stated := range use.azimuths {
				if azimuth, ok := parseAzimuth(stated); ok {
					l.arms = append(l.arms, newArm(at, azimuth, use.subject, beside[azimuth]))
					beside[azimuth]++
				}
			}
		}
	}
	for _, a := range l.arms {
		c.drawArm(a)
	}
	reaches := make([]int64, len(m.sites))
	for n, site := range m.sites {
		at := p.place(site.at)
		reaches[n] = c.drawSite(at, site)
		l.taken = append(l.taken, around(at, reaches[n]))
	}
	for _, place := range m.places {
		at := p.place(place.at)
		c.drawPlace(at, place.Letter)
		l.taken = append(l.taken, around(at, placeRadius))
	}
	for n, site := range m.sites {
		c.drawName(l, p.place(site.at), reaches[n], n+1, site)
	}
	c.drawNames(l, names)
}

// drawSite draws the marks of one site and returns how far they reach.
func (c *canvas) drawSite(at spot, site *mapSite) int64 {
	drawn := map[int]bool{}
	reach := int64(markRadius)
	for _, use := range site.uses {
		if !drawn[use.subject] {
			c.drawMark(at, use.subject, len(drawn))
			drawn[use.subject] = true
			reach = markRadius + int64(len(drawn))*markStep
		}
		if slices.Contains(use.azimuths, "omni") {
			c.circle(at, omniRadius, subjectInk(use.subject), 40, none)
			reach = max(reach, omniRadius+40)
		}
	}
	return reach
}

// drawName writes a site's number, with its name where there is room.
func (c *canvas) drawName(l *labeller, at spot, reach int64, number int, site *mapSite) {
	text := strconv.Itoa(number)
	near := max(reach+80, 320)
	write := func(where box, text string) {
		c.rect(where.left-20, where.top, where.right-where.left+40, where.bottom-where.top, none, 0, white)
		c.text(spot{where.left, where.bottom - 50}, words{size: normal, fill: ink, bold: true}, text)
	}
	if name := siteName(site); name != "" {
		named := text + ": " + name // 2: 84 Harbour Road
		if where, _, ok := l.place(at, named, []int64{near}); ok {
			write(where, named)
			return
		}
	}
	where, lead, ok := l.place(at, text, []int64{near, near + 230, 900, 1_300, 1_800, 2_400, 3_000})
	if !ok {
		return // the list still gives its position
	}
	if lead {
		c.line(at, where.nearest(at), grey40, 15, "")
	}
	write(where, text)
}
