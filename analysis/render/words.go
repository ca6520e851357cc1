// Package render owns the pages: one file each, from a result and what the
// exhibit says of itself to the bytes that a court is given.
//
// It never changes a result, never leaves a row out without saying so, and
// prints the limits before the rows. Text that came from a source is shown so
// that nothing in it can hide: control and direction characters as escapes.
package render

import (
	"fmt"
	"strconv"
	"strings"

	"custos.example/analysis/event"
)

// visible returns a text in which every character can be seen: control and
// direction characters, and those that the pages' fonts do not have, are written
// as [U+202E], bytes that are no text as [byte FF], and the { of what paper puts the
// number of pages in the place of as [U+007B].
func visible(s string) string {
	plain := true
	for at, r := range s {
		if !seen(r) || escape(s[at:], r) != "" || strings.HasPrefix(s[at:], pagesAlias) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for at, r := range s {
		e := escape(s[at:], r)
		switch {
		case e != "":
			b.WriteString(e)
		case seen(r) && !strings.HasPrefix(s[at:], pagesAlias):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return b.String()
}

// seen reports characters that the pages' fonts show in the order in which
// they are written.
func seen(r rune) bool {
	switch {
	case r >= 0x20 && r <= 0x7e, r >= 0xa1 && r <= 0x17f && r != 0xad, r >= 0x370 && r <= 0x3ff && r != 0x378 && r != 0x379,
		r >= 0x400 && r <= 0x45f, r >= 0x2013 && r <= 0x2027, r >= 0x20ac && r <= 0x20ae, r == 0x2030, r == 0x2122, r == 0xfffd:
		return true
	}
	return false
}

// orDash writes an absent value as a dash, so that no cell looks forgotten.
func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// typeWord returns an event type as people say it.
func typeWord(t string) string {
	switch t {
	case "voice":
		return "Voice"
	case "sms":
		return "SMS"
	case "mms":
		return "MMS"
	case "data":
		return "Data"
	case "voicemail":
		return "Voicemail"
	case "forward":
		return "Diverted"
	case "system":
		return "System"
	}
	return t
}

// duration writes seconds as hh:mm:ss.
func duration(seconds string) string {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n < 0 {
		return seconds
	}
	return fmt.Sprintf("%02d:%02d:%02d", n/3600, n/60%60, n%60)
}

// handset writes an IMEI as its first 14 digits, in two groups: the rest is no
// part of the identity.
func handset(imei string) string {
	if len(imei) < 14 {
		return imei
	}
	return imei[:8] + " " + imei[8:14]
}

// ukDate writes 2026-10-24 as 24/10/2026.
func ukDate(iso string) string {
	if len(iso) != 10 {
		return iso
	}
	return iso[8:] + "/" + iso[5:7] + "/" + iso[:4]
}

// cellName leaves the scheme off a cell's identity.
func cellName(cell string) string {
	_, name, found := strings.Cut(cell, ":")
	if !found {
		return cell
	}
	return name
}

// azimuth writes a direction with its degree sign.
func azimuth(a string) string {
	if a == "" || a == "omni" {
		return a
	}
	return strings.Repeat("0", max(0, 3-len(a))) + a + "°"
}

// party writes the other end of an event: an identifier, or for a data session
// the access point.
func party(id, apn string) string {
	if id == "" && apn != "" {
		return "data: " + apn
	}
	return event.Display(id)
}

// note says in words what the flags of a row and its evidence class state.
func note(r scheduleRow) string {
	var parts []string
	switch r.field(event.Evidence) {
	case "at-or-before-start":
		parts = append(parts, "cell used at or before the start")
	case "at-or-before-end":
		parts = append(parts, "cell used at or before the end")
	case "within":
		parts = append(parts, "cell used within the period")
	}
	if flags := flagsText(r.field(event.Flags)); flags != "" {
		parts = append(parts, flags)
	}
	return strings.Join(parts, "; ")
}

// flagsText writes flags in words; one that has none stays as it is.
func flagsText(flags string) string {
	var parts []string
	for _, flag := range strings.Fields(flags) {
		if text := flagWords[flag]; text != "" {
			parts = append(parts, text)
		} else {
			parts = append(parts, flag)
		}
	}
	return strings.Join(parts, "; ")
}
