package ledger

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Policy is a parsed C2SP tlog-policy: which logs, which co-signers, what quorum.
type Policy struct {
	Logs      []PolicyLog
	CoSigners []PolicyCoSigner
	Groups    []PolicyGroup
	Quorum    string // name of a co-signer or group; "none"
}

// PolicyLog is one log line. Shape: URL may be empty.
type PolicyLog struct {
	Key NoteKey
	URL string
}

// PolicyCoSigner is one witness line. Shape: URL may be empty.
type PolicyCoSigner struct {
	Name string
	Key  NoteKey
	URL  string
}

// PolicyGroup is one group line, Need of whose Members must have co-signed.
type PolicyGroup struct {
	Name    string
	Need    int
	Members []string
}

const (
	maxPolicy      = 256 << 10
	maxPolicyLines = 1024
)

// ParsePolicy reads a tlog-policy as strictly as its specification allows: names
// defined before use, one use each as a member, one quorum line, no second line for
// one key, no text after a name, a threshold in its only form.
// Source: C2SP tlog-policy. Errors: FaultPolicyFile with the line.
func ParsePolicy(data []byte) (Policy, error) {
	var p Policy
	if slices.ContainsFunc(data, func(c byte) bool { return c < 0x20 && c != '\t' && c != '\n' || c == 0x7f }) {
		return p, fault(FaultPolicyFile, "a control character")
	}
	if len(data) > maxPolicy || bytes.Count(data, []byte("\n")) > maxPolicyLines {
		return p, fault(FaultPolicyFile, "more than %d bytes or %d lines", maxPolicy, maxPolicyLines)
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		return p, fault(FaultPolicyFile, "the last line is not ended")
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
			return Policy{}, at("line "+strconv.Itoa(number), err)
		}
	}
	if p.Quorum == "" {
		return Policy{}, fault(FaultPolicyFile, "no quorum line")
	}
	return p, nil
}

func (p *Policy) line(fields []string, used map[string]bool) error {
	switch word := fields[0]; {
	case word == "log" && (len(fields) == 2 || len(fields) == 3):
		key, err := ParseNoteKey(fields[1])
		twice := slices.ContainsFunc(p.Logs, func(l PolicyLog) bool { return l.Key.Public == key.Public })
		if err != nil || key.Type != LogKey || twice {
			return fault(FaultPolicyFile, "not a log's key, or a key a second time")
		}
		p.Logs = append(p.Logs, PolicyLog{key, strings.Join(fields[2:], "")})
	case word == "witness" && (len(fields) == 3 || len(fields) == 4):
		key, err := ParseNoteKey(fields[2])
		twice := slices.ContainsFunc(p.CoSigners, func(c PolicyCoSigner) bool { return c.Key.Public == key.Public })
		if err != nil || key.Type != CoSignerKey || twice || !p.fresh(fields[1]) {
			return fault(FaultPolicyFile, "not a co-signer's key, or a key or name a second time")
		}
		p.CoSigners = append(p.CoSigners, PolicyCoSigner{fields[1], key, strings.Join(fields[3:], "")})
	case word == "group" && len(fields) >= 4:
		return p.group(fields[1], fields[2], fields[3:], used)
	case word == "quorum" && len(fields) == 2:
		if p.Quorum != "" || fields[1] != "none" && !p.defined(fields[1]) {
			return fault(FaultPolicyFile, "a second quorum, or a name not defined before")
		}
		p.Quorum = fields[1]
	default:
		return fault(FaultPolicyFile, "%q with %d words after it is not a line of a policy", word, len(fields)-1)
	}
	return nil
}

func (p *Policy) group(name, threshold string, members []string, used map[string]bool) error {
	need, err := strconv.Atoi(threshold)
	switch {
	case threshold == "all":
		need = len(members)
	case threshold == "any":
		need = 1
	case err != nil || strconv.Itoa(need) != threshold:
		return fault(FaultPolicyFile, "threshold %q", threshold)
	}
	if need < 1 || need > len(members) || !p.fresh(name) {
		return fault(FaultPolicyFile, "group %q: a threshold of %d of %d, or the name a second time", name, need, len(members))
	}
	for _, m := range members {
		if !p.defined(m) || used[m] {
			return fault(FaultPolicyFile, "member %q is not defined before, or in a group already", m)
		}
		used[m] = true
	}
	p.Groups = append(p.Groups, PolicyGroup{name, need, members})
	return nil
}

func (p *Policy) defined(name string) bool {
	return slices.ContainsFunc(p.CoSigners, func(c PolicyCoSigner) bool { return c.Name == name }) ||
		slices.ContainsFunc(p.Groups, func(g PolicyGroup) bool { return g.Name == name })
}

func (p *Policy) fresh(name string) bool { return name != "none" && !p.defined(name) }

// Verify returns the co-signatures that count if s is signed by one of the policy's
// logs (or log, when it lists none) and co-signed by its quorum.
// Errors: FaultUnknownKey, FaultSignature, FaultQuorum.
func (p Policy) Verify(s SignedCheckpoint, log ...NoteKey) ([]CoSigned, error) {
	if len(p.Logs) > 0 {
		log = nil
		for _, l := range p.Logs {
			log = append(log, l.Key)
		}
	}
	if err := s.Verify(log...); err != nil {
		return nil, err
	}
	keys := make([]NoteKey, len(p.CoSigners))
	for i, c := range p.CoSigners {
		keys[i] = c.Key
	}
	signed, err := s.CoSignatures(keys...)
	if err != nil {
		return nil, err
	}
	met := map[string]bool{"none": true}
	for _, c := range p.CoSigners {
		met[c.Name] = slices.ContainsFunc(signed, func(s CoSigned) bool { return s.Key == c.Key })
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
		return signed, fault(FaultQuorum, "%d co-signatures do not make the quorum %q", len(signed), p.Quorum)
	}
	return signed, nil
}
