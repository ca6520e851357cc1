package custody

import (
	"context"
	"fmt"

	"custos.example/custody/parts"
)

// IssueParts asks for parts of a delivery, to send them or to write them on a disk.
// Shape: Parts such as 3,17-20, empty = all of them; or Wanted, the file in which
// the recipient says what is missing.
type IssueParts struct {
	Ask
	Case   CaseID
	Name   string
	Parts  string
	Wanted []byte
	Means  string // how they go: by line, on a disk
}

// IssuedParts are parts that may leave now.
type IssuedParts struct {
	Proof
	Name    string
	State   DeliveryState
	Numbers []uint64
	Pack    *parts.Pack // gives each part; closed with Close

	body Content
}

// Close lets go of the pack.
func (i *IssuedParts) Close() error {
	if i.body == nil {
		return nil
	}
	return i.body.Close()
}

// Issue records that parts of a delivery leave, before they do, and gives them. It
// may be asked for again as often as something is lost: each part is the same
// bytes each time. The caller closes what it returns.
// Errors: ErrDenied; ErrNotFound; ErrInvalid; ErrConflict once it was withdrawn, or is sensitive.
func (d Deliveries) Issue(ctx context.Context, actor Actor, request IssueParts) (IssuedParts, error) {
	a, about, err := d.dealing(ctx, actor, request.Case, request.Name, request)
	if err != nil {
		return IssuedParts{}, err
	}
	if a.only(defenceRoles) { // who may not ask learns nothing of what there is
		if err := a.decide(ctx, about); err != nil {
			return IssuedParts{}, err
		}
	}
	_, doc, err := a.delivery(ctx, request.Name)
	if err != nil {
		return IssuedParts{}, a.refusedFirst(ctx, about, err)
	}
	pack, body, err := a.openPack(ctx, doc)
	if err != nil {
		return IssuedParts{}, a.refusedFirst(ctx, about, err)
	}
	issued := IssuedParts{Name: request.Name, Pack: pack, body: body}
	if issued.Numbers, err = request.numbers(pack); err != nil {
		err = a.refusedFirst(ctx, about, err)
	} else {
		err = a.issueRow(ctx, about, request, &issued)
	}
	if err != nil {
		letGo(body)
		return IssuedParts{}, err
	}
	return issued, nil
}

// numbers are the parts that are asked for.
func (r IssueParts) numbers(pack *parts.Pack) ([]uint64, error) {
	text := r.Parts
	if r.Wanted != nil {
		wanted, err := parts.ParseWanted(r.Wanted)
		if err != nil {
			return nil, fmt.Errorf("this is no list of missing parts: %w: %w", ErrInvalid, err)
		}
		if wanted.Pack != pack.ID {
			return nil, fmt.Errorf("the list is of parts of pack %s, and %s is pack %s: %w", parts.ShortID(wanted.Pack), r.Name, parts.ShortID(pack.ID), ErrInvalid)
		}
		if wanted.Parts == "" {
			return nil, fmt.Errorf("the list says that nothing is missing: %w", ErrInvalid)
		}
		text = wanted.Parts
	}
	numbers, err := parts.ParseNumbers(text, pack.Total)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return numbers, nil
}

// issueRow records that parts leave.
func (a *act) issueRow(ctx context.Context, about resource, request IssueParts, issued *IssuedParts) error {
	if stored, done, err := a.earlier(ctx, "issue"); done || err != nil {
		return a.issueAgain(ctx, stored, about, request, issued, err)
	}
	if err := checkLength("means", request.Means); err != nil {
		return err
	}
	proofs, err := a.commit(ctx, "issue", about, func() ([]sheet, error) {
		row, doc, err := a.mayLeave(ctx, request.Name)
		if err != nil {
			return nil, err
		}
		next := doc.next(DeliverySent)
		next.Means, next.Parts = orDefault(request.Means, doc.Means), parts.Numbers(issued.Numbers)
		issued.State = next.State
		s, err := a.rowSheet(ctx, "issue", deliveryRegister, row.Name, doc.Of, true, next)
		s.operation = "disclosure"
		return []sheet{s}, err
	})
	if err != nil {
		return err
	}
	issued.Proof = proofs[0]
	return nil
}

// issueAgain gives the same parts to whoever asks again. It is decided on as it was the
// first time, and adds no second row.
func (a *act) issueAgain(ctx context.Context, stored Stored, about resource, request IssueParts, issued *IssuedParts, err error) error {
	if err == nil {
		err = a.decide(ctx, about)
	}
	if err != nil {
		return err
	}
	_, doc, err := a.mayLeave(ctx, request.Name)
	issued.State = doc.State
	if err == nil {
		issued.Proof, err = a.again(ctx, stored, nil)
	}
	return err
}

// mayLeave returns a delivery of which parts may leave now.
// Errors: ErrConflict once it was withdrawn, or is sensitive; ErrDenied to whom it does not concern.
func (a *act) mayLeave(ctx context.Context, name string) (rowFact, deliveryDocument, error) {
	row, doc, err := a.delivery(ctx, name)
	if err == nil {
		err = a.concerns(doc)
	}
	if err == nil {
		err = a.notWithdrawn(ctx, name)
	}
	if err == nil {
		err = a.mayStillLeave(ctx, name, doc)
	}
	return row, doc, err
}

// openPack opens the pack that a delivery keeps.
func (a *act) openPack(ctx context.Context, doc deliveryDocument) (*parts.Pack, Content, error) {
	text, err := a.document(ctx, a.id, doc.List)
	if err != nil {
		return nil, nil, err
	}
	list, err := parts.ParseList(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	body, _, err := a.open(ctx, a.id, doc.Pack)
	if err != nil {
		return nil, nil, err
	}
	pack, err := parts.NewPack(doc.Cover, list, body)
	if err != nil {
		letGo(body)
		return nil, nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	return pack, body, nil
}
