package bundle

// Limits of a bundle. A file beyond one of them is refused before anything in
// it is interpreted, so that memory and time stay bounded by its size.
const (
	// MaxSize is the largest bundle: the container has no zip64 form.
	MaxSize = 1<<32 - 1
	// MaxMembers is the largest number of members.
	MaxMembers = 8192
	// MaxNameLength is the longest member name, in bytes.
	MaxNameLength = 200
	// MaxDocument is the largest JSON member, in bytes.
	MaxDocument = 64 << 20
	// MaxContent is the largest content of one compressed member, in bytes.
	MaxContent = 16 << 30
	// MaxRatio is the largest ratio of content to compressed bytes.
	MaxRatio = 256
	// CompressFrom is the size in bytes above which a payload is compressed.
	CompressFrom = 64 << 10
	// maxWindow bounds the memory that one compressed member can ask for.
	maxWindow = 8 << 20
)
