package timestamp

import (
	"encoding/asn1"
	"math/big"
)

// element returns one DER element around its parts.
func element(tag byte, parts ...[]byte) []byte {
	length := 0
	for _, p := range parts {
		length += len(p)
	}
	out := []byte{tag}
	switch {
	case length < 0x80:
		out = append(out, byte(length))
	case length < 0x100:
		out = append(out, 0x81, byte(length))
	case length < 0x10000:
		out = append(out, 0x82, byte(length>>8), byte(length))
	default:
		out = append(out, 0x83, byte(length>>16), byte(length>>8), byte(length))
	}
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// integerOf returns an integer as DER.
func integerOf(n *big.Int) []byte {
	out, err := asn1.Marshal(n)
	if err != nil {
		panic(err) // every integer has a form
	}
	return out
}

// oidOf returns an object identifier as DER.
func oidOf(id ...int) []byte {
	out, err := asn1.Marshal(asn1.ObjectIdentifier(id))
	if err != nil {
		panic(err) // identifiers here are constants
	}
	return out
}

// sha256Algorithm is the algorithm SHA-256 with NULL parameters, as most
// authorities expect it in a request.
func sha256Algorithm() []byte {
	return element(tagSequence, oidOf(2, 16, 840, 1, 101, 3, 4, 2, 1), []byte{tagNull, 0})
}
