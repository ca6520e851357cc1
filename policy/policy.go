// Package policy owns the words in which an access is asked for and answered:
// actions, roles, the facts that a decision rests on, and the decision.
//
// A fact that is missing, misspelt or of the wrong form is refused here, before
// any rule sees it, because a missing fact under a negation allows.
//
// It holds no rules (see policy/rego), reads no clock and no store, and imports
// nothing else of this project.
package policy

import (
	"errors"
	"maps"
	"slices"
)

// ErrInput says that the facts are not of the required shape.
// Errors: the wrapping message names every field that is wrong.
var ErrInput = errors.New("facts refused")

// Action names what is asked for.
type Action string

// Every action that can be asked for. One that no rule allows is denied.
const (
	LogInit         Action = "log.init"
	ActorEnrol      Action = "actor.enrol"
	KeyRevoke       Action = "key.revoke"
	PolicyRelease   Action = "policy.release"
	CaseOpen        Action = "case.open"
	CaseAssign      Action = "case.assign"
	CaseRead        Action = "case.read"
	AuthorityRecord Action = "authority.record"
	SourcePreview   Action = "source.preview"
	SourceImport    Action = "source.import"
	ReferenceImport Action = "reference.import"
	RowRead         Action = "row.read"
	AnalysisRun     Action = "analysis.run"
	ExhibitProduce  Action = "exhibit.produce"
	ExhibitSignOff  Action = "exhibit.sign-off"
	BundleMake      Action = "bundle.make"
	DefectRecord    Action = "defect.record"
	DefectRegister  Action = "defect.register"
	AuditRead       Action = "audit.read"
	EraseOrder      Action = "erasure.order"
	EraseApprove    Action = "erasure.approve"
	EraseCancel     Action = "erasure.cancel"
	EraseCarryOut   Action = "erasure.carry-out"
	HoldPlace       Action = "hold.place"
	HoldLift        Action = "hold.lift"
	TimeStamp       Action = "time.stamp"
	ClockConfirm    Action = "clock.confirm"
	KeyRotate       Action = "key.rotate"
	KeyManage       Action = "key.manage"
	CeremonyRecord  Action = "ceremony.record"
	LogClose        Action = "log.close"
)

// actions says what each action is in words ("You cannot ...") and which facts
// it needs beside actor, time and place in the log: exactly these, no others.
var actions = map[Action]struct {
	words    string
	sections []string
}{
	LogInit:         {"begin a log", nil},
	ActorEnrol:      {"enrol a person or change their roles", []string{"person"}},
	KeyRevoke:       {"revoke a key", []string{"person"}},
	PolicyRelease:   {"put a policy release in force", nil},
	CaseOpen:        {"open a case", []string{"case"}},
	CaseAssign:      {"change who is assigned", []string{"case"}},
	CaseRead:        {"see the record of the case", []string{"case"}},
	AuthorityRecord: {"record an authority", []string{"case"}},
	SourcePreview:   {"preview this file", []string{"case"}},
	SourceImport:    {"import this file", []string{"authority", "case", "source"}},
	ReferenceImport: {"import this table", []string{"case"}},
	RowRead:         {"read these rows", []string{"case", "dataset", "request"}},
	AnalysisRun:     {"run an analysis on this data", []string{"case", "dataset"}},
	ExhibitProduce:  {"produce an exhibit from this data", []string{"case", "dataset"}},
	ExhibitSignOff:  {"sign off this exhibit", []string{"case", "exhibit"}},
	BundleMake:      {"make a bundle of this exhibit", []string{"case", "exhibit"}},
	DefectRecord:    {"record a defect in the case", []string{"case"}},
	DefectRegister:  {"record a defect of a step", nil},
	AuditRead:       {"read the decisions", nil},
	EraseOrder:      {"order an erasure", []string{"case", "erasure"}},
	EraseApprove:    {"approve this erasure", []string{"erasure"}},
	EraseCancel:     {"cancel this erasure", []string{"erasure"}},
	EraseCarryOut:   {"carry out this erasure", []string{"erasure"}},
	HoldPlace:       {"place a hold on the case", []string{"case"}},
	HoldLift:        {"lift a hold on the case", []string{"case"}},
	TimeStamp:       {"have the log time-stamped", nil},
	ClockConfirm:    {"confirm that the clock is right", nil},
	KeyRotate:       {"replace this key", []string{"person"}},
	KeyManage:       {"change the keys of the log", nil},
	CeremonyRecord:  {"record a key ceremony", nil},
	LogClose:        {"close the log", nil},
}

// Actions returns every action, sorted.
func Actions() []Action { return slices.Sorted(maps.Keys(actions)) }

// Words says what an action is, as it stands after "You cannot".
func (a Action) Words() string { return actions[a].words }

// Role names what a person is in the work.
type Role string

// The roles of the field.
const (
	Service           Role = "service"
	Administrator     Role = "administrator"
	Applicant         Role = "applicant"
	SPoC              Role = "spoc"
	SRO               Role = "sro"
	SIO               Role = "sio"
	Analyst           Role = "analyst"
	CellSiteExpert    Role = "cell-site-expert"
	ExhibitsOfficer   Role = "exhibits-officer"
	DisclosureOfficer Role = "disclosure-officer"
	ForensicExaminer  Role = "forensic-examiner"
	Prosecutor        Role = "prosecutor"
	DefenceExpert     Role = "defence-expert"
	Inspector         Role = "inspector"
	Auditor           Role = "auditor"
	DPO               Role = "dpo"
)

// Roles returns the roles that a person can have.
func Roles() []Role { return slices.Clone(roles[1:]) }

// roles are all of them, the service's own first.
var roles = []Role{
	Service, Administrator, Applicant, SPoC, SRO, SIO, Analyst, CellSiteExpert, ExhibitsOfficer, DisclosureOfficer,
	ForensicExaminer, Prosecutor, DefenceExpert, Inspector, Auditor, DPO,
}
