package custody

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// The registers of a case or of the organisation: what is written in them changes
// nothing by itself, and is looked up by its name.
const (
	costRegister         = "cost"
	deliveryRegister     = "delivery"
	disclosureRegister   = "disclosure"
	extractionRegister   = "extraction"
	noteRegister         = "note"
	organisationRegister = "organisation"
	placeRegister        = "place"
	retentionRegister    = "retention"
	sharingRegister      = "sharing"
	signOnRegister       = "sign-on"
	submissionRegister   = "submission"
)

// The collections of registers, of a case or of the organisation.
const (
	inRegisters    = "registers"     // newest row, by register and name
	inRegisterRows = "register rows" // every row, by its entry
)

// rowFact is a row of a register.
type rowFact struct {
	About    ledger.EntryID   `json:"about,omitempty"`
	By       string           `json:"by"`
	Entry    ledger.EntryID   `json:"entry"`
	Index    ledger.Index     `json:"index"`
	Name     string           `json:"name"`
	Payload  ledger.DigestSet `json:"payload"`
	Register string           `json:"register"`
	Time     ledger.Time      `json:"time"`
}

func registerKey(register, name string) string { return register + " " + name }

// registered projects a row of a register.
func (p *projection) registered(d *ledger.RegisterRecorded) {
	fact := rowFact{d.About, p.by(), p.entry(), p.at.Index, d.Name, p.subject("row"), d.Register, p.Predicate.Time}
	if d.Register == signOnRegister {
		p.add(inSignOns, d.Name, fact) // apart: there are as many as people, and no decision reads them
		return
	}
	p.add(inRegisters, registerKey(d.Register, d.Name), fact)
	p.add(inRegisterRows, p.entry().String(), fact)
}

// rowSheet keeps a document and returns the entry that puts it in a register.
// Shape: about may be zero; stage names the entry within its request; changes
// says that it can change a later decision.
// Errors: ErrInvalid when the document has no canonical form.
func (a *act) rowSheet(ctx context.Context, stage, register, name string, about ledger.EntryID, changes bool, doc any) (sheet, error) {
	kind := ledger.Work
	if a.id == "" {
		kind = ledger.Organisation
	}
	chain, err := a.chain(ctx, a.id, kind)
	if err != nil {
		return sheet{}, err
	}
	blob, err := a.keepJSON(ctx, doc)
	if err != nil {
		return sheet{}, fmt.Errorf("row %q of the register of %ss: %w", name, register, err)
	}
	return sheet{
		stage: stage, chain: chain, changes: changes, detail: &ledger.RegisterRecorded{About: about, Name: name, Register: register},
		subjects: []ledger.Subject{{Name: "row", Digest: blob.Recorded()}},
	}, nil
}

// registerRows returns every row of a register in the order of the log, of one
// name or of all.
func registerRows(ctx context.Context, s Store, id CaseID, register string, asOf uint64) ([]rowFact, error) {
	all, err := list[rowFact](ctx, s, id, inRegisterRows, asOf)
	if err != nil {
		return nil, err
	}
	return inOrder(all, register), nil
}

// registerNewest returns the newest row of each name of a register in the order of
// the log.
func registerNewest(ctx context.Context, s Store, id CaseID, register string, asOf uint64) ([]rowFact, error) {
	all, err := list[rowFact](ctx, s, id, inRegisters, asOf)
	if err != nil {
		return nil, err
	}
	return inOrder(all, register), nil
}

func inOrder(all []rowFact, register string) []rowFact {
	all = slices.DeleteFunc(all, func(f rowFact) bool { return f.Register != register })
	slices.SortFunc(all, func(x, y rowFact) int { return cmp.Compare(x.Index, y.Index) })
	return all
}

// registerRow returns the newest row of that name.
// Errors: ErrNotFound.
func registerRow(ctx context.Context, s Store, id CaseID, register, name string, asOf uint64) (rowFact, error) {
	return find[rowFact](ctx, s, id, inRegisters, registerKey(register, name), asOf)
}
