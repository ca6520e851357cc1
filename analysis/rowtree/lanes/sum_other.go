//go:build !amd64

package lanes

func sum2(_, _ *byte, _ int, _, _ *[32]byte) { panic("not called") }

func instructions() bool { return false }

func find(text *[64]byte) (commas, quotes uint64) {
	for i, b := range text {
		switch b {
		case ',':
			commas |= 1 << i
		case '"':
			quotes |= 1 << i
		}
	}
	return commas, quotes
}
