package lanes

// sum2 sets both sums to the SHA-256 digests of two padded messages of as many
// blocks, at least one.
//
//go:noescape
func sum2(a, b *byte, blocks int, sumA, sumB *[32]byte)

// find sets the bits at which the text has a comma, and a quotation mark. It uses
// what every such processor has.
//
//go:noescape
func find(text *[64]byte) (commas, quotes uint64)

// instructions tells whether the processor has those that sum2 uses.
func instructions() bool
