package bundle_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// statePiece is one state of a log: files, and the fault that a checker has to name.
type statePiece struct {
	name, fault string
	files       map[string][]byte
	trust       []byte // of whoever trusts this log, where there is no other
}

// states makes pieces from one case.
type states struct {
	c     *bundletest.Case
	list  []statePiece
	trust []byte
}

// statePieces returns the states of a log in the museum.
func statePieces() []statePiece {
	c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
	trust, err := c.Trust().Bytes()
	if err != nil {
		panic(err) // a made-up trust file is plain
	}
	s := &states{c: c, trust: trust}
	s.checkpoints()
	s.coSignatures()
	s.policies()
	s.histories()
	s.receipts()
	s.trusts()
	s.acknowledgements()
	return s.list
}

func (s *states) add(name, fault string, files map[string][]byte) {
	s.list = append(s.list, statePiece{name, fault, files, s.trust})
}

// at returns the checkpoint of the log at a size.
func (s *states) at(size uint64) ledger.Checkpoint {
	root, err := s.c.Tree().Root(context.Background(), size)
	if err != nil {
		panic(err) // sizes here are at most the log's
	}
	return ledger.Checkpoint{Origin: s.c.Origin, Size: size, Root: root}
}

// signed returns a checkpoint with the log's signature.
func (s *states) signed(p ledger.Checkpoint) []byte {
	return bundletest.Signed(p, s.c.Log.Note(s.c.Origin))
}

// full is the size of the whole log.
func (s *states) full() uint64 { return uint64(len(s.c.Leaves)) }

// proofBetween returns a consistency proof as an add-checkpoint request holds it.
func proofBetween(c *bundletest.Case, from, to uint64, newer []byte) []byte {
	hashes, err := c.Tree().Consistency(context.Background(), from, to)
	if err != nil {
		panic(err) // sizes here are at most the log's
	}
	out := fmt.Sprintf("old %d\n", from)
	for _, h := range hashes {
		out += base64.StdEncoding.EncodeToString(h[:]) + "\n"
	}
	return []byte(out + "\n" + string(newer))
}

// checkpoints are summaries in and out of their form.
func (s *states) checkpoints() {
	p := s.at(s.full())
	good := string(s.signed(p))
	one := func(name, fault, checkpoint string) {
		s.add(name, fault, map[string][]byte{"checkpoint": []byte(checkpoint)})
	}
	line := func(n int) string { return strings.Split(good, "\n")[n] }
	one("a summary signed by the log", "none", good)
	one("a summary with a line by an unknown key", "none", good+"— stranger.example "+base64.StdEncoding.EncodeToString(make([]byte, 68))+"\n")
	one("a summary signed by another key", "unknown-key checkpoint", string(bundletest.Signed(p, s.c.Second.Note(s.c.Origin))))
	other := p
	other.Origin = "other.custos.example"
	one("a summary of another log", "unknown-key checkpoint", string(bundletest.Signed(other, s.c.Log.Note(other.Origin))))
	one("a summary whose size was changed after it was signed", "signature", strings.Replace(good, "\n"+line(1)+"\n", "\n1"+line(1)+"\n", 1))
	one("a summary with a fourth line", "checkpoint", strings.Replace(good, "\n\n", "\nextension\n\n", 1))
	one("a summary with carriage returns", "checkpoint", strings.ReplaceAll(good, "\n", "\r\n"))
	one("a size with a zero before it", "checkpoint", strings.Replace(good, "\n"+line(1), "\n0"+line(1), 1))
	one("a size of 2 to the power 64", "checkpoint", strings.Replace(good, "\n"+line(1), "\n18446744073709551616", 1))
	one("a root with unused bits set", "checkpoint", strings.Replace(good, line(2), line(2)[:42]+next(line(2)[42])+"=", 1))
	one("a root that is too short", "checkpoint", strings.Replace(good, line(2), line(2)[:40], 1))
	one("the log's signature twice", "checkpoint", good+line(4)+"\n")
	one("no signature", "checkpoint", good[:strings.Index(good, "— ")])
	one("a last line that is not ended", "checkpoint", strings.TrimSuffix(good, "\n"))
	one("a byte after the last line", "checkpoint", good+" ")
	one("a name with a space in it", "checkpoint", strings.Replace(good, "— log.", "— log .", 1))
	one("an origin with a plus sign in it", "checkpoint", strings.Replace(good, "log.", "log+", 1))
	one("a dash of another kind", "checkpoint", strings.Replace(good, "— ", "- ", 1))
	many := good
	for i := range 16 {
		many += fmt.Sprintf("— stranger-%d.example %s\n", i, base64.StdEncoding.EncodeToString(make([]byte, 68)))
	}
	one("seventeen signatures", "checkpoint", many)
	one("one bit of the log's signature changed", "signature", good[:len(good)-12]+next(good[len(good)-12])+good[len(good)-11:])
}

// next returns another character of base64, one bit away.
func next(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	return string(alphabet[strings.IndexByte(alphabet, c)^1])
}

// coSignatures are summaries with too few, false and doubled co-signatures.
func (s *states) coSignatures() {
	p, policy := s.at(s.full()), policyText(threeOfFour())
	one := func(name, fault string, checkpoint []byte) {
		s.add(name, fault, map[string][]byte{"checkpoint": checkpoint, "policy": policy})
	}
	four := string(coSignedBy(s.c, coSigners()[:4]...)(p))
	lines := strings.SplitAfter(four, "\n")
	one("co-signed by four where three are asked for", "none", []byte(four))
	one("co-signed by three where three are asked for", "none", coSignedBy(s.c, coSigners()[:3]...)(p))
	one("co-signatures in another order", "none", []byte(strings.Join(slices.Concat(lines[:5], lines[7:9], lines[5:7]), "")))
	one("co-signed by two where three are asked for", "quorum", coSignedBy(s.c, coSigners()[:2]...)(p))
	one("co-signed by nobody where three are asked for", "quorum", s.signed(p))
	one("one co-signer twice", "checkpoint", []byte(string(coSignedBy(s.c, coSigners()[:2]...)(p))+lines[6]))
	one("one bit of a co-signature changed", "signature", []byte(four[:len(four)-12]+next(four[len(four)-12])+four[len(four)-11:]))
	late := s.coSignedAs(p, ledger.CoSignerKey, 1<<63, "cosignature/v1\ntime %d\n%s")
	one("a co-signature with a time beyond every clock", "signature", late)
	one("a co-signature over another time than it states", "signature", s.coSignedAs(p, ledger.CoSignerKey, 1795255200, "cosignature/v1\ntime 1795255201\n%[2]s"))
	one("a co-signer who signed as a log does", "signature", s.coSignedAs(p, ledger.CoSignerKey, 1795255200, "%[2]s"))
	strange := threeOfFour()
	strange.CoSigners[0].Key.Public = bundletest.NewKey("stranger", "court.example", "court.example").Public()
	s.add("a co-signer's name with a key that is not in the policy", "none", map[string][]byte{"checkpoint": []byte(four), "policy": policyText(strange)})
	s.add("two co-signers of the policy who did not sign", "quorum", map[string][]byte{"checkpoint": coSignedBy(s.c, coSigners()[:3]...)(p), "policy": policyText(strange)})
}

// coSignedAs returns a checkpoint with the line of the first co-signer over a
// message of any form, and two true ones.
func (s *states) coSignedAs(p ledger.Checkpoint, kind byte, seconds uint64, form string) []byte {
	w := coSigners()[3]
	sig, _ := w.private().Sign(context.Background(), fmt.Appendf(nil, form, seconds, p.Text())) // a key in memory always signs
	key, err := ledger.NewNoteKey(w.name, kind, w.private().Public())
	if err != nil {
		panic(err) // names here are constants
	}
	raw := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, key.Hash()), seconds)
	return fmt.Appendf(coSignedBy(s.c, coSigners()[:3]...)(p), "— %s %s\n", w.name, base64.StdEncoding.EncodeToString(append(raw, sig...)))
}

// policies are files that are not policies.
func (s *states) policies() {
	good := string(policyText(threeOfFour()))
	checkpoint := coSignedBy(s.c, coSigners()[:4]...)(s.at(s.full()))
	one := func(name, fault, policy string) {
		s.add(name, fault, map[string][]byte{"checkpoint": checkpoint, "policy": []byte(policy)})
	}
	one("a policy with remarks, tabs and the log's key", "none", "# made up\n\nlog\t"+s.c.Log.NoteKey(s.c.Origin).String()+"\n"+good)
	old, spare := coSigner{"court.example/2025", coSignedAt}, coSigner{"court.example/2026", coSignedAt}
	both := fmt.Sprintf("witness %s %s\nwitness %s %s\n", old.name, old.key(), spare.name, spare.key())
	one("an organisation that would count twice in a group", "policy-file", both+strings.Replace(good, "3 court.example", "3 court.example/2025 court.example/2026 court.example", 1))
	s.add("two keys of one organisation in a group of their own", "none", map[string][]byte{
		"checkpoint": coSignedBy(s.c, spare, coSigners()[1])(s.at(s.full())),
		"policy":     []byte(both + "witness defence.example " + coSigners()[1].key().String() + "\ngroup court any court.example/2025 court.example/2026\ngroup both 2 court defence.example\nquorum both\n"),
	})
	one("a policy that asks for nobody", "none", "quorum none\n")
	one("a policy without a quorum", "policy-file", strings.Replace(good, "quorum outside\n", "", 1))
	one("a policy with two quorums", "policy-file", good+"quorum outside\n")
	one("a policy with a quorum that is not defined", "policy-file", strings.Replace(good, "quorum outside", "quorum inside", 1))
	one("a group that needs none", "policy-file", strings.Replace(good, "outside 3", "outside 0", 1))
	one("a group that needs more than it has", "policy-file", strings.Replace(good, "outside 3", "outside 5", 1))
	one("a group with a number in a second form", "policy-file", strings.Replace(good, "outside 3", "outside 03", 1))
	one("a group with a member twice", "policy-file", strings.Replace(good, "3 court.example", "3 defence.example", 1))
	one("a group with a member that is not defined", "policy-file", strings.Replace(good, "3 court.example", "3 nobody.example", 1))
	one("one key under two names", "policy-file", strings.Replace(good, "group ", "witness again "+coSigners()[0].key().String()+"\ngroup ", 1))
	one("a co-signer called none", "policy-file", strings.Replace(good, "witness court.example", "witness none", 1))
	one("a log's key as a co-signer", "policy-file", strings.Replace(good, "group ", "witness log "+s.c.Log.NoteKey(s.c.Origin).String()+"\ngroup ", 1))
	one("a policy with a carriage return", "policy-file", strings.Replace(good, "\n", "\r\n", 1))
	one("a policy whose last line is not ended", "policy-file", strings.TrimSuffix(good, "\n"))
	one("a line that policies do not have", "policy-file", "weight court.example 2\n"+good)
	one("a word after a group's members that is none", "policy-file", strings.Replace(good, "university.example\nquorum", "university.example # all\nquorum", 1))
}

// histories are two summaries of one log.
func (s *states) histories() {
	full := s.full()
	now, before := s.signed(s.at(full)), s.signed(s.at(9))
	forked := s.at(full)
	forked.Root[5] ^= 1
	forkedBefore := s.at(9)
	forkedBefore.Root[5] ^= 1
	proof := proofBetween(s.c, 9, full, now)
	hashes := strings.SplitAfter(string(proof), "\n")
	one := func(name, fault string, known, proof []byte) {
		files := map[string][]byte{"checkpoint": now, "known": known}
		if proof != nil {
			files["proof"] = proof
		}
		s.add(name, fault, files)
	}
	one("an older summary that the log continues", "none", before, proof)
	one("the same summary again", "none", now, nil)
	one("two summaries of one size", "consistency", s.signed(forked), nil)
	one("an older summary that the log does not continue", "consistency", s.signed(forkedBefore), proof)
	one("an older summary and no proof", "consistency", before, nil)
	one("an older summary of another log's key", "unknown-key checkpoint", bundletest.Signed(s.at(9), s.c.Second.Note(s.c.Origin)), proof)
	one("a proof with a hash left out", "consistency", before, []byte(strings.Join(slices.Delete(slices.Clone(hashes), 2, 3), "")))
	one("a proof with a hash too many", "consistency", before, []byte(strings.Join(slices.Insert(slices.Clone(hashes), 2, hashes[2]), "")))
	one("a proof that begins elsewhere", "consistency", before, []byte(strings.Replace(string(proof), "old 9", "old 8", 1)))
	one("a proof that ends elsewhere", "consistency", before, proofBetween(s.c, 9, full-1, s.signed(s.at(full-1))))
	rolled := map[string][]byte{"checkpoint": before, "known": now, "proof": proof}
	s.add("a summary that is older than the one kept, which continues it", "none", rolled)
	s.add("a log cut back and grown again otherwise", "consistency", map[string][]byte{"checkpoint": s.signed(forkedBefore), "known": now, "proof": proof})
}

// receipts are proofs of one leaf.
func (s *states) receipts() {
	const index = 7
	full := s.full()
	hashes, err := s.c.Tree().Inclusion(context.Background(), index, full)
	if err != nil {
		panic(err) // the leaf is there
	}
	checkpoint, err := ledger.ParseCheckpoint(s.signed(s.at(full)))
	if err != nil {
		panic(err) // it was just signed
	}
	good := ledger.Receipt{Index: index, Path: hashes, Checkpoint: checkpoint}
	commitment := s.c.Leaves[index]
	one := func(name, fault string, receipt []byte, commitment ledger.Commitment) {
		s.add(name, fault, map[string][]byte{"receipt": receipt, "commitment": []byte(commitment.String() + "\n")})
	}
	changed := func(name, fault string, change func(r *ledger.Receipt)) {
		r := good
		r.Path = slices.Clone(good.Path)
		change(&r)
		one(name, fault, r.Bytes(), commitment)
	}
	one("a receipt", "none", good.Bytes(), commitment)
	one("a receipt of another leaf", "inclusion", good.Bytes(), s.c.Leaves[index+1])
	changed("a receipt with another index", "inclusion", func(r *ledger.Receipt) { r.Index ^= 1 })
	changed("a receipt with an index that is the size", "inclusion", func(r *ledger.Receipt) { r.Index = ledger.Index(full) })
	changed("a receipt with a hash left out", "inclusion", func(r *ledger.Receipt) { r.Path = r.Path[1:] })
	changed("a receipt with a hash too many", "inclusion", func(r *ledger.Receipt) { r.Path = append(r.Path, r.Path[0]) })
	changed("a receipt with one bit of a hash changed", "inclusion", func(r *ledger.Receipt) { r.Path[2][0] ^= 1 })
	changed("a receipt under a summary of size 0", "inclusion signature", func(r *ledger.Receipt) {
		r.Checkpoint, _ = ledger.ParseCheckpoint(s.signed(ledger.Checkpoint{Origin: s.c.Origin})) // a form that is allowed
		r.Index, r.Path = 0, nil
	})
	// The hash of an inner node, shown as if it were a leaf of a smaller tree.
	changed("an inner node in the place of a leaf", "inclusion", func(r *ledger.Receipt) { r.Index, r.Path = index/2, r.Path[1:] })
	one("a receipt with an extra line", "receipt", []byte(strings.Replace(string(good.Bytes()), "\nindex ", "\nextra AAAA\nindex ", 1)), commitment)
	one("a receipt of another version", "receipt", []byte(strings.Replace(string(good.Bytes()), "@v1", "@v2", 1)), commitment)
	one("a receipt whose index has a zero before it", "receipt", []byte(strings.Replace(string(good.Bytes()), "index ", "index 0", 1)), commitment)
	changed("a receipt with 64 hashes", "receipt", func(r *ledger.Receipt) { r.Path = make([]ledger.Digest, 64) })
}

// trusts are files that are not trust files.
func (s *states) trusts() {
	checkpoint := s.signed(s.at(s.full()))
	good := string(s.trust)
	one := func(name, fault, trust string) {
		s.add(name, fault, map[string][]byte{"checkpoint": checkpoint, "trust.json": []byte(trust)})
	}
	public := s.c.Second.Public().String()
	swap := func(raw []byte) string {
		der, _ := base64.StdEncoding.DecodeString(public) // it is a key
		return strings.Replace(good, public, base64.StdEncoding.EncodeToString(append(der[:12:12], raw...)), 1)
	}
	one("a trust file with a space", "json", strings.Replace(good, ":", ": ", 1))
	one("a trust file with a key that is not in the list", "json", strings.Replace(good, `"format"`, `"extra":"x","format"`, 1))
	one("a trust file of the future", "value trust-file", strings.Replace(good, "trust/v1", "trust/v2", 1))
	one("a trust file with an id that is not its key's", "trust-file", strings.Replace(good, s.c.Second.KeyID().String(), strings.Repeat("f", 64), 1))
	one("a trust file without a key of the log", "trust-file", strings.Replace(good, s.c.Log.NoteKey(s.c.Origin).String(), "", 1)[:0]+
		strings.Replace(good, `"`+s.c.Log.NoteKey(s.c.Origin).String()+`"`, "", 1))
	one("a trust file with a key of another log", "trust-file", strings.Replace(good, s.c.Log.NoteKey(s.c.Origin).String(), s.c.Log.NoteKey("other.custos.example").String(), 1))
	one("a trust file with a key of small order", "value", swap(append([]byte{1}, make([]byte, 31)...)))
	edge := append([]byte{0xee}, slices.Repeat([]byte{0xff}, 30)...)
	one("a trust file with a key in a second encoding", "value", swap(append(edge, 0x7f)))
	one("a trust file with a co-signer twice", "trust-file", strings.Replace(good, `"coSigners":[]`,
		fmt.Sprintf(`"coSigners":["%s","%s"]`, coSigners()[0].key(), coSigners()[0].key()), 1))
}

// acknowledgements are what a service said before, against what it shows now.
func (s *states) acknowledgements() {
	c := s.c
	entries := []any{}
	for _, l := range c.Work.Links {
		entries = append(entries, map[string]any{"n": l.N, "index": l.Index, "commitment": l.Commitment})
	}
	shown := bundletest.Canonical(map[string]any{"origin": c.Origin, "index": s.full() - 1, "chains": []any{map[string]any{"chain": c.Work.ID, "entries": entries}}})
	l := c.Work.Links[8]
	good := ledger.Acknowledgement{Chain: c.Work.ID, Commitment: l.Commitment, Index: l.Index, N: l.N, Origin: c.Origin}
	one := func(name, fault string, by bundletest.Key, change func(a *ledger.Acknowledgement), after func([]byte) []byte) {
		a := good
		if change != nil {
			change(&a)
		}
		signed, err := a.Sign(context.Background(), by)
		if err != nil {
			panic(err) // keys here always sign
		}
		if after != nil {
			signed = after(signed)
		}
		s.add(name, fault, map[string][]byte{"acknowledgement": signed, "shown": shown})
	}
	one("an acknowledgement of an entry that is shown", "none", c.Service, nil, nil)
	one("an acknowledgement of a later entry", "none", c.Service, func(a *ledger.Acknowledgement) { a.N, a.Index = 90, ledger.Index(s.full()+7) }, nil)
	one("an acknowledgement of another entry than is shown", "acknowledged", c.Service, func(a *ledger.Acknowledgement) { a.Commitment[0] ^= 1 }, nil)
	one("an acknowledgement of an entry that was dropped", "acknowledged", c.Service, func(a *ledger.Acknowledgement) { a.N, a.Index = 90, 3 }, nil)
	one("an acknowledgement for another chain", "acknowledged", c.Service, func(a *ledger.Acknowledgement) { a.Chain[0] ^= 1 }, nil)
	one("an acknowledgement by somebody who is no service", "unknown-key", c.Second, nil, nil)
	one("an acknowledgement with one bit of its signature changed", "signature", c.Service, nil, func(b []byte) []byte {
		at := strings.Index(string(b), `"sig":"`) + 20
		return []byte(string(b[:at]) + next(b[at]) + string(b[at+1:]))
	})
}
