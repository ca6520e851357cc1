package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// The documents that clients send and get. Every id is lower-case hex; unknown
// members are refused.

type askDocument struct {
	RequestID string `json:"requestId"`
	Purpose   string `json:"purpose"`
}

func (a askDocument) ask() custody.Ask {
	return custody.Ask{RequestID: a.RequestID, Purpose: a.Purpose}
}

type openCaseDocument struct {
	askDocument
	Reference string   `json:"reference"`
	Title     string   `json:"title"`
	Assigned  []string `json:"assigned"`
}

type authorityDocument struct {
	askDocument
	Authority json.RawMessage `json:"authority"` // as custos authority template prints it
	Amends    *ledger.EntryID `json:"amends"`
	State     *ledger.EntryID `json:"state"` // of an amendment: the state that it was written from
}

type importDocument struct {
	askDocument
	readingElement
	Item      string          `json:"item"`
	FileName  string          `json:"fileName"`
	From      string          `json:"from"`
	Return    returnElement   `json:"return"`
	Authority *ledger.EntryID `json:"authority"`
	Reference string          `json:"reference"` // cell-table or base-map: a file that holds no communications data
	Credit    string          `json:"credit"`
	Upload    string          `json:"upload"` // of an upload that is whole: the form then has no part "file"
	// Extraction and Path name a file of an extraction that is in the record: the form
	// then has no part "file".
	Extraction string `json:"extraction"`
	Path       string `json:"path"`
}

type normaliseDocument struct {
	askDocument
	readingElement
	Return    returnElement   `json:"return"`
	Authority *ledger.EntryID `json:"authority"`
}

// readingElement says how a file is to be read. Without a profile the built-in
// one that fits best is taken.
type readingElement struct {
	Source    string            `json:"source"`
	Profile   string            `json:"profile"`
	Decisions []decisionElement `json:"decisions"`
	Params    map[string]string `json:"params"`
	Sites     *ledger.EntryID   `json:"sites"`
	Below     *ledger.EntryID   `json:"below"`
}

func (e readingElement) reading() custody.Reading {
	r := custody.Reading{Source: e.Source, Profile: []byte(e.Profile), Params: e.Params, Sites: orZero(e.Sites), Below: orZero(e.Below)}
	for _, d := range e.Decisions {
		decision := custody.Decision{Kind: d.Kind, Value: d.Value, Why: d.Why, Again: d.Again}
		if d.Row != nil {
			decision.Row = &custody.SourceRow{Evidence: d.Row.Evidence, Line: d.Row.Line}
		}
		r.Decisions = append(r.Decisions, decision)
	}
	return r
}

// returnElement says what the file is said to hold, to be held against the authority.
type returnElement struct {
	DataTypes   []policy.DataType `json:"dataTypes"`
	Identifiers []string          `json:"identifiers"`
	From        time.Time         `json:"from"`
	Until       time.Time         `json:"until"`
	ObtainedOn  policy.Date       `json:"obtainedOn"`
}

func (e returnElement) given() custody.Return {
	return custody.Return{DataTypes: e.DataTypes, Identifiers: e.Identifiers, From: e.From, Until: e.Until, ObtainedOn: e.ObtainedOn}
}

// decisionElement is an answer to a question about a source. An identifier in
// it is given a second time in again, or read from a row.
type decisionElement struct {
	Kind  string      `json:"kind"`
	Value string      `json:"value"`
	Why   string      `json:"why"`
	Again string      `json:"again"`
	Row   *rowElement `json:"row"`
}

type rowElement struct {
	Evidence ledger.EntryID `json:"evidence"`
	Line     int64          `json:"line"`
}

type runDocument struct {
	askDocument
	Step   string                `json:"step"`
	Title  string                `json:"title"`
	Inputs map[string]refElement `json:"inputs"`
	Data   []ledger.EntryID      `json:"data"` // instead of inputs: data sets, merged when there are several
	Cells  *ledger.EntryID       `json:"cells"`
	Params map[string]string     `json:"params"`
	Again  map[string]string     `json:"again"`
	Excess bool                  `json:"excess"` // with the events outside the scope, whose use was approved
}

type refElement struct {
	Entry ledger.EntryID `json:"entry"`
	Name  string         `json:"name"`
}

type produceDocument struct {
	askDocument
	Reference string                       `json:"reference"`
	Title     string                       `json:"title"`
	Run       ledger.EntryID               `json:"run"`
	Renderers []string                     `json:"renderers"`
	Params    map[string]map[string]string `json:"params"`
	Changed   string                       `json:"changed"`
	BaseMap   *ledger.EntryID              `json:"baseMap"`
}

type bundleDocument struct {
	askDocument
	Withhold map[uint64]string `json:"withhold"`
	Copy     copyElement       `json:"copy"`
}

// proofElement is what a client keeps of an entry.
type proofElement struct {
	Entry           ledger.EntryID  `json:"entry"`
	Chain           ledger.ChainID  `json:"chain"`
	N               uint64          `json:"n"`
	Index           ledger.Index    `json:"index"`
	Commitment      string          `json:"commitment"`
	Acknowledgement json.RawMessage `json:"acknowledgement,omitempty"`
	Receipt         string          `json:"receipt,omitempty"`
	Waiting         string          `json:"waiting,omitempty"`
}

func proof(p custody.Proof) proofElement {
	return proofElement{
		Entry: p.Entry, Chain: p.Placed.Chain, N: p.Placed.N, Index: p.Placed.Index,
		Commitment: p.Placed.Commitment.String(), Acknowledgement: p.Ack, Receipt: string(p.Receipt), Waiting: p.Waiting,
	}
}

func proofs(list []custody.Proof) []proofElement {
	out := make([]proofElement, len(list))
	for i, p := range list {
		out[i] = proof(p)
	}
	return out
}

type outputElement struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

func outputs(list []custody.Output) []outputElement {
	out := make([]outputElement, len(list))
	for i, o := range list {
		out[i] = outputElement{o.Name, o.SHA256.String(), o.Size}
	}
	return out
}

type openedDocument struct {
	Case       custody.CaseID `json:"case"`
	WorkChain  ledger.ChainID `json:"workChain"`
	ReadsChain ledger.ChainID `json:"readsChain"`
	Opened     proofElement   `json:"opened"`
}

type recordedDocument struct {
	Authority ledger.EntryID `json:"authority"`
	Proof     proofElement   `json:"proof"`
}

type receivedDocument struct {
	Evidence proofElement      `json:"evidence"`
	Dataset  proofElement      `json:"dataset"`
	Rows     proofElement      `json:"rows"`
	Decided  []proofElement    `json:"decided"`
	SHA256   string            `json:"sha256"`
	Size     int64             `json:"size"`
	Balance  ledger.RowBalance `json:"balance"`
	Report   json.RawMessage   `json:"report"`
}

type ranDocument struct {
	Proof   proofElement      `json:"proof"`
	Balance ledger.RowBalance `json:"balance"`
	Caveats []string          `json:"caveats"`
	Outputs []outputElement   `json:"outputs"`
	// Warnings say for what an exhibit of the run would be refused.
	Warnings []string `json:"warnings"`
}

type producedDocument struct {
	Proof     proofElement      `json:"proof"`
	Reference string            `json:"reference"`
	Version   int               `json:"version"`
	Files     []outputElement   `json:"files"`
	Balance   ledger.RowBalance `json:"balance"`
}

type checkedDocument struct {
	Proof proofElement `json:"proof"`
	Steps []string     `json:"steps"`
}

// decode reads one strict JSON document.
func decode(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		var refused *echo.HTTPError
		switch {
		case errors.As(err, &refused): // too long, which shows while it is read
			return err
		case errors.Is(err, os.ErrDeadlineExceeded):
			return fmt.Errorf("the request did not come whole: send it again: %w", custody.ErrPushback)
		}
		return fmt.Errorf("the request is not the JSON document expected here (%w): %w", err, custody.ErrInvalid)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("there is something after the JSON document: %w", custody.ErrInvalid)
	}
	return nil
}

func orZero(id *ledger.EntryID) ledger.EntryID {
	if id == nil {
		return ledger.EntryID{}
	}
	return *id
}
