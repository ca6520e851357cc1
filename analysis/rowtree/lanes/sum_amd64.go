package lanes

// sum2 sets both sums to the SHA-256 digests of two padded messages of as many
// blocks, at least one.
//
//go:noescape
func sum2(a, b *byte, blocks int, sumA, sumB *[32]byte)

// sum16 sets the sums to the SHA-256 digests of sixteen padded messages of as many
// blocks, at least one.
//
//go:noescape
func sum16(messages *[16]*byte, blocks int, sums *[16]*[32]byte)

// find sets the bits at which the text has a comma, a quotation mark, an end of line. It
// uses what every such processor has; findWide what sum16 uses.
//
//go:noescape
func find(text *[64]byte) (commas, quotes, lines uint64)

//go:noescape
func findWide(text *[64]byte) (commas, quotes, lines uint64)

// marks is find for rows of any separator; it uses what sum16 uses.
//
//go:noescape
func marks(text *[64]byte, separator byte) (separators, quotes, odd uint64)

// instructions tells whether the processor has those that sum2 uses.
func instructions() bool

// wide tells whether the processor, and the system, have what sum16 uses.
func wide() bool
