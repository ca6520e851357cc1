package custody

import (
	"bytes"
	"encoding/json"
	"fmt"

	"custos.example/ledger"
	"custos.example/policy"
)

// AuthorityFormat names the form of a recorded authority.
const AuthorityFormat = "custos/authority/v1"

// AuthorityDocument is what a recorded authority says: the authorisation or
// notice as it was given, or another basis on which material was obtained.
//
// Shape: a section that has no meaning for the power used is left out, and so is
// a day on which nothing has happened. Days are civil days in the United Kingdom;
// a time of the scope is such a day, or an instant. FieldGuide says each field.
// Source: domain of RIPA 2000 ss.22-23A, IPA 2016 ss.60A-77, PACE 1984, PCSC Act 2022.
type AuthorityDocument struct {
	Format          string            `json:"format"`
	Application     AppliedFor        `json:"application,omitempty"`
	Approvals       Approvals         `json:"approvals,omitempty"`
	Cancelled       Change            `json:"cancelled,omitempty"`
	Changed         string            `json:"changed,omitempty"` // why this state replaces the one before
	Collaboration   Answer            `json:"collaboration,omitempty"`
	Considered      string            `json:"considered,omitempty"` // how a sensitive profession was considered
	Granted         Granted           `json:"granted"`
	Granter         Granter           `json:"granter"`
	Instrument      policy.Instrument `json:"instrument"`
	Notice          GivenNotice       `json:"notice,omitempty"`
	Offence         Offence           `json:"offence,omitempty"`
	PublicAuthority string            `json:"publicAuthority"`
	Purpose         string            `json:"purpose,omitempty"`
	Reference       string            `json:"reference"`
	Regime          policy.Regime     `json:"regime"`
	Renewals        []Change          `json:"renewals,omitempty"`
	RetainUntil     policy.Date       `json:"retainUntil,omitempty"`
	Route           policy.Route      `json:"route"`
	Scope           Scope             `json:"scope"`
	SPoC            Consulted         `json:"spoc,omitempty"`
	Subjects        []DataSubject     `json:"subjects,omitempty"`
	Use             policy.Use        `json:"use,omitempty"`
}

// Answer is a yes or a no that somebody wrote down; empty when nobody did.
type Answer string

// The two answers.
const (
	Yes Answer = "yes"
	No  Answer = "no"
)

// AppliedFor names the application on which an authority was granted: by its
// entry where it is recorded in the case, else by what is known of it.
type AppliedFor struct {
	Applicant string                      `json:"applicant,omitempty"`
	Entry     string                      `json:"entry,omitempty"` // the very state that was decided on
	Reference string                      `json:"reference,omitempty"`
	States    []policy.ApplicationElement `json:"states,omitempty"`
}

// Approvals are what others had to approve before the grant took effect.
type Approvals struct {
	CommissionerOn        policy.Date `json:"commissionerOn,omitempty"` // a Judicial Commissioner's
	CommissionerReference string      `json:"commissionerReference,omitempty"`
	JusticeOn             policy.Date `json:"justiceOn,omitempty"` // a justice of the peace's
	JusticeReference      string      `json:"justiceReference,omitempty"`
}

// Change is a renewal or a cancellation.
type Change struct {
	By  string      `json:"by,omitempty"`
	On  policy.Date `json:"on,omitempty"`
	Why string      `json:"why,omitempty"`
}

// Granted says when and how an authority was given.
type Granted struct {
	ConfirmedOn  policy.Date    `json:"confirmedOn,omitempty"` // an oral grant, in writing
	Form         policy.Form    `json:"form"`
	On           policy.Date    `json:"on"`
	Time         string         `json:"time,omitempty"` // of that day, such as 14:35
	UrgentGround policy.Urgency `json:"urgentGround,omitempty"`
}

// Granter is who gave it, and how they stand to the investigation.
type Granter struct {
	Exception       policy.Independence `json:"exception,omitempty"`
	ExceptionReason string              `json:"exceptionReason,omitempty"`
	ID              string              `json:"id"`
	InLine          Answer              `json:"inLine,omitempty"` // of the applicant's management
	Office          string              `json:"office,omitempty"`
	Rank            policy.Rank         `json:"rank,omitempty"`
	Reported        Answer              `json:"reported,omitempty"` // the exception, to the Commissioner
}

// GivenNotice is the notice that an operator, or a person who is asked to agree,
// was given.
type GivenNotice struct {
	DiscloseTo     []policy.Recipient `json:"discloseTo,omitempty"`
	GivenOn        policy.Date        `json:"givenOn,omitempty"`
	HeldWithinTime Answer             `json:"heldWithinTime,omitempty"`
	Manner         string             `json:"manner,omitempty"`
}

// Offence is what is investigated, with the facts that make a crime serious.
// Units: MaximumMonths is the longest sentence for an adult, in months.
type Offence struct {
	BodyCorporate Answer `json:"bodyCorporate,omitempty"`
	MaximumMonths int    `json:"maximumMonths,omitempty"`
	Name          string `json:"name,omitempty"`
	Privacy       Answer `json:"privacy,omitempty"`
	Section263    Answer `json:"section263,omitempty"`
	Sending       Answer `json:"sending,omitempty"`
}

// Scope is what may be obtained.
type Scope struct {
	Categories        []string          `json:"categories,omitempty"` // of what a device holds: messages, photos
	ConnectionRecords policy.Condition  `json:"connectionRecords,omitempty"`
	DataTypes         []policy.DataType `json:"dataTypes"`
	From              string            `json:"from,omitempty"`
	Identifiers       []string          `json:"identifiers"`
	IdentifiesSource  Answer            `json:"identifiesSource,omitempty"`
	Until             string            `json:"until,omitempty"`
}

// Consulted is the single point of contact who advised on the application.
type Consulted struct {
	ConsultedOn     policy.Date         `json:"consultedOn,omitempty"`
	Exception       policy.Consultation `json:"exception,omitempty"`
	ExceptionReason string              `json:"exceptionReason,omitempty"`
	ID              string              `json:"id,omitempty"`
}

// DataSubject is one of those whom the data is about.
type DataSubject struct {
	Category   Category          `json:"category"`
	Identifier string            `json:"identifier"`
	Profession policy.Profession `json:"profession"`
}

// Category says how a person stands to the investigation.
type Category string

// The categories. NotAssessed says that nobody has looked; Unknown that somebody
// has, and it cannot be said.
const (
	Suspect     Category = "suspect"
	Victim      Category = "victim"
	Witness     Category = "witness"
	Complainant Category = "complainant"
	NextOfKin   Category = "next-of-kin"
	Vulnerable  Category = "vulnerable"
	Convicted   Category = "convicted"
	OtherPerson Category = "other"
	Unknown     Category = "unknown"
	NotAssessed Category = "not-assessed"
)

// ParseAuthority reads the JSON file of an authority strictly.
// Errors: ErrInvalid naming every field that is wrong, with what it should say.
func ParseAuthority(text []byte) (AuthorityDocument, error) {
	var d AuthorityDocument
	tree, err := parseTree(text)
	if err != nil {
		return d, fmt.Errorf("this is not an authority: %w: %w", err, ErrInvalid)
	}
	if err := checkAuthorityTree(tree); err != nil {
		return d, err
	}
	return d, decodeChecked(text, &d)
}

// Verify returns nil when every field has its form and none is missing that the
// power used must have. Whether the authority is lawful is for the rules to say.
// Errors: ErrInvalid naming every field that is wrong.
func (d AuthorityDocument) Verify() error {
	tree, err := treeOf(d)
	if err != nil {
		return err
	}
	return checkAuthorityTree(tree)
}

// decodeChecked decodes JSON whose fields have been checked.
func decodeChecked(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", err, ErrInvalid)
	}
	return nil
}

// treeOf is a document as its JSON says it.
func treeOf(document any) (map[string]any, error) {
	text, err := ledger.MarshalCanonical(document)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrInvalid)
	}
	return parseTree(text)
}
