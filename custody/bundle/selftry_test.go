package bundle

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"custos.example/analysis/rowtree"
	"custos.example/ledger"
	"custos.example/ledger/timestamp"
)

// broken is one function of the program that has gone wrong.
type broken struct {
	field string
	how   string
	spoil func(*primitives)
}

var errNo = errors.New("no")

// breaks returns, for each function that the self-test tries, one that says yes to
// everything and one that says no to everything or gives another answer.
func breaks() []broken {
	return append(brokenHashes(), brokenProofs()...)
}

func brokenHashes() []broken {
	return []broken{
		{"digest", "constant", func(p *primitives) { p.digest = func([]byte) ledger.Digest { return known(selfDigest) } }},
		{"digest", "another", func(p *primitives) { p.digest = func([]byte) ledger.Digest { return ledger.Digest{1} } }},
		{"canonical", "takes all", func(p *primitives) {
			p.canonical = func(_ []byte, v any) error { reflect.ValueOf(v).Elem().Field(0).SetString("a\x1fb"); return nil }
		}},
		{"canonical", "takes none", func(p *primitives) { p.canonical = func([]byte, any) error { return errNo } }},
		{"signature", "takes all", func(p *primitives) { p.signature = func(ledger.PublicKey, []byte, []byte) error { return nil } }},
		{"signature", "takes none", func(p *primitives) { p.signature = func(ledger.PublicKey, []byte, []byte) error { return errNo } }},
		{"envelope", "takes all", func(p *primitives) {
			p.envelope = func([]byte, func(ledger.KeyID) (ledger.PublicKey, error)) error { return nil }
		}},
		{"envelope", "takes none", func(p *primitives) {
			p.envelope = func([]byte, func(ledger.KeyID) (ledger.PublicKey, error)) error { return errNo }
		}},
		{"chain", "looks at no kind", func(p *primitives) {
			p.chain = func(o string, _ ledger.ChainKind, n ledger.Nonce) ledger.ChainID {
				return ledger.DeriveChain(o, ledger.Work, n)
			}
		}},
		{"chain", "another", func(p *primitives) {
			p.chain = func(string, ledger.ChainKind, ledger.Nonce) ledger.ChainID { return ledger.ChainID{1} }
		}},
		{"inner", "looks at no salt", func(p *primitives) {
			p.inner = func(_ ledger.Salt, b []byte) ledger.Digest { return ledger.DeriveInner(known(selfInnerSalt), b) }
		}},
		{"inner", "another", func(p *primitives) { p.inner = func(ledger.Salt, []byte) ledger.Digest { return ledger.Digest{1} } }},
		{"commitment", "looks at no number", func(p *primitives) {
			p.commitment = func(c ledger.ChainID, _ uint64, prev ledger.Commitment, inner ledger.Digest) ledger.Commitment {
				return ledger.Commit(c, 258, prev, inner)
			}
		}},
		{"commitment", "another", func(p *primitives) {
			p.commitment = func(ledger.ChainID, uint64, ledger.Commitment, ledger.Digest) ledger.Commitment {
				return ledger.Commitment{1}
			}
		}},
		{"payload", "looks at no salt", func(p *primitives) {
			p.payload = func(a string, _ ledger.Salt, d ledger.Digest) ledger.Digest {
				return namedBy(a, known(selfPayloadSalt), d)
			}
		}},
		{"payload", "plain", func(p *primitives) {
			p.payload = func(_ string, _ ledger.Salt, d ledger.Digest) ledger.Digest { return d }
		}},
	}
}

func brokenProofs() []broken {
	answer := func(yes bool) error {
		if yes {
			return nil
		}
		return errNo
	}
	var list []broken
	for how, yes := range map[string]bool{"takes all": true, "takes none": false} {
		list = append(list,
			broken{"inclusion", how, func(p *primitives) {
				p.inclusion = func(ledger.Index, ledger.Digest, []ledger.Digest, uint64, ledger.Digest) error { return answer(yes) }
			}},
			broken{"consistency", how, func(p *primitives) {
				p.consistency = func(uint64, uint64, []ledger.Digest, ledger.Digest, ledger.Digest) error { return answer(yes) }
			}},
			broken{"receipt", how, func(p *primitives) { p.receipt = func([]byte, ledger.Commitment) error { return answer(yes) } }},
			broken{"checkpoint", how, func(p *primitives) {
				p.checkpoint = func(ledger.SignedCheckpoint, ...ledger.NoteKey) error { return answer(yes) }
			}},
			broken{"coSignature", how, func(p *primitives) {
				p.coSignature = func(_ ledger.SignedCheckpoint, keys ...ledger.NoteKey) ([]ledger.CoSigned, error) {
					s, key, _ := selfHead(3, selfCoSigner)
					signed, _ := s.CoSignatures(key)
					return signed, answer(yes)
				}
			}},
			broken{"container", how, func(p *primitives) { p.container = func([]byte) error { return answer(yes) } }},
			broken{"frame", how, func(p *primitives) {
				p.frame = func([]byte, int64) (ledger.Digest, error) {
					return p.digest([]byte(strings.Repeat("custos ", 100))), answer(yes)
				}
			}},
			broken{"rowLeaf", how, func(p *primitives) {
				p.rowLeaf = func(rowtree.Opening, rowtree.Texts) rowtree.Hash {
					if yes {
						return known(selfRowLeaf)
					}
					return rowtree.Hash{}
				}
			}},
			broken{"rows", how, func(p *primitives) {
				p.rows = func(rowtree.Commitment, func() (uint64, rowtree.Hash, error), func() (rowtree.Hash, error)) error {
					return answer(yes)
				}
			}},
			broken{"stamp", how, func(p *primitives) {
				p.stamp = func([]byte, timestamp.Imprint, timestamp.Roots) error { return answer(yes) }
			}},
		)
	}
	return list
}

// TestSelfTestFindsEachBrokenFunction breaks each function in turn: the check
// says that this copy cannot be relied on, and ends before anything else.
func TestSelfTestFindsEachBrokenFunction(t *testing.T) {
	if err := selfTest(realPrimitives()); err != nil {
		t.Fatalf("the untouched functions: %v", err)
	}
	tried, failures := map[string]int{}, 0
	for _, b := range breaks() {
		p := realPrimitives()
		b.spoil(&p)
		r := Verify(context.Background(), strings.NewReader("no bundle"), 9, Options{primitives: &p})
		if r.Exit != ExitFault || r.Questions[askSame].Findings[0].Code != "V00" || len(r.Questions[askSame].Findings) != 1 {
			failures++
			t.Errorf("%s that is broken (%s): exit %d", b.field, b.how, r.Exit)
		}
		tried[b.field]++
	}
	fields := reflect.TypeFor[primitives]()
	for i := range fields.NumField() {
		if name := fields.Field(i).Name; tried[name] < 2 {
			t.Errorf("the function %s was broken %d times, not both ways", name, tried[name])
		}
	}
	t.Logf("PROOF harness=%s trials=%d failures=%d control=%q", "verifier-self-test", len(breaks()), failures, "the untouched functions pass")
}
