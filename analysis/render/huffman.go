package render

import (
	"cmp"
	"math/bits"
	"slices"
)

// huffmanLengths returns the lengths of a prefix code for symbols that occur so
// often, none longer than a limit; 0 for a symbol that does not occur. Where a
// code would be too long, rare symbols are counted as less rare until it is not.
// Shape: ties are broken by the number of the symbol.
func huffmanLengths(counts []int, limit uint8) []uint8 {
	lengths := make([]uint8, len(counts))
	weights := slices.Clone(counts)
	for {
		if longest := buildLengths(weights, lengths); longest <= limit {
			return lengths
		}
		for n, w := range weights {
			if w > 0 {
				weights[n] = w/2 + 1
			}
		}
	}
}

// buildLengths fills in the lengths of the code and returns the longest.
func buildLengths(weights []int, lengths []uint8) uint8 {
	clear(lengths)
	type node struct{ weight, left, right int }
	var nodes []node
	var leaves []int
	for n, w := range weights {
		if w > 0 {
			leaves = append(leaves, n)
		}
	}
	switch len(leaves) {
	case 0:
		return 0
	case 1:
		lengths[leaves[0]] = 1
		return 1
	}
	slices.SortFunc(leaves, func(a, b int) int { return cmp.Or(cmp.Compare(weights[a], weights[b]), cmp.Compare(a, b)) })
	for _, n := range leaves {
		nodes = append(nodes, node{weights[n], -1, n})
	}
	// Two queues, each in order: leaves, and what was joined.
	leaf, joined := 0, len(leaves)
	take := func() int {
		if leaf < len(leaves) && (joined >= len(nodes) || nodes[leaf].weight <= nodes[joined].weight) {
			leaf++
			return leaf - 1
		}
		joined++
		return joined - 1
	}
	for range len(leaves) - 1 {
		a, b := take(), take()
		nodes = append(nodes, node{nodes[a].weight + nodes[b].weight, a, b})
	}
	depth := make([]uint8, len(nodes))
	longest := uint8(0)
	for n := len(nodes) - 1; n >= 0; n-- {
		if nodes[n].left < 0 {
			lengths[nodes[n].right] = depth[n]
			longest = max(longest, depth[n])
			continue
		}
		depth[nodes[n].left], depth[nodes[n].right] = depth[n]+1, depth[n]+1
	}
	return longest
}

// huffmanCodes returns the code of each symbol from the lengths alone, its first
// bit lowest.
// Source: RFC 1951, section 3.2.2.
func huffmanCodes(lengths []uint8, codes []code) {
	var of [16]uint32
	for _, n := range lengths {
		if n > 0 {
			of[n]++
		}
	}
	var next [16]uint32
	v := uint32(0)
	for n := 1; n < 16; n++ {
		v = (v + of[n-1]) << 1
		next[n] = v
	}
	for symbol, n := range lengths {
		codes[symbol] = code{}
		if n > 0 {
			codes[symbol] = code{bits.Reverse32(next[n]) >> (32 - n), uint(n)}
			next[n]++
		}
	}
}
