package custody

import (
	"fmt"
	"slices"

	"custos.example/policy"
)

// ApplicationFormat names the form of a recorded application.
const ApplicationFormat = "custos/application/v1"

// ApplicationDocument is an application for communications data as the applicant
// wrote it. It may be incomplete: which of its elements are there is told to the
// rules, and an authority that rests on it can be used only when they all are.
// Source: 2015 Code of Practice, para 3.5, for the elements.
type ApplicationDocument struct {
	Format          string        `json:"format"`
	Advice          Advice        `json:"advice,omitempty"`
	Applicant       ApplicantNote `json:"applicant,omitempty"`
	Changed         string        `json:"changed,omitempty"`
	Collateral      string        `json:"collateral,omitempty"`
	Consequences    string        `json:"consequences,omitempty"`
	Necessity       string        `json:"necessity,omitempty"`
	Offence         Offence       `json:"offence,omitempty"`
	Operation       string        `json:"operation,omitempty"`
	Proportionality string        `json:"proportionality,omitempty"`
	PublicAuthority string        `json:"publicAuthority"`
	Purpose         string        `json:"purpose,omitempty"`
	Reference       string        `json:"reference"`
	Scope           Scope         `json:"scope,omitempty"`
	Subjects        []DataSubject `json:"subjects,omitempty"`
	Timescale       string        `json:"timescale,omitempty"`
}

// ApplicantNote is who applies.
type ApplicantNote struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	Rank string `json:"rank,omitempty"`
}

// Advice is what the single point of contact said of the application.
type Advice struct {
	Cost    string      `json:"cost,omitempty"` // to the authority and to the operator
	GivenOn policy.Date `json:"givenOn,omitempty"`
	ID      string      `json:"id,omitempty"`
	Text    string      `json:"text,omitempty"`
}

// applicationFields is every field of an application, in the order in which it
// is filled in.
func applicationFields() []documentField {
	const must, may = underPart3, underPart3
	fields := []documentField{
		{"format", aWord, []string{ApplicationFormat}, "the form of this file", must, 0, ApplicationFormat},
		{"reference", aText, nil, "the application's own reference", must, 0, "AB-1/A"},
		{"operation", aText, nil, "the name of the operation", 0, may, "KESTREL"},
		{"publicAuthority", aText, nil, "who is to obtain the data, such as territorial-police", must, 0, "territorial-police"},
		{"applicant.id", aText, nil, "who applies: an enrolled person's id, or a name", 0, may, "si-1"},
		{"applicant.name", aText, nil, "the applicant's name", 0, may, nil},
		{"applicant.rank", aText, nil, "the applicant's rank or office", 0, may, "detective sergeant"},
		{"purpose", aWord, letterWords, "the letter of the paragraph that gives the purpose", 0, may, "b"},
		{"necessity", aProse, nil, "why the data is necessary", 0, may, "The calls of that week show who met whom."},
		{"proportionality", aProse, nil, "why it is proportionate to obtain it", 0, may, "Less intrusive means have been tried."},
		{"collateral", aProse, nil, "whom else it touches, and what is done about that", 0, may, "Other parties to the calls."},
		{"consequences", aProse, nil, "what else may follow that is not intended", 0, may, "None is foreseen."},
		{"timescale", aProse, nil, "by when it is needed, and why", 0, may, "Within five working days."},
		{"advice.id", aText, nil, "the single point of contact who advised", 0, may, nil},
		{"advice.givenOn", aDay, nil, "the day of that advice", 0, may, nil},
		{"advice.text", aProse, nil, "the advice", 0, may, nil},
		{"advice.cost", aProse, nil, "what it costs the authority and the operator", 0, may, nil},
		{"changed", aProse, nil, "why this state replaces the one before", 0, may, nil},
	}
	for _, f := range scopeFields() {
		if f.path == "considered" || f.path == "scope.connectionRecords" {
			continue
		}
		// What is missing from an application is for the rules to say.
		if f.path != "subjects[].identifier" && f.path != "subjects[].category" && f.path != "subjects[].profession" {
			f.must, f.may = 0, underPart3
		}
		fields = append(fields, f)
	}
	return fields
}

// ParseApplication reads the JSON file of an application strictly.
// Errors: ErrInvalid naming every field that is wrong, with what it should say.
func ParseApplication(text []byte) (ApplicationDocument, error) {
	var d ApplicationDocument
	tree, err := parseTree(text)
	if err != nil {
		return d, fmt.Errorf("this is not an application: %w: %w", err, ErrInvalid)
	}
	if err := checkApplicationTree(tree); err != nil {
		return d, err
	}
	return d, decodeChecked(text, &d)
}

// Verify returns nil when every field that is there has its form.
// Errors: ErrInvalid naming every field that is wrong.
func (d ApplicationDocument) Verify() error {
	tree, err := treeOf(d)
	if err != nil {
		return err
	}
	return checkApplicationTree(tree)
}

func checkApplicationTree(tree map[string]any) error {
	problems := checkFields(applicationFields(), tree, underPart3, "an application")
	problems = append(problems, checkScope(tree)...)
	return problems.err("the application")
}

// ApplicationGuide returns every field of an application, in the order in which
// it is filled in.
func ApplicationGuide() []FieldNote { return notesOn(applicationFields(), underPart3) }

// States returns the elements that the application holds, sorted.
func (d ApplicationDocument) States() []policy.ApplicationElement {
	related := len(d.Subjects) > 0 && !slices.ContainsFunc(d.Subjects, func(s DataSubject) bool { return s.Category == NotAssessed || s.Category == "" })
	var states []policy.ApplicationElement
	for element, there := range map[policy.ApplicationElement]bool{
		policy.StatesApplicant: d.Applicant.ID != "" && d.Applicant.Rank != "", policy.StatesCollateral: d.Collateral != "",
		policy.StatesConsequences: d.Consequences != "", policy.StatesNecessity: d.Necessity != "", policy.StatesOperation: d.Operation != "",
		policy.StatesData:            len(d.Scope.Identifiers) > 0 && len(d.Scope.DataTypes) > 0 && d.Scope.From != "" && d.Scope.Until != "",
		policy.StatesProportionality: d.Proportionality != "", policy.StatesPurpose: d.Purpose != "", policy.StatesReference: d.Reference != "",
		policy.StatesRelationship: related, policy.StatesTimescale: d.Timescale != "",
	} {
		if there {
			states = append(states, element)
		}
	}
	return sorted(states)
}

// Lacks returns the elements that the application does not hold, sorted.
func (d ApplicationDocument) Lacks() []policy.ApplicationElement {
	states := d.States()
	return slices.DeleteFunc(policy.ApplicationElements(), func(e policy.ApplicationElement) bool { return slices.Contains(states, e) })
}
