package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Imports is the receiving of files as evidence, and the making of data sets
// from them.
type Imports struct{ s *Service }

// defaultSource is the source step of a table in text form.
const defaultSource = "source-csv"

// itemReference is how exhibits are numbered: initials of the producing
// witness, a stroke, a running number that has one way to be written, perhaps a part.
var itemReference = regexp.MustCompile(`^([A-Z]{2,5}/[A-Z]?)([1-9][0-9]{0,3})([A-Z]{0,2})$`)

// Receive takes in one file. The policy is asked first; then the bytes are kept
// and recorded exactly as they came; only then are they read.
//
// Durability: when it returns an error other than ErrDenied after the file was
// kept, Received.Evidence says where the raw bytes stand in the record; nothing
// else of the file is recorded then.
// Errors: ErrDenied; ErrConflict when the same bytes have been made into the
// same data set before, or when its reference is in use for anything else, and
// then nothing of it is recorded; ErrInvalid with row and column when the file is
// not what the profile says.
func (i Imports) Receive(ctx context.Context, actor Actor, request Receive) (_ Received, err error) {
	defer func() { i.s.notTaken(ctx, actor, request.Case, request.Upload, err) }()
	if err := request.check(); err != nil {
		return Received{}, err
	}
	in, err := i.take(ctx, actor, request)
	if err != nil {
		return Received{}, err
	}
	if err := in.arrive(ctx, request); err != nil {
		return in.received, err
	}
	return in.normalise(ctx)
}

// Keep takes in one file as evidence and stops there: its bytes are kept and
// recorded, and no data set is made before somebody has looked at a preview and
// accepted it with Normalise.
// Errors: as Receive.
func (i Imports) Keep(ctx context.Context, actor Actor, request Receive) (_ Received, err error) {
	defer func() { i.s.notTaken(ctx, actor, request.Case, request.Upload, err) }()
	if err := request.check(); err != nil {
		return Received{}, err
	}
	in, err := i.take(ctx, actor, request)
	if err != nil {
		return Received{}, err
	}
	err = in.arrive(ctx, request)
	return in.received, err
}

// take begins the intake of a file.
func (i Imports) take(ctx context.Context, actor Actor, request Receive) (*intake, error) {
	action, about := policy.SourceImport, resource{authority: request.Authority, source: request.Return.facts(request.Item)}
	if request.Reference != "" {
		action, about = policy.ReferenceImport, resource{}
	} else if request.Extracted != nil {
		about = resource{}
	} else if err := request.Return.declared(); err != nil {
		return nil, err
	}
	a, err := i.s.begin(ctx, actor, request.Case, action, request)
	in := &intake{act: a, how: request.Reading, about: about}
	if err == nil && request.Extracted != nil {
		if in.from, err = a.askAbout(ctx, request.Extracted.Extraction, request.Item); err != nil {
			return nil, a.refusedUnseen(ctx, err)
		}
		in.about = in.from.about
	}
	return in, err
}

// arrive asks the policy, keeps the bytes and records them.
func (in *intake) arrive(ctx context.Context, request Receive) error {
	if request.Extracted != nil {
		return in.takeOut(ctx, request)
	}
	if err := in.decide(ctx, in.about); err != nil {
		return err
	}
	content, err := in.contentOf(ctx, &request)
	if errors.Is(err, errNoUpload) {
		return in.tookBefore(ctx)
	}
	if err != nil {
		return err
	}
	defer content.letGo()
	blob, err := in.keepNamed(ctx, request)
	if err != nil {
		return err
	}
	if err := in.evidence(ctx, request, blob); err != nil {
		return err
	}
	in.tookIn(ctx, content)
	return nil
}

// contentOf has the content of a request come from the upload that it names, if any.
func (in *intake) contentOf(ctx context.Context, request *Receive) (*uploaded, error) {
	if request.Upload == "" {
		return nil, nil //nolint:nilnil // it brings its content itself
	}
	kind := UploadReturn
	if request.Reference != "" {
		kind = UploadReference
	}
	content, err := in.uploadOf(ctx, request.Upload, kind)
	if err != nil {
		return nil, err
	}
	request.Content = content
	return content, nil
}

// Normalise makes a data set from evidence that was received before, with
// another profile or other decisions.
func (i Imports) Normalise(ctx context.Context, actor Actor, request Normalise) (Received, error) {
	fact, err := find[evidenceFact](ctx, i.s.Store, request.Case, inEvidence, request.Evidence.String(), 0)
	if err != nil {
		return Received{}, fmt.Errorf("evidence %s: %w", request.Evidence, err)
	}
	if err := fact.readable(); err != nil {
		return Received{}, err
	}
	if request, err = request.complete(ctx, i.s, fact); err != nil {
		return Received{}, err
	}
	extracted, err := i.s.extractionOf(ctx, request.Case, fact)
	if err != nil {
		return Received{}, err
	}
	in, err := i.take(ctx, actor, Receive{
		Ask: request.Ask, Reading: request.Reading, Case: request.Case, Item: fact.Item, Return: request.Return,
		Authority: request.Authority, Reference: fact.Reference, Extracted: extracted,
	})
	if err != nil {
		return Received{}, err
	}
	in.file = fact
	if err := in.decide(ctx, in.about); err != nil {
		return Received{}, err
	}
	if extracted != nil {
		if err := in.from.covered(ctx, in.act, fact.Extracted.Category); err != nil {
			return Received{}, err
		}
	}
	if err := in.standing(ctx); err != nil {
		return in.received, err
	}
	return in.normalise(ctx)
}

// intake is one file on its way to a data set.
type intake struct {
	*act
	about    resource
	how      Reading
	file     evidenceFact // the evidence as it stands in the record
	received Received
	// parameters and behind stand on the entry of the evidence.
	parameters map[string]string
	behind     []ledger.Dependency
	from       extractionAsked // the extraction that it is a file of
	taken      *extractedFact
}

// authority names the authority behind the file; a file of reference has none.
func (in *intake) authority() []ledger.EntryID {
	if in.file.Reference != "" || in.action == policy.ReferenceImport || in.action == policy.ItemRecord {
		return nil
	}
	return []ledger.EntryID{in.about.authority}
}

// evidence records the raw bytes, unless the same bytes stand there already.
func (in *intake) evidence(ctx context.Context, request Receive, blob Blob) error {
	in.received.SHA256, in.received.Size = blob.SHA256, blob.Size
	work, err := in.chain(ctx, in.id, ledger.Work)
	if err != nil {
		return err
	}
	fact, stands, err := in.receivedBefore(ctx, blob.Recorded())
	if err == nil && !stands {
		_, err = in.commit(ctx, "evidence", in.about, func() ([]sheet, error) {
			if _, known, err := in.receivedBefore(ctx, blob.Recorded()); known || err != nil {
				return nil, errors.Join(errAlready, err)
			}
			if err := in.mayBear(ctx, request, blob.Recorded()); err != nil {
				return nil, err
			}
			return []sheet{{
				stage: "evidence", chain: work, changes: true, operation: "collection",
				detail: &ledger.EvidenceReceived{
					Credit: request.Credit, FileName: path.Base(request.FileName), From: request.From, Item: request.Item,
					Reference: request.Reference, Size: uint64(blob.Size), //nolint:gosec // a size
				},
				subjects:  []ledger.Subject{{Name: "source", Digest: blob.Recorded()}},
				authority: in.authority(), parameters: in.parameters, dependencies: in.behind,
			}}, nil
		})
		if err != nil && !errors.Is(err, errAlready) {
			return err
		}
		fact, err = find[evidenceFact](ctx, in.Store, in.id, inReceived, digestKey(blob.Recorded()), 0)
	}
	if err != nil {
		return err
	}
	if fact.Item != request.Item || fact.Reference != request.Reference {
		return fmt.Errorf("these very bytes were received on %s and stand in the record as %s (entry %s), not as %s: %w",
			fact.Time.Format("2 January 2006 15:04 MST"), kindOf(fact.Reference, fact.Item), fact.Entry, kindOf(request.Reference, request.Item), ErrConflict)
	}
	if err := in.takenOtherwise(fact); err != nil {
		return err
	}
	in.file = fact
	return in.standing(ctx)
}

// errAlready says that another request recorded the same bytes meanwhile.
var errAlready = errors.New("recorded meanwhile")

// standing adds the proof of the evidence as it stands in the record.
func (in *intake) standing(ctx context.Context) error {
	in.received.Item, in.received.FileName = in.file.Item, in.file.FileName
	stored, err := in.Store.ByEntryID(ctx, in.file.Entry)
	in.received.Evidence, err = in.again(ctx, stored, err)
	if err != nil {
		return fmt.Errorf("evidence %s: %w", in.file.Entry, err)
	}
	if in.received.Size == 0 {
		blob, err := in.Blobs.Find(ctx, in.id, in.file.Payload)
		if err != nil {
			return fmt.Errorf("evidence %s: %w", in.file.Entry, err)
		}
		in.received.SHA256, in.received.Size = blob.SHA256, blob.Size
	}
	return in.receipt(ctx, &in.received.Evidence)
}

// check returns nil if the request can be carried out.
func (r Receive) check() error {
	if !itemReference.MatchString(r.Item) {
		return fmt.Errorf("the item %q is not an exhibit reference such as NET/3: %w", r.Item, ErrInvalid)
	}
	if r.Extracted != nil && r.Upload != "" {
		return fmt.Errorf("a file of an extraction is in the record already; it comes in no upload: %w", ErrInvalid)
	}
	if r.Extracted != nil {
		return r.checkExtracted()
	}
	if (r.Content == nil) == (r.Upload == "") {
		return fmt.Errorf("there is no file, or two: a file or the name of an upload is wanted: %w", ErrInvalid)
	}
	if !slices.Contains([]string{"", CellTable, BaseMap}, r.Reference) {
		return fmt.Errorf("a file of reference is a %s or a %s, not %q: %w", CellTable, BaseMap, r.Reference, ErrInvalid)
	}
	if r.Reference != "" && r.Authority != (ledger.EntryID{}) {
		return fmt.Errorf("a %s is obtained under no authority; a file that is, is no file of reference: %w", r.Reference, ErrInvalid)
	}
	if longer(r.Credit, maxText) || r.Credit != "" && r.Reference == "" {
		return fmt.Errorf("a credit belongs to a file of reference and has at most %d characters: %w", maxText, ErrInvalid)
	}
	return cmp.Or(checkText("file name", r.FileName), checkText("name of who handed it over", r.From))
}

// kindOf names a received file and what it was received as.
func kindOf(reference, item string) string {
	if reference == "" {
		return item
	}
	return reference + " " + item
}

// facts says what is asked of the policy about a file.
func (r Return) facts(item string) *policy.Source {
	return &policy.Source{
		DataTypes:   slices.Compact(slices.Sorted(slices.Values(r.DataTypes))),
		Identifiers: slices.Compact(slices.Sorted(slices.Values(r.Identifiers))),
		From:        policy.At(r.From), Until: policy.At(r.Until), ObtainedOn: r.ObtainedOn, Item: item,
		Kind: policy.OperatorReturn,
	}
}

func orDefault(given, standard string) string {
	if given == "" {
		return standard
	}
	return given
}
