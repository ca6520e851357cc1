package sandbox

import "time"

// Limits bound one reading. A zero field stands for the default.
// Units: bytes; processor time is that of all threads together.
type Limits struct {
	Memory  uint64        // of the child's heap, stacks and data
	CPU     time.Duration // processor time
	Wall    time.Duration // from start to end
	Written int64         // outputs and scratch together
}

// The defaults. A million rows take about 2 s and 150 MiB, so
// that nothing honest comes near them.
const (
	defaultMemory  = 512 << 20
	leastCPU       = 30 * time.Second
	leastWall      = 2 * time.Minute
	leastWritten   = 1 << 30
	writtenPerByte = 64
)

// of fills in what depends on the size of the inputs.
func (l Limits) of(size int64) Limits {
	mebibytes := time.Duration(size >> 20)
	if l.Memory == 0 {
		l.Memory = defaultMemory
	}
	if l.CPU == 0 {
		l.CPU = leastCPU + mebibytes*time.Second/2
	}
	if l.Wall == 0 {
		l.Wall = leastWall + mebibytes*4*time.Second
	}
	if l.Written == 0 {
		l.Written = leastWritten + size*writtenPerByte
	}
	return l
}
