package parts

import (
	"context"
	"fmt"

	"custos.example/ledger"
)

const receiptFormat = "https://custos.example/parts-receipt/v1"

// Slip says what became of a pack at its recipient, before anybody has signed it.
// Shape: Content is what was in the pack, once it was opened; a pack in the clear
// is opened by being joined. Result is the answer of a check.
type Slip struct {
	At       ledger.Time    `json:"at"` // by the recipient's clock
	Content  *Content       `json:"content,omitempty"`
	Delivery ledger.EntryID `json:"delivery"`
	Format   string         `json:"format"`
	Origin   string         `json:"origin"`
	Pack     PackID         `json:"pack"`
	Result   string         `json:"result,omitempty"`
	State    string         `json:"state"`
}

// Content is what was found in a pack.
type Content struct {
	SHA256 ledger.Digest `json:"sha256"`
	Size   uint64        `json:"size"`
}

// What a slip can say.
const (
	Arrived = "arrived" // every part, as it was sent
	Opened  = "opened"
	Checked = "checked" // with the verifier; Result is what it answered

	ResultMatches    = "matches"
	ResultDiffers    = "differs"
	ResultCannotTell = "cannot-tell"
)

// NewSlip returns the slip of a pack that was joined; content is nil when it could
// not be opened.
func NewSlip(a *Arrival, content *Content, at ledger.Time) Slip {
	s := Slip{At: at, Content: content, Delivery: a.Cover.Delivery, Format: receiptFormat, Origin: a.Cover.Origin, Pack: a.Pack, State: Arrived}
	if content != nil {
		s.State = Opened
	}
	return s
}

// Bytes returns the slip as a file. Shape: canonical JSON and a line end.
func (s Slip) Bytes() ([]byte, error) { return line(s) }

// ParseSlip reads what Bytes wrote. Errors: ErrForm.
func ParseSlip(data []byte) (Slip, error) {
	var s Slip
	if err := unline(data, &s); err != nil {
		return Slip{}, err
	}
	return s, s.check()
}

func (s Slip) check() error {
	checked := s.State == Checked
	known := s.Result == ResultMatches || s.Result == ResultDiffers || s.Result == ResultCannotTell
	switch {
	case s.Format != receiptFormat:
		return fmt.Errorf("%w: the slip's format is %q", ErrForm, s.Format)
	case s.State != Arrived && s.State != Opened && !checked:
		return fmt.Errorf("%w: a slip says %s, %s or %s, not %q", ErrForm, Arrived, Opened, Checked, s.State)
	case s.State == Arrived && s.Content != nil, s.State == Opened && s.Content == nil:
		return fmt.Errorf("%w: the content is named when the pack was opened, and only then", ErrForm)
	case checked != (s.Result != "") || checked && !known:
		return fmt.Errorf("%w: the result of a check is %s, %s or %s, not %q", ErrForm, ResultMatches, ResultDiffers, ResultCannotTell, s.Result)
	case s.Origin == "" || len(s.Origin) > maxName:
		return fmt.Errorf("%w: the slip names no record", ErrForm)
	}
	return nil
}

// Receipt is a slip that its recipient stands for.
// Shape: By is who, in words; Key is the key that signed.
type Receipt struct {
	By   string           `json:"by"`
	Key  ledger.PublicKey `json:"key"`
	Slip Slip             `json:"slip"`
}

// SignReceipt signs a slip and returns the file that goes back to the sender.
// Shape: canonical JSON and a line end.
// Errors: ErrInvalid.
func SignReceipt(ctx context.Context, s Slip, by string, public ledger.PublicKey, signer ledger.Signer) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if by == "" || len(by) > 200 {
		return nil, fmt.Errorf("%w: a receipt says who signs, in at most 200 characters", ErrInvalid)
	}
	envelope, err := signed(ctx, receiptType, Receipt{by, public, s}, signer)
	if err != nil {
		return nil, err
	}
	return line(envelope)
}

// OpenReceipt reads a receipt and checks that the key that it names has signed it.
// Errors: ErrForm, ErrDiffers.
func OpenReceipt(data []byte) (Receipt, error) {
	var s Signed
	if err := unline(data, &s); err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	var r Receipt
	if err := s.open(receiptType, &r, func() ledger.PublicKey { return r.Key }); err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	return r, r.Slip.check()
}

// Wanted names the parts that a recipient still lacks.
type Wanted struct {
	Format string `json:"format"`
	Pack   PackID `json:"pack"`
	Parts  string `json:"parts"` // such as 3,17-20
}

const wantedFormat = "https://custos.example/parts-wanted/v1"

// Wanted returns what is to be sent again, as a file for the sender.
// Shape: canonical JSON and a line end.
func (a *Arrival) Wanted() ([]byte, error) {
	return line(Wanted{wantedFormat, a.Pack, Numbers(a.Missing)})
}

// ParseWanted reads what Arrival.Wanted wrote. Errors: ErrForm.
func ParseWanted(data []byte) (Wanted, error) {
	var w Wanted
	if err := unline(data, &w); err != nil {
		return Wanted{}, err
	}
	if w.Format != wantedFormat {
		return Wanted{}, fmt.Errorf("%w: the format is %q", ErrForm, w.Format)
	}
	return w, nil
}

func line(v any) ([]byte, error) {
	text, err := ledger.MarshalCanonical(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return append(text, '\n'), nil
}

func unline(data []byte, into any) error {
	if len(data) == 0 || data[len(data)-1] != '\n' {
		return fmt.Errorf("%w: it does not end with a line end", ErrForm)
	}
	if err := ledger.UnmarshalCanonical(data[:len(data)-1], into); err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	return nil
}
