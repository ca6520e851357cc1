//go:build !amd64

package lanes

func sum2(_, _ *byte, _ int, _, _ *[32]byte) { panic("not called") }

func instructions() bool { return false }
