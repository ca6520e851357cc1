package event_test

import (
	"bytes"
	"strings"
	"testing"

	"custos.example/analysis/event"
)

// maskKey is what other programs, too, made the tokens of TestTokens with.
var maskKey = []byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f")

// row returns one event with these parties.
func row(t *testing.T, subject, a, b, dialled, imei, imsi string) *event.Row {
	t.Helper()
	e := event.Event{
		Zone: "UTC", Type: "voice", Leg: "originating", Evidence: "at",
		Subject: []byte(subject), A: []byte(a), B: []byte(b), Dialled: []byte(dialled), IMEI: []byte(imei), IMSI: []byte(imsi),
	}
	return read(t, &e)
}

// read returns an event as a file of events has it.
func read(t *testing.T, e *event.Event) *event.Row {
	t.Helper()
	text := event.AppendTrail(event.AppendContent(event.AppendHeader(nil), e), "0123456789abcdef", 2, 0, 0)
	r, err := event.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	one, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// TestTokens holds tokens against those that Python's hmac and base64 make.
func TestTokens(t *testing.T) {
	m := event.NewMask(maskKey, []string{"+447700900142"})
	r := row(t, "+447700900318", "+447700900142", "+447700900318", "141", "358812105600938", "001010812830001")
	m.Row(r)
	for c, want := range map[event.Column]string{
		event.Subject: "id:t2ywr7m5l4yt4dmhn", event.ANumber: "+447700900142", event.BNumber: "id:t2ywr7m5l4yt4dmhn",
		event.IMEI: "id:hbbxasw3uu7", event.IMSI: "id:st3mmeta62gmse5it", event.Dialled: "",
	} {
		if got := string(r.Field(c)); got != want {
			t.Errorf("%s is %q, want %q", event.Columns()[c], got, want)
		}
	}
	if a, b := event.NewMask([]byte("another key of another case 1234"), nil).Token("+447700900318"), m.Token("+447700900318"); a == b {
		t.Error("two cases have the same token for a number")
	}
}

// TestWhoStays lists what names nobody, and what is known.
func TestWhoStays(t *testing.T) {
	m := event.NewMask(maskKey, []string{"+447700900142", "35209911204417", "id:ego"})
	for _, id := range []string{"", "short:84433", "none:withheld", "+447700900142", "id:ego"} {
		r := row(t, id, id, id, "", "", "")
		m.Row(r)
		if got := string(r.Field(event.BNumber)); got != id {
			t.Errorf("%q became %q", id, got)
		}
	}
	for _, id := range []string{"+447700900143", "+4477009001420", "id:ego2", "other:99", "447700900142"} {
		r := row(t, id, id, id, "", "", "")
		m.Row(r)
		if got := string(r.Field(event.BNumber)); got == id || !strings.HasPrefix(got, "id:t") {
			t.Errorf("%q stayed: %q", id, got)
		}
	}
	r := row(t, "+447700900318", "+447700900318", "short:84433", "141", "352099112044173", "001010812834876")
	m.Row(r)
	if imei, imsi := string(r.Field(event.IMEI)), string(r.Field(event.IMSI)); imei != "352099112044173" || imsi == "001010812834876" {
		t.Errorf("the known handset is %q, the unknown subscriber identity %q", imei, imsi)
	}
	if string(r.Field(event.Dialled)) != "141" {
		t.Error("the digits dialled went although the party stayed")
	}
}

// TestSendersStayAndOtherTextsGo: what is no name of a sender hides nobody's
// number or name, and the names of senders stay.
func TestSendersStayAndOtherTextsGo(t *testing.T) {
	sender := map[string]bool{"GOV.UK": true, "BANK 2026": true, "447700900456A": false, "07700900456;ext": false, "John Smith 07700900456": false, "A 12345": false, "\u0667\u0667\u0660\u0660\u0669": false}
	for _, kind := range []string{"sms", "mms", "voice", "voicemail", "forward"} {
		for text, named := range sender {
			id := []byte("text:" + text)
			r := read(t, &event.Event{Zone: "UTC", Type: kind, Leg: "terminating", Evidence: "at", Subject: []byte("+447700900142"), A: id, B: []byte("+447700900142"), C: id})
			event.NewMask(maskKey, []string{"+447700900142"}).Row(r)
			stays := named && strings.HasSuffix(kind, "ms")
			for _, c := range []event.Column{event.ANumber, event.CNumber} {
				if got := string(r.Field(c)); (got == string(id)) != stays || !stays && !strings.HasPrefix(got, "id:t") {
					t.Errorf("%s on %s became %q", id, kind, got)
				}
			}
		}
	}
}
