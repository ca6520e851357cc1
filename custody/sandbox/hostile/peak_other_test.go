//go:build !unix

package hostile_test

import "time"

// peak is not known here.
func peak() int64 { return 0 }

// processor is not known here; the reader's own limits hold.
func processor() time.Duration { return 0 }
