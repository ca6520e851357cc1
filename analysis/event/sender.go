package event

import (
	"bytes"
	"unicode"
)

// maxSenderDigits is how many digits the name of a sender has at most.
const maxSenderDigits = 4

// IsSender reports that a party of a message is the name of its sender
// (text:GOV.UK). A text on a call is none, nor one with as many digits as part of
// a number has: what somebody wrote there is a number with a fault in it, or a name.
func IsSender(kind, id []byte) bool {
	text, named := bytes.CutPrefix(id, []byte("text:"))
	if !named || string(kind) != "sms" && string(kind) != "mms" {
		return false
	}
	digits := 0
	for _, c := range string(text) {
		if unicode.IsDigit(c) {
			digits++
		}
	}
	return digits <= maxSenderDigits
}
