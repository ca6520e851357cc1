package api

import "custos.example/policy"

// Route is one way in over HTTP and what the policy is asked there.
// Shape: without Asks the route is open to all, and shows nothing of a case; an Own
// route needs a token and gives its bearer only what is to be signed in their name.
type Route struct {
	Method string
	Path   string
	Asks   []policy.Action
	Own    bool
}

// Routes returns every route that a server answers.
func Routes() []Route {
	imports, register := []policy.Action{policy.ReferenceImport, policy.SourceImport}, []policy.Action{policy.RegisterRead}
	reports := []policy.Action{policy.ReportCase}
	return []Route{
		{Method: "GET", Path: "/healthz"},
		{Method: "GET", Path: "/checkpoint"},
		{Method: "GET", Path: "/tile/*"},
		{Method: "GET", Path: "/templates/authorities/:route"},
		{Method: "GET", Path: "/templates/applications"},
		{Method: "POST", Path: "/v1/cases", Asks: []policy.Action{policy.CaseOpen}},
		{Method: "POST", Path: "/v1/cases/:case/authorities", Asks: []policy.Action{policy.AuthorityRecord, policy.RegisterRead}},
		{Method: "GET", Path: "/v1/cases/:case/authorities", Asks: register},
		{Method: "GET", Path: "/v1/cases/:case/authorities/:authority", Asks: register},
		{Method: "POST", Path: "/v1/cases/:case/authorities/:authority/renewals", Asks: []policy.Action{policy.AuthorityGrant, policy.AuthorityRecord, policy.RegisterRead}},
		{Method: "POST", Path: "/v1/cases/:case/authorities/:authority/cancellations", Asks: []policy.Action{policy.AuthorityCancel, policy.AuthorityRecord, policy.RegisterRead}},
		{Method: "POST", Path: "/v1/cases/:case/authorities/:authority/checks", Asks: []policy.Action{policy.RegisterRead, policy.SourceImport}},
		{Method: "POST", Path: "/v1/cases/:case/grants", Asks: []policy.Action{policy.AuthorityGrant, policy.RegisterRead}},
		{Method: "GET", Path: "/v1/cases/:case/applications", Asks: register},
		{Method: "POST", Path: "/v1/cases/:case/applications", Asks: []policy.Action{policy.ApplicationRecord}},
		{Method: "POST", Path: "/v1/cases/:case/imports", Asks: imports},
		{Method: "POST", Path: "/v1/cases/:case/evidence/:evidence/datasets", Asks: imports},
		{Method: "POST", Path: "/v1/cases/:case/runs", Asks: []policy.Action{policy.AnalysisRun}},
		{Method: "POST", Path: "/v1/cases/:case/exhibits", Asks: []policy.Action{policy.ExhibitProduce}},
		{Method: "POST", Path: "/v1/cases/:case/exhibits/:exhibit/checks", Asks: []policy.Action{policy.ExhibitSignOff}},
		{Method: "POST", Path: "/v1/cases/:case/exhibits/:exhibit/bundles", Asks: []policy.Action{policy.BundleMake, policy.CopyIssue}},
		{Method: "POST", Path: "/v1/cases/:case/exhibits/:exhibit/comparisons", Asks: []policy.Action{policy.CopyIssue, policy.RowRead}},
		{Method: "POST", Path: "/v1/cases/:case/exhibits/:exhibit/files", Asks: []policy.Action{policy.CopyIssue, policy.RowRead}},
		{Method: "GET", Path: "/v1/copies", Asks: []policy.Action{policy.AuditRead}},
		{Method: "GET", Path: "/v1/cases/:case/copies", Asks: []policy.Action{policy.CaseRead}},
		{Method: "POST", Path: "/v1/cases/:case/copies", Asks: []policy.Action{policy.CopyIssue}},
		{Method: "POST", Path: "/v1/cases/:case/copies/:copy/disposals", Asks: []policy.Action{policy.CopyDispose}},
		{Method: "GET", Path: "/v1/reports", Asks: []policy.Action{policy.AuditRead, policy.CaseRead}},
		{Method: "POST", Path: "/v1/reports", Asks: reports},
		{Method: "GET", Path: "/v1/reports/:report", Asks: reports},
		{Method: "GET", Path: "/v1/reports/:report/forms/:form", Asks: reports},
		{Method: "GET", Path: "/v1/reports/:report/figures/:figure", Asks: reports},
		{Method: "POST", Path: "/v1/reports/:report/repetitions", Asks: reports},
		{Method: "GET", Path: "/v1/cases/:case/reports", Asks: []policy.Action{policy.AuditRead, policy.CaseRead}},
		{Method: "POST", Path: "/v1/cases/:case/reports", Asks: reports},
		{Method: "GET", Path: "/v1/cases/:case/reports/:report", Asks: reports},
		{Method: "GET", Path: "/v1/cases/:case/reports/:report/forms/:form", Asks: reports},
		{Method: "GET", Path: "/v1/cases/:case/reports/:report/figures/:figure", Asks: reports},
		{Method: "POST", Path: "/v1/cases/:case/reports/:report/repetitions", Asks: reports},
		{Method: "GET", Path: "/v1/retention", Asks: []policy.Action{policy.AuditRead}},
		{Method: "GET", Path: "/v1/retention/rules", Asks: []policy.Action{policy.AuditRead}},
		{Method: "POST", Path: "/v1/retention/rules", Asks: []policy.Action{policy.OrganisationRecord}},
		{Method: "GET", Path: "/v1/cases/:case/retention", Asks: []policy.Action{policy.CaseRead}},
		{Method: "POST", Path: "/v1/cases/:case/retention", Asks: []policy.Action{policy.RetentionRecord}},
		{Method: "POST", Path: "/v1/cases/:case/retention/reviews", Asks: []policy.Action{policy.RetentionRecord}},
		{Method: "GET", Path: "/v1/cases/:case/holds", Asks: []policy.Action{policy.CaseRead}},
		{Method: "POST", Path: "/v1/cases/:case/holds", Asks: []policy.Action{policy.HoldPlace}},
		{Method: "POST", Path: "/v1/cases/:case/holds/:hold/endings", Asks: []policy.Action{policy.HoldLift}},
		{Method: "GET", Path: "/v1/erasures", Asks: []policy.Action{policy.AuditRead}},
		{Method: "GET", Path: "/v1/cases/:case/erasures", Asks: []policy.Action{policy.CaseRead}},
		{Method: "POST", Path: "/v1/cases/:case/erasures", Asks: []policy.Action{policy.EraseOrder}},
		{Method: "POST", Path: "/v1/erasures/:order/answers", Asks: []policy.Action{policy.EraseApprove, policy.EraseCancel}},
		{Method: "POST", Path: "/v1/erasures/:order/carrying-out", Asks: []policy.Action{policy.EraseCarryOut}},
		{Method: "GET", Path: "/v1/errors", Asks: []policy.Action{policy.AuditRead}},
		{Method: "GET", Path: "/v1/cases/:case/errors", Asks: []policy.Action{policy.CaseRead}},
		{Method: "GET", Path: "/v1/cases/:case/errors/:error", Asks: []policy.Action{policy.CaseRead}},
		{Method: "GET", Path: "/v1/cases/:case/errors/:error/collateral", Asks: []policy.Action{policy.AuditRead}},
		{Method: "POST", Path: "/v1/cases/:case/errors", Asks: []policy.Action{policy.ErrorRecord}},
		{Method: "POST", Path: "/v1/cases/:case/errors/:error/reports", Asks: []policy.Action{policy.ErrorReport}},
		{Method: "POST", Path: "/v1/cases/:case/errors/:error/closures", Asks: []policy.Action{policy.ErrorRecord}},
		{Method: "POST", Path: "/v1/cases/:case/data/:data/rows", Asks: []policy.Action{policy.RowRead}},
		{Method: "GET", Path: "/v1/cases/:case/permissions", Asks: []policy.Action{policy.CaseRead}},
		{Method: "POST", Path: "/v1/cases/:case/permissions", Asks: []policy.Action{
			policy.ExcessRequest, policy.FurtherUseRequest, policy.InspectionGrant, policy.UnmaskingRequest,
		}},
		{Method: "POST", Path: "/v1/cases/:case/permissions/:request/decisions", Asks: []policy.Action{
			policy.CaseRead, policy.ExcessApprove, policy.ExcessRequest, policy.FurtherUseApprove, policy.FurtherUseRequest, policy.InspectionGrant,
			policy.UnmaskingApprove, policy.UnmaskingRequest,
		}},
		{Method: "GET", Path: "/v1/cases/:case/affected", Asks: []policy.Action{policy.CaseRead}},
		{Method: "GET", Path: "/v1/affected", Asks: []policy.Action{policy.AuditRead}},
		{Method: "GET", Path: "/v1/decisions", Asks: []policy.Action{policy.AuditRead}},
		{Method: "GET", Path: "/v1/cases/:case/decisions", Asks: []policy.Action{policy.AuditRead}},
		{Method: "GET", Path: "/v1/decisions/:decision", Asks: []policy.Action{policy.AuditRead}},
		{Method: "GET", Path: "/v1/decisions/:decision/explanation", Asks: []policy.Action{policy.AuditRead, policy.DecisionExplain}},
		{Method: "POST", Path: "/v1/decisions/replays", Asks: []policy.Action{policy.AuditRead}},
		{Method: "GET", Path: "/v1/people", Asks: []policy.Action{policy.PeopleRead}},
		{Method: "POST", Path: "/v1/people/standings", Asks: []policy.Action{policy.StandingRecord}},
		{Method: "POST", Path: "/v1/roles", Asks: []policy.Action{policy.RoleChange}},
		{Method: "POST", Path: "/v1/roles/endings", Asks: []policy.Action{policy.RoleChange}},
		{Method: "GET", Path: "/v1/cases/:case/assignments", Asks: []policy.Action{policy.CaseRead}},
		{Method: "POST", Path: "/v1/cases/:case/assignments", Asks: []policy.Action{policy.CaseAssign}},
		{Method: "POST", Path: "/v1/cases/:case/assignments/endings", Asks: []policy.Action{policy.CaseAssign}},
		{Method: "GET", Path: "/policy/releases"},
		{Method: "GET", Path: "/policy/releases/:release"},
		{Method: "POST", Path: "/v1/policy/releases", Asks: []policy.Action{policy.PolicyPropose}},
		{Method: "POST", Path: "/v1/policy/releases/:release/approvals", Asks: []policy.Action{policy.PolicyApprove}},
		{Method: "POST", Path: "/v1/policy/releases/:release/publications", Asks: []policy.Action{policy.PolicyRelease}},
		{Method: "POST", Path: "/v1/keys/replacements", Asks: []policy.Action{policy.KeyRotate}},
		{Method: "GET", Path: "/v1/signatures/next", Own: true},
		{Method: "POST", Path: "/v1/signatures/:id", Own: true},
	}
}
