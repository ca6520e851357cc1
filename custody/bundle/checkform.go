package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
)

// containerChecks is phase 1: the container.
func containerChecks() []check {
	return []check{{1, "container", askSame, checkContainer, func(*checker) string {
		return "the bundle is in the exact form that custos makes"
	}}}
}

// checkContainer opens the bundle. Left out, it still opens it, but takes
// headers that Write would not write.
func checkContainer(c *checker) []problem {
	var err error
	if c.b, err = Open(c.r, c.size); err != nil {
		return []problem{{
			code: "B01", outcome: Fail, detail: []string{err.Error()},
			text: "The file is not in the exact form that custos makes. It has been changed, damaged or repackaged.",
		}}
	}
	return nil
}

// formatChecks is phase 2a: is this a form that this program knows?
func formatChecks() []check {
	return []check{{3, "format", askSame, checkFormat, func(*checker) string { return "the format is known" }}}
}

// checkFormat reads nothing of the manifest but its format. A manifest that
// names no format of custos is for checkManifest to refuse.
func checkFormat(c *checker) []problem {
	if err := c.loadManifest(); err != nil {
		p := missing(err)
		p.stop = true
		return []problem{p}
	}
	var peek struct {
		Format string `json:"format"`
	}
	err := json.Unmarshal(c.manifestData, &peek)
	if err == nil && peek.Format != ManifestFormat && strings.HasPrefix(peek.Format, formatStem) {
		p := unknown("B03", "This bundle uses a format that this program does not know. Use a newer version.")
		p.detail, p.stop = []string{"format " + peek.Format}, true
		return []problem{p}
	}
	return nil
}

// loadManifest reads the manifest's bytes, and opens the container first if
// the check that opens it was left out.
func (c *checker) loadManifest() (err error) {
	if c.b == nil {
		if c.b, err = open(c.r, c.size, false); err != nil {
			return err
		}
	}
	if c.manifestData == nil {
		c.manifestData, err = c.b.document(nameManifest)
	}
	return err
}

// missing is the problem of a member that cannot be read.
func missing(err error) problem {
	return problem{code: "B02", outcome: Fail, text: "A file inside the bundle is missing or cannot be read.", detail: []string{err.Error()}}
}

// manifestChecks is phase 2a: the list of members and the members.
func manifestChecks() []check {
	return []check{
		{2, "manifest", askSame, checkManifest, nil},
		{2, "members", askSame, checkMembers, func(c *checker) string {
			return fmt.Sprintf("%d files present, none extra, none changed", len(c.b.Members))
		}},
	}
}

// contentChecks is phase 2b: what the members hold.
func contentChecks() []check {
	return []check{{2, "contents", askSame, checkContents, nil}}
}

// checkManifest wants the manifest in its canonical form.
func checkManifest(c *checker) []problem {
	if err := c.loadManifest(); err != nil {
		return []problem{missing(err)}
	}
	var err error
	if c.manifest, err = ParseManifest(c.manifestData); err != nil {
		return []problem{{code: "B02", outcome: Fail, text: "The list of what is in the bundle is not in its exact form.", detail: []string{err.Error()}}}
	}
	return nil
}

// readLoosely fills v from a member, for a checker whose strict reading was
// left out.
func (c *checker) readLoosely(name string, v any) error {
	data, err := c.b.document(name)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// checkMembers compares the list with what is there, both ways.
func checkMembers(c *checker) []problem {
	if c.o.without["manifest"] {
		if err := errors.Join(c.loadManifest(), c.readLoosely(nameManifest, &c.manifest)); err != nil {
			return []problem{missing(err)}
		}
	}
	var problems []problem
	listed := map[string]bool{}
	for i, line := range c.manifest.Members {
		if listed[line.Name] || i > 0 && c.manifest.Members[i-1].Name >= line.Name || unlisted(line.Name) {
			problems = append(problems, different(line.Name, "listed twice, out of order, or where it does not belong"))
		}
		listed[line.Name] = true
		if !inPlace(line) {
			problems = append(problems, different(line.Name, "not a payload in a folder for payloads, nor a document where it belongs"))
		}
		m, ok := c.b.Find(line.Name)
		switch {
		case !ok:
			problems = append(problems, different(line.Name, "missing"))
		case m.Size != line.Size || m.SHA256 != line.SHA256:
			p := different(line.Name)
			p.excerpt = append(digestLines("listed as", line.SHA256.String()), digestLines("found", m.SHA256.String())...)
			problems = append(problems, p)
		}
	}
	for _, m := range c.b.Members {
		if !listed[m.Name] && !unlisted(m.Name) {
			problems = append(problems, different(m.Name, "extra: no list names it"))
		}
	}
	return problems
}

// inPlace tells whether a line of the list is a payload in a folder for payloads, or one
// of the three chains, of which the list says nothing but size and digest.
// Source: FORMAT.md section 11.
func inPlace(line ManifestMember) bool {
	if line.Payload != nil {
		return payloadName(line.Name)
	}
	chain := line.Name == nameWork || line.Name == nameKeys || line.Name == nameOrganisation
	return chain && line.Content == nil && line.Salt == nil
}

// payloadName tells whether a member of that name is a payload.
func payloadName(name string) bool {
	folder, _, _ := strings.Cut(name, "/")
	switch folder {
	case "exhibit", "source", "data", "result", "record", "module":
		return folder != name
	}
	return false
}

// different is the problem of one member.
func different(name string, detail ...string) problem {
	p := differs("B02", "A file inside the bundle is missing, extra or different: %s", name)
	p.detail = detail
	return p
}

// checkContents unpacks every payload and compares it with its digests.
func checkContents(c *checker) []problem {
	var problems []problem
	c.contents = map[key]unpacked{}
	for _, line := range c.manifest.Members {
		k, u, err := c.content(line)
		if err == nil && line.Payload != nil {
			err = c.compare(k, u, line)
		}
		if c.here(err) {
			p := unknown("B06", "The content of %s could not be unpacked on this computer, so nothing after it was checked.", line.Name)
			p.detail, p.stop = []string{err.Error()}, true
			return append(problems, p)
		}
		if err != nil {
			problems = append(problems, problem{
				code: "B04", outcome: Fail, detail: []string{err.Error()},
				text: fmt.Sprintf("The content of %s is not what the list says.", line.Name),
			})
		}
	}
	return problems
}

// content unpacks a member, if it is a payload, and keeps it under the digest
// that entries use.
func (c *checker) content(line ManifestMember) (key, unpacked, error) {
	if line.Payload == nil {
		return key{}, unpacked{}, nil
	}
	k, err := keyOf(line.Payload)
	if err != nil {
		return key{}, unpacked{}, err
	}
	u, err := c.b.unpack(c.ctx, line, c.keep)
	if err != nil {
		return key{}, unpacked{}, err
	}
	if _, twice := c.contents[k]; twice {
		return k, u, fmt.Errorf("%w: a second member for %s", ErrManifest, k)
	}
	c.contents[k] = u
	return k, u, nil
}

// compare returns nil when the content is what the list says.
func (c *checker) compare(k key, u unpacked, line ManifestMember) error {
	if packed := strings.HasSuffix(line.Name, packedSuffix); packed != (line.Content != nil) {
		return fmt.Errorf("%w: packed and not listed so, or the other way round", ErrFrame)
	}
	if (k.algorithm == ledger.Salted) != (line.Salt != nil) || k.algorithm == ledger.Rows {
		return fmt.Errorf("%w: a salt where none belongs, or none where one does", ErrManifest)
	}
	if line.Content != nil && u.sha256 != line.Content.SHA256 {
		return fmt.Errorf("%w: it unpacks to SHA-256 %s", ErrFrame, u.sha256)
	}
	var salt ledger.Salt
	if line.Salt != nil {
		salt = *line.Salt
	}
	if namedBy(k.algorithm, salt, u.sha256) != k.digest {
		return fmt.Errorf("%w: its content is not the payload %s", ErrManifest, k)
	}
	return nil
}

// payload returns the content of a payload, if the bundle holds it.
func (c *checker) payload(k key) (unpacked, bool) {
	if c.contents == nil { // the check that fills it was left out
		c.contents = map[key]unpacked{}
		for _, line := range c.manifest.Members {
			_, _, _ = c.content(line)
		}
	}
	u, ok := c.contents[k]
	return u, ok
}

// keep returns a scratch stream that is given back when the check ends.
func (c *checker) keep() (analysis.Scratch, error) {
	s, err := c.o.Scratch()
	if err == nil {
		c.scratch = append(c.scratch, s)
	}
	return s, err
}
