package source_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"custos.example/analysis/source"
	"custos.example/analysis/steptest"
)

// TestDetectionNamesTheProfileOfEachGoldenCase: the profile that a case was
// made for is the first of the two named, or, where two cannot be told apart,
// one of them.
func TestDetectionNamesTheProfileOfEachGoldenCase(t *testing.T) {
	ties := 0
	for _, c := range steptest.Cases(t, goldenRoot, source.CSV{}) {
		p, err := source.ParseProfile(c.In["profile"])
		if err != nil {
			t.Fatal(err)
		}
		found, err := source.Detect(bytes.NewReader(c.In["source"]))
		switch {
		case strings.HasPrefix(p.Name, "orange-"):
			ties++
			if !errors.Is(err, source.ErrTie) || len(found) != 2 || found[0].Profile != "orange-latlon" || found[1].Profile != "orange-lonlat" {
				t.Errorf("%s: %v %v; longitude and latitude cannot be told apart", c.Name, found, err)
			}
			if err != nil && !strings.Contains(err.Error(), source.ChooseProfile) {
				t.Errorf("the refusal does not say what to do: %v", err)
			}
		case strings.HasSuffix(c.Name, "-none"):
			if len(found) == 0 || found[0].Profile != p.Name {
				t.Errorf("%s: %v %v", c.Name, found, err)
			}
		case err != nil || found[0].Profile != p.Name:
			t.Errorf("%s: detected %v, %v", c.Name, found, err)
		case len(found[0].Evidence) < 2 || len(found) == 2 && (found[0].Score <= found[1].Score || len(found[1].Evidence) == 0):
			t.Errorf("%s: the evidence is %v", c.Name, found)
		}
	}
	if ties != 2 {
		t.Errorf("%d ties; the two orders of coordinates are the control", ties)
	}
}

func TestNoProfileIsGuessed(t *testing.T) {
	for name, text := range map[string]string{
		"empty":          "",
		"prose":          "It was a dark and stormy night.\nThe rain fell in torrents.\n",
		"another table":  "id,name,price\n1,tea,2.50\n2,milk,1.10\n",
		"header in part": "A Number,B Number,Call Type\n07700900123,07700900456,MO Voice\n",
		"binary":         "\x00\x01\x02\x03PK\x03\x04",
	} {
		found, err := source.Detect(strings.NewReader(text))
		if !errors.Is(err, source.ErrUnknownLayout) || len(found) != 0 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// TestChosenProfile: the decision that settles a tie names the profile that is
// then given.
func TestChosenProfile(t *testing.T) {
	file := []byte("1;11;E;B;2026-08-21 20:31:42;542;4.351694;50.850437\n")
	chosen := source.Decision{Kind: source.ChooseProfile, Value: "orange-latlon", Who: "A. N. Analyst", Why: "the supplier says so"}
	if _, err := tryImport(file, profile(t, "orange-latlon"), zoneEgo, chosen); err != nil {
		t.Error(err)
	}
	if _, err := tryImport(file, profile(t, "orange-lonlat"), zoneEgo, chosen); !errors.Is(err, source.ErrDecision) {
		t.Errorf("another profile than the one chosen: %v", err)
	}
}

// TestALongFileIsDetectedByItsBeginning: the sample ends with a whole line, in
// every encoding.
func TestALongFileIsDetectedByItsBeginning(t *testing.T) {
	long := head + strings.Repeat(good, 3000)
	if found, err := source.Detect(strings.NewReader(long)); err != nil || found[0].Profile != "uk-17" || !strings.Contains(strings.Join(found[0].Evidence, " "), "200 of the first 200 rows") {
		t.Errorf("%v, %v", found, err)
	}
	for _, c := range steptest.Cases(t, goldenRoot, source.CSV{}) {
		if c.Name != "uk-alike-c" {
			continue
		}
		text := c.In["source"]
		rows := bytes.SplitAfter(text, []byte("\n\x00"))
		long := append(bytes.Join(rows[:2], nil), bytes.Repeat(rows[2], 2000)...)
		if found, err := source.Detect(bytes.NewReader(long)); err != nil || found[0].Profile != "uk-alike-c" {
			t.Errorf("UTF-16: %v, %v", found, err)
		}
	}
}

// TestAKnownLayoutInUTF16: a spreadsheet's "Unicode text" of a layout that is
// known is named, with the decision that it needs.
func TestAKnownLayoutInUTF16(t *testing.T) {
	file := wide(head+good, false)
	found, err := source.Detect(bytes.NewReader(file))
	if err != nil || found[0].Profile != "uk-17" || !strings.Contains(strings.Join(found[0].Evidence, " "), source.AssertEncoding) {
		t.Fatalf("%v, %v", found, err)
	}
	if _, err := tryImport(file, profile(t, "uk-17")); err == nil {
		t.Error("without the decision the file is read")
	}
	decided := source.Decision{Kind: source.AssertEncoding, Value: "utf-16le", Who: "A. N. Analyst", Why: "its byte order mark"}
	im := mustImport(t, file, profile(t, "uk-17"), decided)
	if b := im.outcome.Result.Balance; b.Shown != 1 || !strings.Contains(im.report, `"encoding":"utf-16le","encodingBy":"decision"`) {
		t.Errorf("%s %s", b, im.report)
	}
}
