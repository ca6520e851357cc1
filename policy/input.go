package policy

import "time"

// Time is an instant. Shape: 2026-11-21T21:04:05.123Z, UTC, exactly
// milliseconds, so that text order is time order.
type Time string

// NoEnd stands where a thing has no end.
const NoEnd Time = "9999-12-31T23:59:59.999Z"

const timeLayout = "2006-01-02T15:04:05.000Z"

// At returns t in UTC, cut to milliseconds; the zero time gives NoEnd.
func At(t time.Time) Time {
	if t.IsZero() {
		return NoEnd
	}
	return Time(t.UTC().Format(timeLayout))
}

// Date is a civil date in the United Kingdom, as an authority bears it.
// Shape: 2026-11-21, or NoDate.
type Date string

// NoDate stands where a thing has not happened.
const NoDate Date = "none"

// Input is every fact that a decision rests on.
// Shape: the sections that an action needs are present, the others absent;
// within a section every field is required, and lists are sorted and hold
// nothing twice. Only an import may lack its authority: it is then denied.
type Input struct {
	Action    Action     `json:"action"`
	Actor     Actor      `json:"actor"`
	AsOf      uint64     `json:"asOf"` // size of the log that the facts were read at
	Authority *Authority `json:"authority,omitempty"`
	Case      *Case      `json:"case,omitempty"`
	Dataset   *Dataset   `json:"dataset,omitempty"`
	Erasure   *Erasure   `json:"erasure,omitempty"`
	Exhibit   *Exhibit   `json:"exhibit,omitempty"`
	Now       Time       `json:"now"`
	Person    *Person    `json:"person,omitempty"`
	Request   *Request   `json:"request,omitempty"`
	Source    *Source    `json:"source,omitempty"`
}

// Actor is the person who asks.
type Actor struct {
	ID    string `json:"id"`
	Role  Role   `json:"role"`  // the role in which they ask; empty, and so refused, when they have none
	Roles []Role `json:"roles"` // all in force; sorted; empty when none or when the key is revoked
	Until Time   `json:"until"` // earliest end of enrolment, role and key; NoEnd
}

// Case is the case in which something is asked.
type Case struct {
	Assigned []Assignment `json:"assigned"`
	ID       string       `json:"id"`
}

// Assignment says that a person works on a case from From until before Until.
type Assignment struct {
	Actor string `json:"actor"`
	From  Time   `json:"from"`
	Until Time   `json:"until"` // NoEnd when open
}

// Authority is the legal authority on which a return was obtained.
type Authority struct {
	Applicant              string     `json:"applicant"`              // id or name of who applied
	CancelledOn            Date       `json:"cancelledOn"`            // NoDate when it was not
	Case                   string     `json:"case"`                   // the case it was recorded in
	DataTypes              []DataType `json:"dataTypes"`              // kinds of data it covers; sorted
	Form                   Form       `json:"form"`                   // how it was given
	From                   Time       `json:"from"`                   // of the data asked for
	GrantedOn              Date       `json:"grantedOn"`              // first day of its first period
	Granter                string     `json:"granter"`                // id or name of who granted it
	GranterRank            Rank       `json:"granterRank"`            //
	ID                     string     `json:"id"`                     // entry that recorded it
	Identifiers            []string   `json:"identifiers"`            // numbers and the like it covers; sorted
	IndependenceException  bool       `json:"independenceException"`  // a reason and, unless urgent, a report are on record
	Instrument             Instrument `json:"instrument"`             //
	NoticeGivenOn          Date       `json:"noticeGivenOn"`          // to the operator; NoDate when there was none
	OperatorHeldWithinTime bool       `json:"operatorHeldWithinTime"` // RIPA notice: the operator had the data within the period
	PublicAuthority        string     `json:"publicAuthority"`        // one of the policy's table, such as territorial-police
	Purpose                string     `json:"purpose"`                // letter of the paragraph, "a" to "h"
	RecordedBy             string     `json:"recordedBy"`             // actor who recorded it
	Reference              string     `json:"reference"`              // URN
	Regime                 Regime     `json:"regime"`                 //
	Renewals               []Date     `json:"renewals"`               // days on which it was renewed; in order, at most six
	Route                  Route      `json:"route"`                  // the power used
	SeriousCrime           Serious    `json:"seriousCrime"`           // why the crime is serious, if it is
	Until                  Time       `json:"until"`                  // of the data asked for
	Use                    Use        `json:"use"`                    // what it was granted for
}

// Regime is the Act under which an authority was granted.
type Regime string

// The two regimes.
const (
	RIPA Regime = "RIPA-2000"
	IPA  Regime = "IPA-2016"
)

// Route is the power within the regime.
type Route string

// The routes: two of RIPA 2000, three of IPA 2016.
const (
	Route22Authorisation Route = "22(3)"
	Route22Notice        Route = "22(4)"
	Route60A             Route = "60A"
	Route61              Route = "61"
	Route61A             Route = "61A"
)

// Instrument is what was given to obtain the data.
type Instrument string

// The two instruments.
const (
	Authorisation Instrument = "authorisation"
	Notice        Instrument = "notice"
)

// DataType is a class of communications data in the words of its regime.
type DataType string

// The classes: three of RIPA 2000 s.21(4), two of IPA 2016 s.261.
const (
	Traffic    DataType = "traffic"
	ServiceUse DataType = "service-use"
	Subscriber DataType = "subscriber"
	Events     DataType = "events"
	Entity     DataType = "entity"
)

// Rank is the rank or office of the granter.
type Rank string

// The ranks that the rules tell apart; a higher police rank is superintendent.
const (
	InspectorRank      Rank = "inspector"
	SuperintendentRank Rank = "superintendent"
	CommissionerRank   Rank = "commissioner-delegate" // decides for the Investigatory Powers Commissioner
	OtherRank          Rank = "other"
)

// Form is how an authority was given.
type Form string

// The forms.
const (
	Written      Form = "written"
	OralRecorded Form = "oral-recorded"
	NoForm       Form = "none"
)

// Serious says on which ground a crime is serious.
type Serious string

// The grounds of IPA 2016 ss.263(1) and 86(2A), and none.
const (
	NotSerious      Serious = "none"
	Serious263      Serious = "s263"
	Serious12Months Serious = "12-months"
	SeriousBody     Serious = "body-corporate"
	SeriousSending  Serious = "communication"
	SeriousPrivacy  Serious = "privacy"
)

// Use is what an authority was granted for.
type Use string

// The uses.
const (
	Operation       Use = "operation"
	UrgentOperation Use = "urgent-operation"
	Testing         Use = "testing"
)

// Source is the file that an import brings in.
type Source struct {
	DataTypes   []DataType `json:"dataTypes"`   // every class in it; one events column is enough; sorted
	From        Time       `json:"from"`        // first instant asked for
	Identifiers []string   `json:"identifiers"` // whose records they are; sorted
	Item        string     `json:"item"`        // exhibit reference, such as NET/3
	ObtainedOn  Date       `json:"obtainedOn"`  // day on which the operator gave it
	Until       Time       `json:"until"`       // last instant asked for
}

// Dataset is data that is to be read or worked on.
type Dataset struct {
	ID     string `json:"id"`
	Status Status `json:"status"`
}

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
	Hold      string       `json:"hold"`      // names of the holds in force on the case; NoHold
	NotBefore Time         `json:"notBefore"` // nothing is erased earlier
	Order     string       `json:"order"`     // entry of the order; NoOrder before there is one
	OrderedBy string       `json:"orderedBy"` // who gave it
	State     ErasureState `json:"state"`
}

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

// Exhibit is an exhibit that is to be signed off or packed.
type Exhibit struct {
	Content  Content `json:"content"`
	ID       string  `json:"id"`
	Producer string  `json:"producer"`
}

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

// Request is why it is asked.
type Request struct {
	Purpose string `json:"purpose"`
}
