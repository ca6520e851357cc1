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
	// first did. Shape: random, at least 16 characters, at best as of NewRequestID; empty = one is made.
	RequestID string
	// Purpose is why this is asked, in the asker's words, for the record of consultations.
	Purpose string
	// For is what it is used for; empty = the investigation.
	For policy.Purpose
}

// Proof is what a client keeps of what was appended for it.
type Proof struct {
	Entry   ledger.EntryID
	Placed  Placed
	Ack     []byte // the signed acknowledgement
	Receipt []byte // the C2SP tlog-proof; nil where only the acknowledgement is waited for
	Waiting string // why there is no receipt yet although it was waited for, in words
}

// Person is someone who may ask, as the record has them.
type Person struct {
	ID    string
	Name  string
	Roles []string
}

// InitRequest founds a log.
type InitRequest struct {
	First   Person            // the first administrator, enrolled by the service itself
	Public  *ledger.PublicKey // of a key that they keep; nil = the service makes and holds one
	Release string            // name of the policy release in force
	Follows *Continued        // the log that this one continues
	// CoSigners is the digest of the policy of co-signers; nil when nobody is asked.
	CoSigners *ledger.Digest
}

// Enrol gives a person a key and roles.
type Enrol struct {
	Ask
	Person  Person
	Public  *ledger.PublicKey // of a key that they keep; nil = the service makes and holds one
	Qualify                   // what they are competent and vetted for, recorded right after; empty = nothing is recorded
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
	Assigned  []string       // ids of the people who work on it
	Marking   policy.Marking // empty = official-sensitive
}

// OpenedCase is a case as it was opened.
type OpenedCase struct {
	Case       CaseID
	WorkChain  ledger.ChainID
	ReadsChain ledger.ChainID
	Registered Proof // on the organisation's chain
	Opened     Proof // entry 1 of the work chain
}

// Decision is an analyst's recorded answer to a question that a source file
// leaves open, such as whose records they are when a column was rounded by a
// spreadsheet. Who answers is the one who asks for the import.
// Shape: Kind is one that the source step knows, such as assert-subject. An
// identifier that was typed in is typed Again, or read from a Row.
type Decision struct {
	Kind  string
	Value string
	Why   string
	Again string
	Row   *SourceRow
}

// SourceRow is one line of a file that was received.
// Shape: Line counts from 1, as a spreadsheet shows it.
type SourceRow struct {
	Evidence ledger.EntryID
	Line     int64
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

// Reading says how a file is to be read.
type Reading struct {
	Source    string            // name of the source step; empty = the one for the kind of file
	Profile   []byte            // mapping profile (YAML); empty = the built-in one that fits
	Decisions []Decision        //
	Params    map[string]string // of the source step
	Sites     ledger.EntryID    // evidence with the table of sites, for a profile that wants it in a file of its own
	Below     ledger.EntryID    // data set of another base map, under this one
}

// Receive takes in one file as evidence.
type Receive struct {
	Ask
	Reading
	Case      CaseID
	Item      string // exhibit reference of the file, such as NET/3
	FileName  string
	From      string // who handed it over
	Return    Return
	Content   io.Reader
	Upload    string `asked:"-"` // instead of Content: an upload of the asker, which is taken away when it is on record
	Authority ledger.EntryID
	// Reference marks a file that holds no communications data: CellTable or
	// BaseMap. It needs no authority; Return and Authority stay empty.
	Reference string
	Credit    string // the line that the publisher of such a file asks for
	// Extracted takes the file from an extraction that is in the record. What it is
	// called, who handed it over, what it holds and its authority stand there: those
	// fields stay empty.
	Extracted *ExtractedFile
}

// The kinds of reference file.
const (
	CellTable = "cell-table"
	BaseMap   = "base-map"
	// Opaque is a file of an item, such as a recording: kept whole and never read.
	Opaque = "opaque"
)

// Normalise makes a data set from evidence that was received before.
type Normalise struct {
	Ask
	Reading
	Case      CaseID
	Evidence  ledger.EntryID
	From      string         // who handed it over; it stands in the record and cannot be another
	Return    Return         // what is left out is taken from the record of the receiving
	Authority ledger.EntryID // zero: the one it was received under
}

// Received is what became of a file.
type Received struct {
	Evidence Proof // evidence-received
	Dataset  Proof // dataset-normalised; zero entry when the file could not be read
	Rows     Proof // rows-committed
	Decided  []Proof
	Item     string        // of the evidence, as it stands in the record
	FileName string        // likewise
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
// Shape: Inputs and Data are two ways of saying what it works on. Data are data
// sets by their entries: several are merged first, and Cells, a cell table, is
// joined to them.
type Run struct {
	Ask
	Case   CaseID
	Step   string                // name, or name@version
	Title  string                // the question asked
	Inputs map[string]PayloadRef // by the step's input ports; an empty Name is the port's
	Data   []ledger.EntryID
	Cells  ledger.EntryID
	Params map[string]string
	// Again repeats the parameters that hold typed identifiers which occur in no
	// row of the data.
	Again map[string]string
	// Excess brings in the events of Data that lie outside the scope of their
	// authority; their use must have been approved.
	Excess bool

	given []ledger.Dependency // inputs that the service writes itself
}

// Ran is a finished run.
type Ran struct {
	Proof
	Balance ledger.RowBalance
	Caveats []string // ids of the caveats; empty of a repeated request
	Outputs []Output
	// Warnings say for what an exhibit of this run would be refused, in words.
	Warnings []string
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
	BaseMap   ledger.EntryID               // what base-map@1 made of a base map; zero = none

	CellDate     string // day for which the cell details are right, if they were given
	Survey       string // whether a radio survey was made, as a sentence
	Expert       string // who gives the opinion in it, as a sentence; empty = an exhibit of fact
	Attributions []analysis.Attribution
	Places       []render.Place
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
	Copy     CopyTerms         // who gets it; nothing = the asker
}

// Packed is a bundle that was written.
type Packed struct {
	Proof
	Copy     IssuedCopy // under which it leaves
	Checked  bool       // a second person has checked the exhibit
	Manifest ledger.Digest
	Size     int64
	SHA256   ledger.Digest
	// Unstamped says which authorities of time gave no stamp, and why.
	Unstamped []string
}

// Preview asks what a file would become. No data set is recorded; that
// somebody looked is.
// Shape: Evidence is a file that was received; when it is zero, Content is read
// and not kept.
type Preview struct {
	Ask
	Reading
	Case     CaseID
	Evidence ledger.EntryID
	FileName string
	Content  io.Reader
	// Extracted is read, and not kept, when both are empty. It is asked for like an
	// import: nobody has held it against its authority yet.
	Extracted *ExtractedFile
	Rows      int // how many rows are shown from either end; 0 = 20
	// Aside is called for every row that would be set aside, in the order of the
	// file; nil leaves them out.
	Aside func(AsideRow) error
}

// Previewed is what the preview found.
// Shape: First and Last are rows of the table of events as it would be, under
// Header; Last begins after First.
type Previewed struct {
	SHA256  ledger.Digest
	Size    int64
	Matches []Match // the two built-in profiles that fit best, best first
	Profile string  // the profile that was used: its name and version
	Header  []string
	First   [][]string
	Last    [][]string
	Balance ledger.RowBalance
	// OutsideBy and SetAsideBy count the rows by rule.
	OutsideBy, SetAsideBy []analysis.RuleCount
	Report                []byte
}

// AsideRow is one row that would be set aside, beside its raw text.
type AsideRow struct {
	Row    int64
	Offset int64
	Reason string
	Column string
	Raw    string
}

// Match is a built-in profile that fits a file, with the evidence for it.
type Match struct {
	Profile  string
	Title    string
	Score    int
	Evidence []string
}

// ReadExhibit asks for one file of an exhibit.
type ReadExhibit struct {
	Ask     // Purpose must be there
	Case    CaseID
	Exhibit ledger.EntryID
	File    string
	Copy    CopyTerms // who gets it; nothing = the asker
}
