package store

import "custos.example/ledger"

// maxHeads bounds how many heads are kept; those of chains that grow now are enough.
const maxHeads = 512

// heads are the newest entries of the chains to which the writer added last. Like
// the edge of the tree they are used where no other process can write and log_head
// still has their size.
type heads struct {
	size   uint64
	chains map[ledger.ChainID]head
}

// at returns the heads of a log of that size: none when it is of another.
func (h *heads) at(size uint64) map[ledger.ChainID]head {
	if h.size != size {
		return nil
	}
	return h.chains
}

// keep takes the heads over from a group that has been committed.
func (h *heads) keep(g *group) {
	before := g.size - uint64(len(g.entries))
	if h.size != before || len(h.chains)+len(g.chains) > maxHeads {
		h.chains = nil
	}
	if h.chains == nil {
		h.chains = make(map[ledger.ChainID]head, len(g.chains))
	}
	for id, newest := range g.chains {
		h.chains[id] = *newest
	}
	h.size = g.size
}
