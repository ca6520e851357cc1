package api

import "custos.example/policy"

// Route is one way in over HTTP and what the policy is asked there.
// Shape: without Asks the route is open to all, and shows nothing of a case.
type Route struct {
	Method string
	Path   string
	Asks   []policy.Action
}

// Routes returns every route that a server answers.
func Routes() []Route {
	imports := []policy.Action{policy.ReferenceImport, policy.SourceImport}
	return []Route{
		{Method: "GET", Path: "/healthz"},
		{Method: "GET", Path: "/checkpoint"},
		{Method: "GET", Path: "/tile/*"},
		{"POST", "/v1/cases", []policy.Action{policy.CaseOpen}},
		{"POST", "/v1/cases/:case/authorities", []policy.Action{policy.AuthorityRecord}},
		{"POST", "/v1/cases/:case/imports", imports},
		{"POST", "/v1/cases/:case/evidence/:evidence/datasets", imports},
		{"POST", "/v1/cases/:case/runs", []policy.Action{policy.AnalysisRun}},
		{"POST", "/v1/cases/:case/exhibits", []policy.Action{policy.ExhibitProduce}},
		{"POST", "/v1/cases/:case/exhibits/:exhibit/checks", []policy.Action{policy.ExhibitSignOff}},
		{"POST", "/v1/cases/:case/exhibits/:exhibit/bundles", []policy.Action{policy.BundleMake}},
		{"POST", "/v1/cases/:case/exhibits/:exhibit/comparisons", []policy.Action{policy.RowRead}},
		{"GET", "/v1/cases/:case/affected", []policy.Action{policy.CaseRead}},
		{"GET", "/v1/affected", []policy.Action{policy.AuditRead}},
	}
}
