//go:build !amd64

package lanes

func sum2(_, _ *byte, _ int, _, _ *[32]byte) { panic("not called") }

func sum16(_ *[16]*byte, _ int, _ *[16]*[32]byte) { panic("not called") }

func marks(_ *[64]byte, _ byte) (_, _, _ uint64) { panic("not called") }

func instructions() bool { return false }

func wide() bool { return false }

func findWide(text *[64]byte) (commas, quotes, lines uint64) { return find(text) }

func find(text *[64]byte) (commas, quotes, lines uint64) {
	for i, b := range text {
		switch b {
		case ',':
			commas |= 1 << i
		case '"':
			quotes |= 1 << i
		case '\n':
			lines |= 1 << i
		}
	}
	return commas, quotes, lines
}
