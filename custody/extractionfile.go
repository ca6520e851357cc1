package custody

import (
	"archive/zip"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"custos.example/ledger"
)

// ExtractedFile names one file of an extraction that is in the record.
type ExtractedFile struct {
	Extraction string // exhibit reference of the extraction, such as KO/2
	Path       string // as its manifest has it
}

// extractedFact says from which extraction a received file was taken.
type extractedFact struct {
	Category string         `json:"category"`
	Entry    ledger.EntryID `json:"entry"` // evidence-received of the extraction
	File     uint64         `json:"file"`  // its number in the manifest
}

// The dependency and the parameters of an evidence-received that was taken from an
// extraction. What those who use a device call things stays in the manifest.
const (
	fromExtraction          = "extraction"
	paramExtractionCategory = "extraction-category"
	paramExtractionFile     = "extraction-file"
)

// extracted projects from which extraction a file was taken; nil = from none.
func (p *projection) extracted() *extractedFact {
	d := dependency(p.Statement, fromExtraction)
	if d == nil || d.Entry == nil {
		return nil
	}
	number, err := strconv.ParseUint(p.Predicate.Parameters[paramExtractionFile], 10, 64)
	if err != nil {
		p.err = fmt.Errorf("%w: entry %s: number of a file of an extraction: %w", ErrIntegrity, p.entry(), err)
	}
	return &extractedFact{p.Predicate.Parameters[paramExtractionCategory], *d.Entry, number}
}

// extractionAsked is an extraction from which a file is taken, and what is asked of
// the policy about it: whatever is taken from it was obtained under its authority,
// from its device, on its day and within its scope.
type extractionAsked struct {
	doc      extractionDocument
	evidence evidenceFact
	about    resource
}

// askAbout finds an extraction by its reference; item is that of the file, empty
// for one that is only looked at.
// Errors: ErrNotFound.
func (a *act) askAbout(ctx context.Context, extraction, item string) (extractionAsked, error) {
	doc, _, err := a.extractionNamed(ctx, extraction)
	if err != nil {
		return extractionAsked{}, err
	}
	fact, err := find[evidenceFact](ctx, a.Store, a.id, inEvidence, doc.Evidence.String(), 0)
	if err != nil || len(fact.Authority) == 0 {
		return extractionAsked{}, fmt.Errorf("%w: evidence of extraction %s: %w", ErrIntegrity, extraction, missing(err))
	}
	if item == doc.Item || item == doc.Device {
		return extractionAsked{}, fmt.Errorf("%s is the reference of the extraction or of the device: give the file one of its own: %w", item, ErrInvalid)
	}
	if item == "" {
		item = doc.Item
	}
	whole := bounds{from: doc.Scope.From.Time, until: doc.Scope.Until.Time}
	return extractionAsked{doc, fact, resource{authority: fact.Authority[0], source: extractionFacts(doc.Device, item, whole, doc.ReadOn)}}, nil
}

// extractionOf returns the extraction that a received file was taken from; nil = none.
func (s *Service) extractionOf(ctx context.Context, id CaseID, file evidenceFact) (*ExtractedFile, error) {
	if file.Extracted == nil {
		return nil, nil //nolint:nilnil // it came from somebody by hand
	}
	whole, err := find[evidenceFact](ctx, s.Store, id, inEvidence, file.Extracted.Entry.String(), 0)
	return &ExtractedFile{Extraction: whole.Item}, err
}

// checkExtracted returns nil when a request leaves to the record of the extraction
// what stands there.
func (r Receive) checkExtracted() error {
	if r.Content != nil || r.FileName != "" || r.From != "" || r.Credit != "" || r.Reference != "" || r.Authority != (ledger.EntryID{}) || r.Return.says() {
		return fmt.Errorf("what a file of an extraction is called, who gave it, what it holds and under which authority stands in the record of the extraction: leave it out: %w", ErrInvalid)
	}
	return nil
}

// covered returns nil when the authority, as it is now, still covers a category.
// Errors: ErrDenied.
func (x extractionAsked) covered(ctx context.Context, a *act, category string) error {
	authority, err := a.authorityState(ctx, a.id, x.about.authority, 0)
	if err != nil {
		return err
	}
	_, err = ExtractionScope{Categories: []string{category}, From: textOf(x.doc.Scope.From), Until: textOf(x.doc.Scope.Until)}.bounded(authority)
	return err
}

// file opens one file of the extraction, after it was held against its digest.
// Shape: the content stays open behind the member. Errors: ErrDenied for one whose
// category is no longer covered; ErrNotFound; ErrIntegrity.
func (x extractionAsked) file(ctx context.Context, a *act, name string) (TakenFile, *zip.File, Content, error) {
	content, _, err := a.open(ctx, a.id, x.doc.Payload)
	if err != nil {
		return TakenFile{}, nil, nil, fmt.Errorf("extraction %s: %w", x.doc.Item, err)
	}
	f, member, err := x.member(content, name)
	if err == nil {
		err = x.covered(ctx, a, f.Category)
	}
	if err == nil {
		err = f.verify(member)
	}
	if err != nil {
		letGo(content)
		return TakenFile{}, nil, nil, err
	}
	return f, member, content, nil
}

// member finds a file by its path.
func (x extractionAsked) member(content Content, name string) (TakenFile, *zip.File, error) {
	m, members, err := readManifest(content, content.Size())
	if err != nil {
		return TakenFile{}, nil, err
	}
	at, known := slices.BinarySearchFunc(m.Files, name, func(f TakenFile, name string) int { return strings.Compare(f.Path, name) })
	switch {
	case !known:
		return TakenFile{}, nil, fmt.Errorf("extraction %s holds no file %q; custos kiosk show %s lists those that it holds: %w", x.doc.Item, name, x.doc.Item, ErrNotFound)
	case len(members) != len(m.Files):
		return TakenFile{}, nil, fmt.Errorf("%w: the manifest of %s names %d files and %d are there", ErrIntegrity, m.Item, len(m.Files), len(members))
	}
	return m.Files[at], members[at], nil
}

// plainEnd is the end of a file name that says no more than what kind it is.
var plainEnd = regexp.MustCompile(`^\.[a-z0-9]{1,5}$`)

// plainName is what a file of an extraction is called in the record.
func (f TakenFile) plainName() string {
	end := strings.ToLower(path.Ext(f.Path))
	if !plainEnd.MatchString(end) {
		end = ""
	}
	return fmt.Sprintf("extraction-file-%d%s", f.N, end)
}

// takeOut keeps one file of an extraction as evidence of its own, whose entry names
// the extraction. The policy is asked first.
func (in *intake) takeOut(ctx context.Context, request Receive) error {
	if err := in.decide(ctx, in.about); err != nil {
		return err
	}
	f, member, content, err := in.from.file(ctx, in.act, request.Extracted.Path)
	if err != nil {
		return err
	}
	defer letGo(content)
	in.taken = &extractedFact{f.Category, in.from.evidence.Entry, f.N}
	if err := in.mayKeep(ctx, request, f.SHA256, int64(f.Size)); err != nil {
		return err
	}
	r, err := member.Open()
	if err != nil {
		return fmt.Errorf("%w: file %d of the extraction: %w", ErrIntegrity, f.N, err)
	}
	defer letGo(r)
	blob, err := in.Blobs.Put(ctx, in.id, r)
	if err != nil {
		return fmt.Errorf("keep the file: %w", err)
	}
	if blob.SHA256 != f.SHA256 {
		return fmt.Errorf("%w: file %d of extraction %s is not the one of its manifest", ErrIntegrity, f.N, in.from.doc.Item)
	}
	request.FileName, request.From = f.plainName(), "extraction "+in.from.doc.Item
	in.parameters = map[string]string{paramExtractionCategory: f.Category, paramExtractionFile: strconv.FormatUint(f.N, 10)}
	in.behind = []ledger.Dependency{{Name: fromExtraction, Digest: in.from.evidence.Payload, Entry: &in.from.evidence.Entry}}
	return in.evidence(ctx, request, blob)
}

// takenOtherwise returns nil when a file that stands in the record was taken from
// where this request takes it.
// Errors: ErrConflict.
func (in *intake) takenOtherwise(fact evidenceFact) error {
	if in.taken == nil && fact.Extracted == nil || in.taken != nil && fact.Extracted != nil && *in.taken == *fact.Extracted {
		return nil
	}
	return fmt.Errorf("these very bytes stand in the record as %s (entry %s), and came from elsewhere: another extraction, another file of it, "+
		"or from somebody by hand; make the data set from that entry, under what it was obtained under: %w", fact.Item, fact.Entry, ErrConflict)
}
