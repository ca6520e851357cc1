package policy

import "slices"

// Authority is the legal authority on which data was obtained.
// Shape: where a field has no meaning for a regime, it bears its word for
// nothing: "none", "unstated", NoDate or false.
type Authority struct {
	Applicant                string               `json:"applicant"`                // id or name of who applied
	Application              string               `json:"application"`              // entry of the application; NoEntry
	ApprovedByCommissionerOn Date                 `json:"approvedByCommissionerOn"` // IPA 2016 s.77; NoDate
	ApprovedByJusticeOn      Date                 `json:"approvedByJusticeOn"`      // RIPA 2000 s.23A; NoDate
	CancelledOn              Date                 `json:"cancelledOn"`              // NoDate when it was not
	Case                     string               `json:"case"`                     // the case it was recorded in
	Collaboration            bool                 `json:"collaboration"`            // an agreement lets other authorities receive the data
	ConnectionRecords        Condition            `json:"connectionRecords"`        // the condition of IPA 2016 s.62; NoRecords
	ConsultationException    Consultation         `json:"consultationException"`    // why no SPoC was consulted in time
	DataTypes                []DataType           `json:"dataTypes"`                // kinds of data it covers; sorted
	DiscloseTo               []Recipient          `json:"discloseTo"`               // whom a notice lets have the data; sorted by name
	DisclosureManner         bool                 `json:"disclosureManner"`         // a notice says how the data is to be disclosed
	Form                     Form                 `json:"form"`                     // how it was given
	From                     Time                 `json:"from"`                     // of the data asked for
	GrantedOn                Date                 `json:"grantedOn"`                // first day of its first period
	Granter                  string               `json:"granter"`                  // id or name of who granted it
	GranterInLine            bool                 `json:"granterInLine"`            // the granter is in the applicant's line of management
	GranterRank              Rank                 `json:"granterRank"`              //
	ID                       string               `json:"id"`                       // entry that recorded it
	Identifiers              []string             `json:"identifiers"`              // numbers and the like it covers; sorted
	IdentifiesSource         bool                 `json:"identifiesSource"`         // it is to identify or confirm a journalistic source
	IndependenceException    Independence         `json:"independenceException"`    // why the granter was not independent
	Instrument               Instrument           `json:"instrument"`               //
	NoticeGivenOn            Date                 `json:"noticeGivenOn"`            // to the operator; NoDate when there was none
	OperatorHeldWithinTime   bool                 `json:"operatorHeldWithinTime"`   // RIPA notice: the operator had the data within the period
	Profession               Profession           `json:"profession"`               // sensitive profession of anyone it is about
	ProfessionConsidered     bool                 `json:"professionConsidered"`     // what was considered about it is on record
	PublicAuthority          string               `json:"publicAuthority"`          // one of the policy's table, such as territorial-police
	Purpose                  string               `json:"purpose"`                  // letter of the paragraph, "a" to "h"; NoLetter
	RecordedBy               string               `json:"recordedBy"`               // actor who recorded it
	Reference                string               `json:"reference"`                // URN
	Regime                   Regime               `json:"regime"`                   //
	Renewals                 []Date               `json:"renewals"`                 // days on which it was renewed; in order, at most six
	ReportedToCommissioner   bool                 `json:"reportedToCommissioner"`   // that the granter was not independent
	RetainUntil              Date                 `json:"retainUntil"`              // its records are kept at least until then; NoDate
	Route                    Route                `json:"route"`                    // the power used
	ScopeStated              bool                 `json:"scopeStated"`              // it describes the conduct or the data
	SeriousCrime             Serious              `json:"seriousCrime"`             // why the crime is serious, if it is
	SPoC                     string               `json:"spoc"`                     // id or name of the single point of contact; NoEntry
	SPoCConsultedOn          Date                 `json:"spocConsultedOn"`          // NoDate
	Stated                   []ApplicationElement `json:"stated"`                   // what the application holds; sorted
	Until                    Time                 `json:"until"`                    // of the data asked for
	UrgentConfirmedOn        Date                 `json:"urgentConfirmedOn"`        // an urgent oral grant was put in writing; NoDate
	UrgentGround             Urgency              `json:"urgentGround"`             //
	Use                      Use                  `json:"use"`                      // what it was granted for
}

// NoEntry stands where nothing is named.
const NoEntry = "none"

// NoLetter stands where a purpose has no letter.
const NoLetter = "none"

// Recipient is somebody to whom a notice lets data be disclosed.
type Recipient struct {
	Name            string `json:"name"`
	PublicAuthority string `json:"publicAuthority"`
}

// Regime is the Act under which an authority was granted.
type Regime string

// The two regimes of communications data, and the other bases on which material
// is obtained.
const (
	RIPA     Regime = "RIPA-2000"
	IPA      Regime = "IPA-2016"
	PACE     Regime = "PACE-1984"
	PCSC     Regime = "PCSC-2022"
	ANPR     Regime = "ANPR"
	Overseas Regime = "COPO-2019"
)

// Route is the power within the regime.
type Route string

// The routes: two of RIPA 2000, three of IPA 2016, and those of the other bases.
const (
	Route22Authorisation Route = "22(3)"
	Route22Notice        Route = "22(4)"
	Route60A             Route = "60A"
	Route61              Route = "61"
	Route61A             Route = "61A"
	RoutePACE8           Route = "PACE-8"
	RoutePACE19          Route = "PACE-19"
	RoutePACE20          Route = "PACE-20"
	RoutePACE22          Route = "PACE-22"
	RoutePACESch1        Route = "PACE-Sch1"
	RouteCJPA50          Route = "CJPA-50"
	RoutePCSC37          Route = "PCSC-37"
	RoutePCSC41          Route = "PCSC-41"
	RouteANPR            Route = "NASPLE"
	RouteOverseas        Route = "overseas-order"
)

// Instrument is what was given to obtain the data.
type Instrument string

// The instruments: two of communications data, and those of the other bases.
const (
	Authorisation   Instrument = "authorisation"
	Notice          Instrument = "notice"
	Warrant         Instrument = "warrant"
	ProductionOrder Instrument = "production-order"
	Seizure         Instrument = "seizure"
	Agreement       Instrument = "agreement"
	AccessGrant     Instrument = "access-grant"
)

// DataType is a class of communications data in the words of its regime.
type DataType string

// The classes: three of RIPA 2000 s.21(4), two of IPA 2016 s.261, and what the
// other bases give.
const (
	Traffic    DataType = "traffic"
	ServiceUse DataType = "service-use"
	Subscriber DataType = "subscriber"
	Events     DataType = "events"
	Entity     DataType = "entity"
	Extraction DataType = "extraction"
	PlateReads DataType = "plate-reads"
)

// Rank is the rank or office of the granter.
type Rank string

// The ranks that the rules tell apart; a higher police rank is superintendent.
const (
	NoRank               Rank = "none" // it is not recorded
	InspectorRank        Rank = "inspector"
	SuperintendentRank   Rank = "superintendent"
	ConstableRank        Rank = "constable"             // a constable of any rank, where the power is theirs
	CommissionerRank     Rank = "commissioner-delegate" // decides for the Investigatory Powers Commissioner
	CommissionerInPerson Rank = "commissioner"          // the Commissioner, in person
	JusticeRank          Rank = "justice"               // a justice of the peace
	JudgeRank            Rank = "judge"
	PrescribedOffice     Rank = "prescribed-office" // of a local authority
	AuthorisedPersonRank Rank = "authorised-person" // who may take a voluntary agreement
	OtherRank            Rank = "other"
)

// Ranks returns all of them.
func Ranks() []Rank { return slices.Clone(ranks) }

var ranks = []Rank{
	NoRank, InspectorRank, SuperintendentRank, ConstableRank, CommissionerRank, CommissionerInPerson, JusticeRank, JudgeRank,
	PrescribedOffice, AuthorisedPersonRank, OtherRank,
}

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

// Condition is the condition on which internet connection records were obtained.
type Condition string

// The conditions of IPA 2016 s.62.
const (
	NoRecords         Condition = "none" // no such records
	ConditionUnstated Condition = "unstated"
	ConditionA        Condition = "A"
	ConditionB        Condition = "B"
	ConditionC        Condition = "C"
	ConditionD1       Condition = "D1"
	ConditionD2       Condition = "D2"
)

// Consultation says why no SPoC was consulted in time.
type Consultation string

// The exceptions: examples of IPA 2016 s.76(3), and others.
const (
	NoConsultation  Consultation = "none"
	ConsultThreat   Consultation = "imminent-threat"
	ConsultSecurity Consultation = "national-security"
	ConsultOther    Consultation = "other"
)

// Independence says why a granter was not independent.
type Independence string

// The exceptions.
const (
	NoIndependence    Independence = "none"
	IndependUrgent    Independence = "urgent"
	IndependSmallUnit Independence = "small-unit"
	IndependSecurity  Independence = "security"
)

// Profession is a sensitive profession.
type Profession string

// The professions; ProfessionUnstated means that nobody looked.
const (
	NoProfession       Profession = "none"
	ProfessionUnstated Profession = "unstated"
	Lawyer             Profession = "lawyer"
	Journalist         Profession = "journalist"
	Doctor             Profession = "doctor"
	Parliamentarian    Profession = "parliamentarian"
	Minister           Profession = "minister"
	OtherProfession    Profession = "other"
)

// Urgency is the ground of an urgent oral grant.
type Urgency string

// The grounds.
const (
	NoUrgency       Urgency = "none"
	ThreatToLife    Urgency = "threat-to-life"
	OperationalNeed Urgency = "operational-need"
	SecurityThreat  Urgency = "national-security"
)

// ApplicationElement is one of the things that an application holds.
type ApplicationElement string

// The elements, by the 2015 Code of Practice, para 3.5.
const (
	StatesApplicant       ApplicationElement = "applicant"
	StatesCollateral      ApplicationElement = "collateral"
	StatesConsequences    ApplicationElement = "consequences"
	StatesData            ApplicationElement = "data"
	StatesNecessity       ApplicationElement = "necessity"
	StatesOperation       ApplicationElement = "operation"
	StatesProportionality ApplicationElement = "proportionality"
	StatesPurpose         ApplicationElement = "purpose"
	StatesReference       ApplicationElement = "reference"
	StatesRelationship    ApplicationElement = "relationship"
	StatesTimescale       ApplicationElement = "timescale"
)

// ApplicationElements returns all of them, sorted.
func ApplicationElements() []ApplicationElement { return slices.Clone(elements) }

var elements = []ApplicationElement{
	StatesApplicant, StatesCollateral, StatesConsequences, StatesData, StatesNecessity, StatesOperation, StatesProportionality,
	StatesPurpose, StatesReference, StatesRelationship, StatesTimescale,
}
