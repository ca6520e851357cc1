package render

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand"
	"strings"
	"testing"
)

func inflated(t testing.TB, p []byte) []byte {
	t.Helper()
	r := bytes.NewReader(p)
	text, err := io.ReadAll(flate.NewReader(r))
	if err != nil {
		t.Fatal(err)
	}
	if r.Len() != 0 {
		t.Fatalf("%d bytes stand behind the end", r.Len())
	}
	return text
}

func deflated(t testing.TB, text []byte, piece int) []byte {
	t.Helper()
	var out bytes.Buffer
	d := newDeflater(&out)
	for rest := text; len(rest) > 0; {
		n := min(piece, len(rest))
		if _, err := d.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestDeflateIsReadByTheLibrary compares with another implementation of the
// format, over every length and many distances.
func TestDeflateIsReadByTheLibrary(t *testing.T) {
	random := rand.New(rand.NewSource(1)) //nolint:gosec // a test
	noise := make([]byte, 300_000)
	random.Read(noise)
	cases := map[string][]byte{
		"nothing": nil, "one": {7}, "noise": noise, "zeros": make([]byte, 600_000),
		"markup": []byte(strings.Repeat(`<c r="B12" t="inlineStr"><is><t>07700 900142</t></is></c>`, 20_000)),
	}
	for n := 1; n <= 600; n++ {
		text := append(bytes.Clone(noise[:n]), noise[n:n+n*53%33_000]...)
		cases["repeat "+decimal(int64(n))] = append(append(text, noise[:n]...), 'x')
	}
	for name, text := range cases {
		small := deflated(t, text, 1<<20)
		if !bytes.Equal(inflated(t, small), text) {
			t.Errorf("%s: comes back different", name)
		}
		if again := deflated(t, text, 777); !bytes.Equal(small, again) {
			t.Errorf("%s: another size of write gives other bytes", name)
		}
	}
	if n := len(deflated(t, cases["markup"], 1<<20)); n > len(cases["markup"])/50 {
		t.Errorf("markup of %d bytes takes %d", len(cases["markup"]), n)
	}
}

func TestDeflateHandsErrorsOn(t *testing.T) {
	d := newDeflater(failing{})
	if _, err := d.Write(make([]byte, 2*deflateChunk)); err == nil {
		t.Error("a writer that fails is not noticed")
	}
	if d.Close() == nil {
		t.Error("the first error is forgotten")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func FuzzDeflate(f *testing.F) {
	f.Add([]byte("aaaaaaaaabcabcabc"), 3)
	f.Fuzz(func(t *testing.T, text []byte, times int) {
		text = bytes.Repeat(text, min(max(times, 1), 200))
		if !bytes.Equal(inflated(t, deflated(t, text, 1000)), text) {
			t.Error("comes back different")
		}
	})
}
