// Package quorum owns the question how many co-signers a checkpoint needs, and
// which: it reads a C2SP tlog-policy and holds a checkpoint against it.
//
// Co-signers are counted by organisation, never by key.
//
// It fetches nothing, signs nothing, and trusts no file that came with what it
// is to check.
package quorum

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"custos.example/ledger"
)

// Policy is a parsed C2SP tlog-policy: which logs, which co-signers, what quorum.
type Policy struct {
	Logs      []Log
	CoSigners []CoSigner
	Groups    []Group
	Quorum    string // name of a co-signer or group; "none"
}

// Log is one log line. Shape: URL may be empty.
type Log struct {
	Key ledger.NoteKey
	URL string
}

// CoSigner is one witness line. Shape: URL may be empty.
type CoSigner struct {
	Name string
	Key  ledger.NoteKey
	URL  string
}

// Group is one group line, Need of whose Members must have co-signed.
type Group struct {
	Name    string
	Need    int
	Members []string
}

const (
	maxPolicy      = 256 << 10
	maxPolicyLines = 1024
)

// Parse reads a tlog-policy as strictly as its specification allows: names
// defined before use, one use each as a member, one quorum line, no second line for
// one key, no text after a name, a threshold in its only form; and, beyond it, no
// group in which one organisation would count twice.
// Source: C2SP tlog-policy. Errors: ledger.FaultPolicyFile with the line.
func Parse(data []byte) (Policy, error) {
	var p Policy
	if slices.ContainsFunc(data, func(c byte) bool { return c < 0x20 && c != '\t' && c != '\n' || c == 0x7f }) {
		return p, refuse("a control character")
	}
	if len(data) > maxPolicy || bytes.Count(data, []byte("\n")) > maxPolicyLines {
		return p, refuse("more than %d bytes or %d lines", maxPolicy, maxPolicyLines)
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		return p, refuse("the last line is not ended")
	}
	used := map[string]bool{}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if err := p.line(fields, used); err != nil {
			err.Where = "line " + strconv.Itoa(number)
			return Policy{}, err
		}
	}
	if p.Quorum == "" {
		return Policy{}, refuse("no quorum line")
	}
	return p, nil
}

func (p *Policy) line(fields []string, used map[string]bool) *ledger.Fault {
	switch word := fields[0]; {
	case word == "log" && (len(fields) == 2 || len(fields) == 3):
		key, err := ledger.ParseNoteKey(fields[1])
		twice := slices.ContainsFunc(p.Logs, func(l Log) bool { return l.Key.Public == key.Public })
		if err != nil || key.Type != ledger.LogKey || twice {
			return refuse("not a log's key, or a key a second time")
		}
		p.Logs = append(p.Logs, Log{key, strings.Join(fields[2:], "")})
	case word == "witness" && (len(fields) == 3 || len(fields) == 4):
		key, err := ledger.ParseNoteKey(fields[2])
		twice := slices.ContainsFunc(p.CoSigners, func(c CoSigner) bool { return c.Key.Public == key.Public })
		if err != nil || key.Type != ledger.CoSignerKey || twice || !p.fresh(fields[1]) {
			return refuse("not a co-signer's key, or a key or name a second time")
		}
		p.CoSigners = append(p.CoSigners, CoSigner{fields[1], key, strings.Join(fields[3:], "")})
	case word == "group" && len(fields) >= 4:
		return p.group(fields[1], fields[2], fields[3:], used)
	case word == "quorum" && len(fields) == 2:
		if p.Quorum != "" || fields[1] != None && !p.defined(fields[1]) {
			return refuse("a second quorum, or a name not defined before")
		}
		p.Quorum = fields[1]
	default:
		return refuse("%q with %d words after it is not a line of a policy", word, len(fields)-1)
	}
	return nil
}

func (p *Policy) group(name, threshold string, members []string, used map[string]bool) *ledger.Fault {
	need, err := strconv.Atoi(threshold)
	switch {
	case threshold == "all":
		need = len(members)
	case threshold == "any":
		need = 1
	case err != nil || strconv.Itoa(need) != threshold:
		return refuse("threshold %q", threshold)
	}
	if need < 1 || need > len(members) || !p.fresh(name) {
		return refuse("group %q: a threshold of %d of %d, or the name a second time", name, need, len(members))
	}
	for _, m := range members {
		if !p.defined(m) || used[m] {
			return refuse("member %q is not defined before, or in a group already", m)
		}
		used[m] = true
	}
	g := Group{name, need, members}
	p.Groups = append(p.Groups, g)
	return p.apart(g)
}

func (p *Policy) defined(name string) bool {
	return slices.ContainsFunc(p.CoSigners, func(c CoSigner) bool { return c.Name == name }) ||
		slices.ContainsFunc(p.Groups, func(g Group) bool { return g.Name == name })
}

func (p *Policy) fresh(name string) bool { return name != None && !p.defined(name) }

// Verify returns the co-signatures that count if s is signed by one of the policy's
// logs (or log, when it lists none) and co-signed by its quorum.
// Errors: ledger.FaultUnknownKey, FaultSignature, FaultQuorum.
func (p Policy) Verify(s ledger.SignedCheckpoint, log ...ledger.NoteKey) ([]ledger.CoSigned, error) {
	if len(p.Logs) > 0 {
		log = nil
		for _, l := range p.Logs {
			log = append(log, l.Key)
		}
	}
	if err := s.Verify(log...); err != nil {
		return nil, err
	}
	keys := make([]ledger.NoteKey, len(p.CoSigners))
	for i, c := range p.CoSigners {
		keys[i] = c.Key
	}
	signed, err := s.CoSignatures(keys...)
	if err != nil {
		return nil, err
	}
	met := map[string]bool{None: true}
	for _, c := range p.CoSigners {
		met[c.Name] = slices.ContainsFunc(signed, func(s ledger.CoSigned) bool { return s.Key == c.Key })
	}
	for _, g := range p.Groups {
		have := 0
		for _, m := range g.Members {
			if met[m] {
				have++
			}
		}
		met[g.Name] = have >= g.Need
	}
	if !met[p.Quorum] {
		return signed, &ledger.Fault{
			Code: ledger.FaultQuorum, Words: fmt.Sprintf("%d co-signatures do not make the quorum %q", len(signed), p.Quorum),
		}
	}
	return signed, nil
}

// refuse says why a file is not a policy.
func refuse(format string, args ...any) *ledger.Fault {
	return &ledger.Fault{Code: ledger.FaultPolicyFile, Words: fmt.Sprintf(format, args...)}
}
