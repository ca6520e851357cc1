package custody

import (
	"io"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/render"
	"custos.example/ledger"
	"custos.example/policy"
)

// Actor is the person who asks, and in which of their roles.
// Shape: Role may be empty: then the first role of the person that the policy
// accepts is taken, and recorded.
type Actor struct {
	ID   string
	Role string
}

// Ask is what every request carries.
type Ask struct {
	// RequestID makes a repeated request harmless: the second finds what the
	// first did. Shape: random, at least 16 characters; empty = one is made.
	RequestID string
	// Purpose is why this is asked, for the record of consultations.
	Purpose string
}

// Proof is what a client keeps of what was appended for it.
type Proof struct {
	Entry   ledger.EntryID
	Placed  Placed
	Ack     []byte // the signed acknowledgement
	Receipt []byte // the C2SP tlog-proof; nil where only the acknowledgement is waited for
}

// Person is someone who may ask, as the record has them.
type Person struct {
	ID    string
	Name  string
	Roles []string
}

// InitRequest founds a log.
type InitRequest struct {
	First   Person // the first administrator, enrolled by the service itself
	Release string // name of the policy release in force
}

// Enrol gives a person a key and roles.
type Enrol struct {
	Ask
	Person Person
}

// Revoke ends the use of a person's key.
type Revoke struct {
	Ask
	Person string
	Reason string
}

// OpenCase opens a case.
type OpenCase struct {
	Ask
	Reference string
	Title     string
	Assigned  []string // ids of the people who work on it
}

// OpenedCase is a case as it was opened.
type OpenedCase struct {
	Case       CaseID
	WorkChain  ledger.ChainID
	ReadsChain ledger.ChainID
	Registered Proof // on the organisation's chain
	Opened     Proof // entry 1 of the work chain
}

// RecordAuthority records an authority, or a change of one.
type RecordAuthority struct {
	Ask
	Case      CaseID
	Authority policy.Authority // ID, Case and RecordedBy are filled in here
	Amends    ledger.EntryID   // the entry that first recorded it; zero = a new one
}

// RecordedAuthority is what was recorded.
type RecordedAuthority struct {
	Proof
	Authority ledger.EntryID // by which imports refer to it: of an amendment, the first entry
}

// Decision is an analyst's recorded answer to a question that a source file
// leaves open, such as whose records they are when a column was rounded by a
// spreadsheet. Who answers is the one who asks for the import.
// Shape: Kind is one that the source step knows, such as assert-subject.
type Decision struct {
	Kind  string
	Value string
	Why   string
}

// Return says what an operator's return is said to hold, so that it can be
// held against the authority before anything is kept.
// Units: From and Until are the first and the last instant asked for.
type Return struct {
	DataTypes   []policy.DataType
	Identifiers []string // whose records they are
	From        time.Time
	Until       time.Time
	ObtainedOn  policy.Date // day on which the operator gave it
}

// Receive takes in one file as evidence.
type Receive struct {
	Ask
	Case      CaseID
	Item      string // exhibit reference of the file, such as NET/3
	FileName  string
	From      string // who handed it over
	Return    Return
	Content   io.Reader
	Source    string // name of the source step; empty = source-csv
	Profile   []byte // mapping profile (YAML)
	Decisions []Decision
	Authority ledger.EntryID
}

// Normalise makes a data set from evidence that was received before.
type Normalise struct {
	Ask
	Case      CaseID
	Evidence  ledger.EntryID
	Return    Return
	Source    string
	Profile   []byte
	Decisions []Decision
	Authority ledger.EntryID
}

// Received is what became of a file.
type Received struct {
	Evidence Proof // evidence-received
	Dataset  Proof // dataset-normalised; zero entry when the file could not be read
	Rows     Proof // rows-committed
	Decided  []Proof
	SHA256   ledger.Digest // of the file
	Size     int64
	RowsRoot ledger.Digest
	RowCount uint64
	Balance  ledger.RowBalance
	Report   []byte // canonical JSON of the source step
}

// PayloadRef names a payload by the entry that produced it and its name there.
type PayloadRef struct {
	Entry ledger.EntryID
	Name  string
}

// Run runs one analysis.
type Run struct {
	Ask
	Case   CaseID
	Step   string                // name, or name@version
	Title  string                // the question asked
	Inputs map[string]PayloadRef // by the step's input ports; an empty Name is the port's
	Params map[string]string
}

// Ran is a finished run.
type Ran struct {
	Proof
	Balance ledger.RowBalance
	Caveats []string // ids of the caveats; empty of a repeated request
	Outputs []Output
}

// Output is one payload that was produced.
type Output struct {
	Name   string
	Digest ledger.DigestSet
	SHA256 ledger.Digest
	Size   int64
}

// Produce renders a run as an exhibit.
type Produce struct {
	Ask
	Case      CaseID
	Reference string // such as JAS/1
	Title     string
	Run       ledger.EntryID
	Renderers []string                     // names of renderers; empty = every one that fits the run
	Params    map[string]map[string]string // by renderer
	Changed   string                       // what has changed since the last version; needed from the second on

	CellDate     string // day for which the cell details are right, if they were given
	Survey       string // whether a radio survey was made, as a sentence
	Attributions []render.Attribution
}

// Produced is an exhibit that stands in the record.
type Produced struct {
	Proof
	Reference string
	Version   int
	Renders   []Proof // the rendering runs
	Files     []Output
	Balance   ledger.RowBalance
}

// Check is a second person's check of an exhibit.
type Check struct {
	Ask
	Case    CaseID
	Exhibit ledger.EntryID
}

// Checked is what the check found.
type Checked struct {
	Proof
	Steps []CheckedStep
}

// CheckedStep is one step that was made again in the module.
type CheckedStep struct {
	Entry ledger.EntryID
	Step  string
}

// Pack makes the bundle of an exhibit.
type Pack struct {
	Ask
	Case     CaseID
	Exhibit  ledger.EntryID
	Withhold map[uint64]string // numbers of the work chain, with the reason
}

// Packed is a bundle that was written.
type Packed struct {
	Proof
	Manifest ledger.Digest
	Size     int64
	SHA256   ledger.Digest
}

// Preview is what a file would become. Nothing is kept and nothing is recorded
// but that somebody looked.
type Preview struct {
	Ask
	Case      CaseID
	FileName  string
	Content   io.Reader
	Source    string
	Profile   []byte
	Decisions []Decision
	Authority ledger.EntryID
}

// Previewed is what the preview found.
type Previewed struct {
	SHA256  ledger.Digest
	Size    int64
	Balance analysis.Balance
	Report  []byte
}

// ReadExhibit asks for one file of an exhibit.
type ReadExhibit struct {
	Ask     // Purpose must be there
	Case    CaseID
	Exhibit ledger.EntryID
	File    string
}
