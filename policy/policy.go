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
	"slices"
)

// ErrInput says that the facts are not of the required shape.
// Errors: the wrapping message names every field that is wrong.
var ErrInput = errors.New("facts refused")

// Role names what a person is in the work.
type Role string

// The roles of the field.
const (
	Service               Role = "service"
	AuthorisingIndividual Role = "authorising-individual"
	KioskOfficer          Role = "kiosk-officer"
	ExternalProvider      Role = "external-provider"
	DefenceSolicitor      Role = "defence-solicitor"
	Finance               Role = "finance"
	Administrator         Role = "administrator"
	Applicant             Role = "applicant"
	SPoC                  Role = "spoc"
	SRO                   Role = "sro"
	SIO                   Role = "sio"
	Analyst               Role = "analyst"
	CellSiteExpert        Role = "cell-site-expert"
	ExhibitsOfficer       Role = "exhibits-officer"
	DisclosureOfficer     Role = "disclosure-officer"
	ForensicExaminer      Role = "forensic-examiner"
	Prosecutor            Role = "prosecutor"
	DefenceExpert         Role = "defence-expert"
	Inspector             Role = "inspector"
	Auditor               Role = "auditor"
	DPO                   Role = "dpo"
)

// Roles returns the roles that a person can have.
func Roles() []Role { return slices.Clone(roles[1:]) }

// roles are all of them, the service's own first.
var roles = []Role{
	Service, Administrator, Applicant, SPoC, AuthorisingIndividual, SRO, SIO, Analyst, CellSiteExpert, ExhibitsOfficer, DisclosureOfficer,
	KioskOfficer, ForensicExaminer, ExternalProvider, Prosecutor, DefenceSolicitor, DefenceExpert, Inspector, Auditor, DPO, Finance,
}
