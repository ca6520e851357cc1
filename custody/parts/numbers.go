package parts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Numbers writes part numbers as people do: 3,17-20. Shape: list is in rising order.
func Numbers(list []uint64) string {
	var b strings.Builder
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatUint(list[i], 10))
		if j > i {
			b.WriteByte('-')
			b.WriteString(strconv.FormatUint(list[j], 10))
		}
		i = j + 1
	}
	return b.String()
}

// ParseNumbers reads such a text; an empty one is every part of total.
// Shape: rising, nothing twice.
// Errors: ErrInvalid.
func ParseNumbers(text string, total uint64) ([]uint64, error) {
	if text == "" {
		text = fmt.Sprintf("1-%d", total)
	}
	var list []uint64
	for piece := range strings.SplitSeq(text, ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(piece), "-")
		from, err := strconv.ParseUint(first, 10, 64)
		to := from
		if err == nil && ranged {
			to, err = strconv.ParseUint(last, 10, 64)
		}
		if err != nil || from == 0 || to < from || to > total {
			return nil, fmt.Errorf("%w: %q names no parts of 1 to %d; parts are named like 3,17-20", ErrInvalid, piece, total)
		}
		if uint64(len(list))+to-from >= 2*MaxTotal {
			return nil, fmt.Errorf("%w: %q names more parts than there can be", ErrInvalid, text)
		}
		for n := from; n <= to; n++ {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}
