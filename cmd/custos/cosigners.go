package main

import (
	"fmt"
	"io"

	"custos.example/cmd/custos/wiring"
	"custos.example/ledger/quorum"
)

// maxPolicy is the most that a policy of co-signers may have. Units: bytes.
const maxPolicy = 256 << 10

// quorumOf reads the file that a --quorum names; "none" and nothing are nobody.
func quorumOf(path string) ([]byte, error) {
	if path == "" || path == quorum.None {
		return nil, nil
	}
	text, err := readFile(path, maxPolicy)
	if err != nil {
		return nil, fmt.Errorf("--quorum: %w", err)
	}
	return text, nil
}

// quorumText says who confirms the log besides its owner.
func quorumText(w io.Writer, o wiring.Options) {
	p, err := quorum.Parse(o.Quorum)
	if err != nil || !p.Asked() {
		say(w, "")
		say(w, "NO CO-SIGNER CONFIRMS THIS LOG. To others, only you vouch for it: whoever holds its key could rewrite")
		say(w, "the whole history, and no exhibit will show more than that. Found it with --quorum FILE instead: the")
		say(w, "policy names organisations that co-sign every checkpoint (3 of 4 is a good beginning).")
		say(w, "")
		return
	}
	least, all := p.Organisations()
	say(w, "%d of %d organisations must co-sign every checkpoint. Until they have, entries are acknowledged, but no receipt", least, all)
	say(w, "and no bundle is given. %d of them may be down; to show two histories, %d of them would have to help.", all-least, max(2*least-all, 1))
	if 2*least <= all {
		say(w, "WARNING: two quorums of this policy need not have an organisation in common, so two histories can both be")
		say(w, "co-signed by honest co-signers. Ask for more than half.")
	}
}
