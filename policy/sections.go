package policy

import "slices"

// Source is the file that an import brings in.
type Source struct {
	DataTypes   []DataType `json:"dataTypes"`   // every class in it; one events column is enough; sorted
	From        Time       `json:"from"`        // first instant asked for
	Identifiers []string   `json:"identifiers"` // whose records they are; sorted
	Item        string     `json:"item"`        // exhibit reference, such as NET/3
	Kind        SourceKind `json:"kind"`
	ObtainedOn  Date       `json:"obtainedOn"` // day on which the operator gave it
	Until       Time       `json:"until"`      // last instant asked for
}

// SourceKind says where a file comes from.
type SourceKind string

// The kinds of source.
const (
	OperatorReturn SourceKind = "operator-return"
	ExtractionFile SourceKind = "extraction"
	PlateReadFile  SourceKind = "anpr"
)

// Dataset is data that is to be read or worked on.
type Dataset struct {
	AllowedUses []Purpose `json:"allowedUses"` // beyond what it was obtained for, by a decision on record; sorted
	Flags       []Flag    `json:"flags"`       // sorted
	ID          string    `json:"id"`
	Marking     Marking   `json:"marking"`
	Named       []string  `json:"named"`    // ids of actors whom the senior responsible officer named to handle it; sorted
	Purpose     string    `json:"purpose"`  // letter for which it was obtained, or the regime of another basis; Unstated
	ServedTo    []string  `json:"servedTo"` // ids of actors to whom it was served; sorted
	Status      Status    `json:"status"`
}

// Flag marks material that only named people may handle.
type Flag string

// The flags.
const (
	Collateral   Flag = "collateral" // asked for by places: most of its people are third parties
	Journalistic Flag = "journalistic"
	Privileged   Flag = "privileged"
)

// Status says whether data may be worked on.
type Status string

// The states of data.
const (
	Clean       Status = "clean"
	Excess      Status = "excess"
	Quarantined Status = "quarantined"
)

// Erasure is a lawful disposal, as far as it has come.
type Erasure struct {
	ApprovedBy  string       `json:"approvedBy"`  // who approved it; NoEntry
	Basis       ErasureBasis `json:"basis"`       // why it may be erased
	Hold        string       `json:"hold"`        // names of the holds in force on the case; NoHold
	KeptUntil   Date         `json:"keptUntil"`   // last day for which the rules of retention in force keep the case; NoDate, OpenDay
	NotBefore   Time         `json:"notBefore"`   // nothing is erased earlier
	Order       string       `json:"order"`       // entry of the order; NoOrder before there is one
	OrderedBy   string       `json:"orderedBy"`   // who gave it
	OutcomeBy   string       `json:"outcomeBy"`   // who recorded how the case stands or ended; NoEntry
	RetainUntil Date         `json:"retainUntil"` // latest day until which the records of an authority keep any of it; NoDate
	Review      ReviewState  `json:"review"`      // of the retention of the case
	Reviewed    bool         `json:"reviewed"`    // whoever approved it said why it may go
	State       ErasureState `json:"state"`
}

// ErasureBasis is why something may be erased.
type ErasureBasis string

// The bases of an erasure.
const (
	RetentionEnded   ErasureBasis = "retention" // disposal: nothing keeps it any more, and a review says so
	CourtOrder       ErasureBasis = "court-order"
	DisclosedInError ErasureBasis = "disclosed-in-error"
	RightToErasure   ErasureBasis = "right-to-erasure"

	// TakenOver is the basis of a wipe: another log has it, by its receipt. Nobody orders on it.
	TakenOver ErasureBasis = "taken-over"

	// ItemEnds is the basis on which an item is given back or destroyed. Nobody orders on it.
	ItemEnds ErasureBasis = "item-ends"
)

// ErasureBases returns those of an order, disposal first.
func ErasureBases() []ErasureBasis { return slices.Clone(erasureBases) }

var erasureBases = []ErasureBasis{RetentionEnded, CourtOrder, DisclosedInError, RightToErasure}

// ReviewState says what the newest review of the retention of a case gives.
type ReviewState string

// The states of a review.
const (
	ReviewNone      ReviewState = "none"      // there is none
	ReviewStands    ReviewState = "stands"    // it says that the case may go, and nothing changed since
	ReviewOvertaken ReviewState = "overtaken" // the rules or the facts of the retention changed since
	ReviewRetains   ReviewState = "retains"   // it keeps the case
)

// NoHold says that no hold is in force.
const NoHold = "none"

// NoOrder stands for the entry of an order that is still asked for.
const NoOrder = "none"

// ErasureState says how far an erasure has come.
type ErasureState string

// The states of an erasure.
const (
	ErasureAsked     ErasureState = "asked"
	ErasureOrdered   ErasureState = "ordered"
	ErasureApproved  ErasureState = "approved"
	ErasureCancelled ErasureState = "cancelled"
	ErasureDone      ErasureState = "carried-out"
)

// Exhibit is an exhibit that is to be signed off, packed or handed on.
type Exhibit struct {
	Authors     []string `json:"authors"`     // who produced it and ran its analyses; sorted
	Categorised bool     `json:"categorised"` // of everyone it is about it is said what they are, if only that it is not known
	Checked     bool     `json:"checked"`     // signed off as it stands
	Checker     string   `json:"checker"`     // who signed it off; NoEntry
	Content     Content  `json:"content"`
	Defendant   string   `json:"defendant"` // reference of the defendant for whose defence a bundle of it is asked for; NoEntry
	Form        Depicts  `json:"form"`
	ID          string   `json:"id"`
	KindsStated bool     `json:"kindsStated"` // of every field it is said whether it is fact, derived or assessment
	Producer    string   `json:"producer"`
	Released    []string `json:"released"` // references of the defendants to whose defence that bundle was released; sorted
	ServedTo    []string `json:"servedTo"` // ids of actors to whom it was served; sorted
}

// Depicts says what an exhibit shows its content as.
type Depicts string

// The forms of exhibits.
const (
	ScheduleForm Depicts = "schedule"
	MapForm      Depicts = "map"
	ChartForm    Depicts = "chart"
	TableForm    Depicts = "table"
)

// Content says whether an exhibit goes beyond fact.
type Content string

// The two contents.
const (
	Fact    Content = "fact"
	Opinion Content = "opinion"
)

// Person is someone whose enrolment, roles or key are to be changed.
type Person struct {
	ID    string `json:"id"`
	Roles []Role `json:"roles"` // to be given; sorted
}

// Request is what is asked to be shown, and why.
type Request struct {
	First   uint64  `json:"first"`   // number of the first row; 0 when it is not about rows
	Last    uint64  `json:"last"`    // number of the last row
	Purpose Purpose `json:"purpose"` //
	Query   string  `json:"query"`   // digest of what else was asked, 64 hex digits; NoEntry
	Reason  string  `json:"reason"`  // in the asker's words; empty, and so refused, when none was given
	View    View    `json:"view"`
}

// Purpose is what data or records are used for.
type Purpose string

// The purposes. The four of DPA 2018 s.62(4) are those for which the record of
// decisions may be read.
const (
	Investigation       Purpose = "investigation"
	Prosecution         Purpose = "prosecution"
	Disclosure          Purpose = "disclosure"
	Inspection          Purpose = "inspection"
	Lawfulness          Purpose = "lawfulness"
	SelfMonitoring      Purpose = "self-monitoring"
	Integrity           Purpose = "integrity"
	CriminalProceedings Purpose = "criminal-proceedings"
	ErrorReview         Purpose = "error-review"
	Training            Purpose = "training"
	OtherPurpose        Purpose = "other"
)

// Purposes returns all of them.
func Purposes() []Purpose { return slices.Clone(purposes) }

var purposes = []Purpose{
	Investigation, Prosecution, Disclosure, Inspection, Lawfulness, SelfMonitoring, Integrity, CriminalProceedings, ErrorReview, Training,
	OtherPurpose,
}

// View is how much of what is asked for is shown.
type View string

// The views.
const (
	Rows   View = "rows"   // as they stand
	Masked View = "masked" // with third parties as tokens
	Totals View = "totals" // counts alone
)

// Permission is what one person asks of another beyond the rules.
type Permission struct {
	About     About           `json:"about"`
	AskedBy   string          `json:"askedBy"`
	DecidedBy string          `json:"decidedBy"` // NoEntry
	ID        string          `json:"id"`        // entry of the request; NoEntry before there is one
	State     PermissionState `json:"state"`
	Whom      string          `json:"whom"` // id of the actor for whom an inspection is opened; NoEntry
}

// About is what a permission is for.
type About string

// What can be asked for.
const (
	AboutExcess     About = "excess"
	AboutUnmasking  About = "unmasking"
	AboutFurtherUse About = "further-use"
	AboutInspection About = "inspection"
)

// PermissionState says how far a permission has come.
type PermissionState string

// The states of a permission.
const (
	PermissionAsked     PermissionState = "asked"
	PermissionApproved  PermissionState = "approved"
	PermissionRefused   PermissionState = "refused"
	PermissionWithdrawn PermissionState = "withdrawn"
)

// Copy is a numbered copy of material of a case.
type Copy struct {
	Agreement  bool      `json:"agreement"` // a contract or an agreement on sharing is named
	Country    string    `json:"country"`   // two letters, such as GB
	Flags      []Flag    `json:"flags"`     // of what it is made from, while it is asked for; sorted
	Holder     string    `json:"holder"`    // id of the actor who has it; NoEntry when it is somebody else
	Named      []string  `json:"named"`     // ids of actors who are named for all of that; sorted
	Number     uint64    `json:"number"`
	Of         string    `json:"of"`         // entry of what it is a copy of
	Outside    bool      `json:"outside"`    // it leaves the organisation
	Prosecutor bool      `json:"prosecutor"` // it goes to the prosecutor; asked only of what is sensitive
	Recipient  string    `json:"recipient"`
	ReviewOn   Date      `json:"reviewOn"`
	Sensitive  string    `json:"sensitive"` // entry on the sensitive schedule that would go with it, while it is asked for; NoEntry
	State      CopyState `json:"state"`
}

// CopyState says whether a copy is still there.
type CopyState string

// The states of a copy.
const (
	CopyAsked    CopyState = "asked"
	CopyIssued   CopyState = "issued"
	CopyDisposed CopyState = "disposed"
)

// Release is a set of rules that is to be approved or put in force.
type Release struct {
	ApprovedBy []Approval `json:"approvedBy"` // sorted by actor
	Author     string     `json:"author"`     // who proposed it
	Release    string     `json:"release"`    // its digest, 64 hex digits
}

// Approval is one person's approval.
type Approval struct {
	Actor string `json:"actor"`
	Role  Role   `json:"role"` // in which it was given
}
