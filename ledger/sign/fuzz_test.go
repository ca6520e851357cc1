package sign_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"custos.example/ledger/sign"
)

// FuzzParse shows that a key file that is read is written the same again.
func FuzzParse(f *testing.F) {
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	file, err := key.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add(bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n")))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		key, err := sign.Parse(content)
		if err != nil {
			return
		}
		again, err := key.Marshal()
		if err != nil || !bytes.Equal(again, content) {
			t.Fatalf("%q is written as %q, %v", content, again, err)
		}
	})
}
