package policy

import (
	"slices"
	"time"
)

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

// OpenDay stands where a day is to come and not known yet: it is behind every day.
const OpenDay Date = "9999-12-31"

// Input is every fact that a decision rests on.
// Shape: the sections that an action needs are present, the others absent;
// within a section every field is required, and lists are sorted and hold
// nothing twice. Only an import may lack its authority: it is then denied.
type Input struct {
	Action     Action      `json:"action"`
	Actor      Actor       `json:"actor"`
	AsOf       uint64      `json:"asOf"` // size of the log that the facts were read at
	Authority  *Authority  `json:"authority,omitempty"`
	Case       *Case       `json:"case,omitempty"`
	Copy       *Copy       `json:"copy,omitempty"`
	Dataset    *Dataset    `json:"dataset,omitempty"`
	Erasure    *Erasure    `json:"erasure,omitempty"`
	Exhibit    *Exhibit    `json:"exhibit,omitempty"`
	Now        Time        `json:"now"`
	Permission *Permission `json:"permission,omitempty"`
	Person     *Person     `json:"person,omitempty"`
	Release    *Release    `json:"release,omitempty"`
	Request    *Request    `json:"request,omitempty"`
	Source     *Source     `json:"source,omitempty"`
}

// Actor is the person who asks.
type Actor struct {
	Competencies    []Competence `json:"competencies"` // sorted by activity
	ID              string       `json:"id"`
	PublicAuthority string       `json:"publicAuthority"` // the organisation they belong to; Unstated
	Role            Role         `json:"role"`            // the role in which they ask; empty, and so refused, when they have none
	Roles           []Role       `json:"roles"`           // all in force; sorted; empty when none or when the key is revoked
	Until           Time         `json:"until"`           // earliest end of enrolment, role and key; NoEnd
	VettedUntil     Time         `json:"vettedUntil"`     // NoEnd also when the level is none
	Vetting         Vetting      `json:"vetting"`
}

// Unstated stands where nobody has said.
const Unstated = "unstated"

// Competence says that a person may do an activity from From until before Until.
type Competence struct {
	Activity Activity `json:"activity"`
	From     Time     `json:"from"`
	Until    Time     `json:"until"` // NoEnd when open
}

// Activity is something for which a person must be competent.
type Activity string

// The activities.
const (
	DataImport      Activity = "cdr-import"
	DataAnalysis    Activity = "cdr-analysis"
	SiteMapping     Activity = "cell-site-mapping"
	SiteOpinion     Activity = "cell-site-opinion"
	DisclosureWork  Activity = "disclosure"
	ExtractionWork  Activity = "extraction"
	EvidenceReading Activity = "evidence-reading"
)

// Activities returns all of them, sorted.
func Activities() []Activity { return slices.Clone(activities) }

var activities = []Activity{DataAnalysis, DataImport, SiteMapping, SiteOpinion, DisclosureWork, EvidenceReading, ExtractionWork}

// Vetting is the level to which a person is vetted.
type Vetting string

// The levels, the lowest first.
const (
	NotVetted        Vetting = "none"
	RecruitVetted    Vetting = "rv"
	ManagementVetted Vetting = "mv"
	SecurityCleared  Vetting = "sc"
	DevelopedVetted  Vetting = "dv"
)

// Vettings returns all levels, the lowest first.
func Vettings() []Vetting { return slices.Clone(vettings) }

var vettings = []Vetting{NotVetted, RecruitVetted, ManagementVetted, SecurityCleared, DevelopedVetted}

// Case is the case in which something is asked.
type Case struct {
	Assigned     []Assignment `json:"assigned"`
	ID           string       `json:"id"`
	Marking      Marking      `json:"marking"`
	Organisation string       `json:"organisation"` // code of the one to which it belongs; Unstated
	Shares       []Share      `json:"shares"`       // what of it is shared with the actor's organisation, if that is another; sorted
}

// Marking is a protective marking.
type Marking string

// The markings, the lowest first.
const (
	Official          Marking = "official"
	OfficialSensitive Marking = "official-sensitive"
	Secret            Marking = "secret"
)

// Markings returns all of them, the lowest first.
func Markings() []Marking { return slices.Clone(markings) }

var markings = []Marking{Official, OfficialSensitive, Secret}

// Assignment says that a person works on a case from From until before Until.
type Assignment struct {
	Actor string `json:"actor"`
	From  Time   `json:"from"`
	Until Time   `json:"until"` // NoEnd when open
}
