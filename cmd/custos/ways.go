package main

import "custos.example/policy"

// What stands in the way of a command, beside the policy.
const (
	needsFolders = "the data folder and the key folder"
	needsSQL     = "the address of the database, and what opens it"
	needsNothing = "nothing of this record"
)

// way is one command, what one must hold to run it, and what the policy is
// asked. Where it asks nothing, whoever holds that much has the power.
type way struct {
	needs string
	asks  []policy.Action
}

// ways lists every command. The person in --as is believed by a command that
// runs where the keys are: there, the service signs on behalf of whom it says.
func ways() map[string]way {
	asks := func(actions ...policy.Action) way { return way{needsFolders, actions} }
	imports := asks(policy.CaseRead, policy.ReferenceImport, policy.SourceImport)
	submit := asks(policy.SubmissionRecord)
	reports := asks(policy.ReportCase, policy.ReportHealth, policy.ReportOrganisation, policy.ScheduleMake, policy.TotalsRead)
	list := map[string]way{
		"actor enrol": asks(policy.ActorEnrol, policy.StandingRecord), "actor list": asks(policy.PeopleRead), "actor show": asks(policy.PeopleRead), "actor standing": asks(policy.StandingRecord),
		"role give": asks(policy.RoleChange), "role end": asks(policy.RoleChange), "role list": asks(policy.PeopleRead),
		"assign add": asks(policy.CaseAssign), "assign end": asks(policy.CaseAssign), "assign list": asks(policy.CaseRead), "actor token": asks(), "actor sign-on": asks(policy.StandingRecord), "actor sign-ons": asks(policy.PeopleRead), "affected": asks(policy.AuditRead, policy.CaseRead),
		"analysis run": asks(policy.AnalysisRun), "audit export": asks(policy.AuditRead), "audit list": asks(policy.AuditRead), "audit replay": asks(policy.AuditRead, policy.DecisionExplain), "audit show": asks(policy.AuditRead, policy.DecisionExplain), "why": asks(policy.AuditRead, policy.DecisionExplain), "authority record": asks(policy.AuthorityRecord, policy.RegisterRead),
		"authority amend": asks(policy.AuthorityRecord, policy.RegisterRead), "authority grant": asks(policy.AuthorityGrant, policy.RegisterRead),
		"authority renew": asks(policy.AuthorityGrant, policy.AuthorityRecord, policy.RegisterRead), "authority cancel": asks(policy.AuthorityCancel, policy.AuthorityRecord, policy.RegisterRead),
		"authority list": asks(policy.RegisterRead), "authority show": asks(policy.RegisterRead), "authority check": asks(policy.RegisterRead, policy.SourceImport),
		"application record": asks(policy.ApplicationRecord), "application list": asks(policy.RegisterRead),
		"case open": asks(policy.CaseOpen), "clock confirm": asks(policy.ClockConfirm), "defect list": asks(policy.AuditRead, policy.CaseRead),
		"defect record": asks(policy.DefectRecord, policy.DefectRegister), "erase approve": asks(policy.EraseApprove), "erase cancel": asks(policy.EraseCancel),
		"erase carry-out": asks(policy.EraseCarryOut), "erase list": asks(policy.AuditRead, policy.CaseRead), "erase order": asks(policy.EraseOrder),
		"exhibit bundle": asks(policy.BundleMake, policy.CopyIssue), "exhibit check": asks(policy.ExhibitSignOff), "exhibit sign-off": asks(policy.ExhibitSignOff), "exhibit compare": asks(policy.CopyIssue, policy.RowRead),
		"exhibit list": asks(policy.CaseRead), "exhibit produce": asks(policy.ExhibitProduce), "hold lift": asks(policy.HoldLift),
		"hold list": asks(policy.AuditRead, policy.CaseRead), "hold place": asks(policy.HoldPlace), "source import": imports, "source keep": imports, "source normalise": imports,
		"source whole": asks(policy.ItemRecord), "source list": asks(policy.CaseRead), "source preview": asks(policy.CaseRead, policy.ReferenceImport, policy.SourceImport, policy.SourcePreview),
		"timestamp now": asks(policy.TimeStamp), "init": asks(policy.LogInit, policy.KeyManage),
		"co-signers add": asks(), "co-signers ask": asks(), "co-signers list": asks(), "co-signers use": asks(policy.KeyManage), "fsck": asks(), "log prove": asks(), "rebuild": asks(), "serve": asks(),
		"key list": asks(), "key next": asks(), "key rotate": asks(policy.KeyManage, policy.KeyRotate), "key revoke": asks(policy.KeyRevoke),
		"key root": asks(policy.KeyManage), "key folder": asks(policy.KeyManage), "key ceremony": asks(policy.CeremonyRecord), "log close": asks(policy.LogClose),
		"dataset select": asks(policy.DatasetSelect), "dataset selections": asks(policy.CaseRead), "rows show": asks(policy.RowRead), "permit ask": asks(policy.ExcessRequest, policy.FurtherUseRequest, policy.InspectionRequest, policy.UnmaskingRequest),
		"permit decide": asks(policy.CaseRead, policy.ExcessApprove, policy.ExcessRequest, policy.FurtherUseApprove, policy.FurtherUseRequest, policy.InspectionGrant, policy.InspectionRequest, policy.UnmaskingApprove, policy.UnmaskingRequest),
		"error record":  asks(policy.ErrorRecord), "error report": asks(policy.ErrorReport), "error close": asks(policy.ErrorRecord), "error list": asks(policy.AuditRead, policy.CaseRead),
		"error show": asks(policy.AuditRead, policy.CaseRead), "error collateral": asks(policy.AuditRead), "copy issue": asks(policy.CaseRead, policy.CopyIssue),
		"copy list": asks(policy.AuditRead, policy.CaseRead), "copy where": asks(policy.AuditRead, policy.CaseRead), "copy dispose": asks(policy.CaseRead, policy.CopyDispose),
		"disclosure defendant": asks(policy.MaterialAssess), "disclosure recipient": asks(policy.MaterialAssess), "disclosure parties": asks(policy.CaseRead),
		"disclosure assess": asks(policy.MaterialAssess), "disclosure list": asks(policy.CaseRead), "disclosure unused": asks(policy.CaseRead), "disclosure given": asks(policy.CaseRead),
		"material reveal": asks(policy.MaterialReveal), "material disclose": asks(policy.MaterialDisclose), "note add": asks(policy.NoteRecord), "note list": asks(policy.CaseRead),
		"exhibit serve": asks(policy.CaseRead, policy.CopyIssue, policy.ExhibitServe), "exhibit release": asks(policy.CaseRead, policy.CopyIssue, policy.ExhibitRelease), "exhibit collect": asks(policy.BundleCollect),
		"exhibit save":     asks(policy.CaseRead, policy.CopyIssue, policy.RowRead),
		"retention record": asks(policy.RetentionRecord), "retention review": asks(policy.RetentionReview), "retention show": asks(policy.CaseRead),
		"retention list": asks(policy.AuditRead), "retention rules": asks(policy.AuditRead, policy.CaseRead), "retention use": asks(policy.OrganisationRecord),
		"copy recall": asks(policy.RetentionRecord), "copy answer": asks(policy.RetentionRecord),
		"organisation record": asks(policy.OrganisationRecord), "organisation list": asks(policy.PeopleRead), "organisation own": asks(policy.CaseShare),
		"sharing add": asks(policy.CaseShare), "sharing end": asks(policy.CaseShare), "sharing list": asks(policy.CaseRead), "sharing uses": asks(policy.CaseShare),
		"sharing slip": asks(policy.CaseShare), "sharing confirm": asks(policy.CaseShare),
		"submission request": submit, "submission agree": submit, "submission send": submit, "submission return": submit, "submission end": submit,
		"submission list": asks(policy.AuditRead, policy.CaseRead), "submission show": asks(policy.AuditRead, policy.CaseRead),
		"cost record": asks(policy.CostRecord), "cost withdraw": asks(policy.CostRecord), "cost list": asks(policy.CaseRead),
		"cost totals": asks(policy.AuditRead, policy.CaseRead, policy.TotalsRead),
		"report make": reports, "report again": reports, "report explain": reports, "report save": reports, "report list": asks(policy.AuditRead, policy.CaseRead),
		"permit list": asks(policy.CaseRead), "unmask ask": asks(policy.UnmaskingRequest), "unmask list": asks(policy.CaseRead), "unmask approve": asks(policy.CaseRead, policy.UnmaskingApprove),
		"item take": asks(policy.ItemRecord), "item handle": asks(policy.ItemDispose, policy.ItemRecord), "item place": asks(policy.ItemDispose, policy.ItemRecord), "item seal": asks(policy.ItemDispose, policy.ItemRecord),
		"item open": asks(policy.ItemDispose, policy.ItemRecord), "item split": asks(policy.ItemRecord), "item return": asks(policy.ItemDispose, policy.ItemRecord), "item destroy": asks(policy.ItemDispose, policy.ItemRecord),
		"item list": asks(policy.AuditRead, policy.CaseRead), "item where": asks(policy.AuditRead, policy.CaseRead), "item seals": asks(policy.AuditRead, policy.CaseRead),
		"item show": asks(policy.CaseRead), "item receipt": asks(policy.CaseRead), "item offer": asks(policy.ItemHandOver), "item accept": asks(policy.ItemHandOver),
		"item refuse": asks(policy.ItemHandOver), "item withdraw": asks(policy.ItemHandOver), "item transfers": asks(policy.AuditRead, policy.CaseRead),
		"item overdue": asks(policy.AuditRead, policy.CaseRead), "place record": asks(policy.OrganisationRecord), "place list": asks(policy.PeopleRead),
		"kiosk acquire": asks(policy.CaseRead, policy.ExtractionImport, policy.ItemRecord), "kiosk seal": asks(policy.ItemHandOver), "kiosk upload": asks(policy.ItemHandOver),
		"kiosk confirm": asks(policy.ItemHandOver), "kiosk wipe": asks(policy.ExtractionWipe), "kiosk list": asks(policy.CaseRead), "kiosk queue": asks(policy.CaseRead),
		"kiosk show": asks(policy.CaseRead), "kiosk receive": asks(policy.CaseRead, policy.ExtractionImport, policy.ItemRecord), "kiosk receipt": asks(policy.CaseRead), "kiosk recipient": asks(),
		"kiosk pair": asks(policy.LogLink), "kiosk admit": asks(policy.LogLink), "kiosk state": asks(), "kiosk join": asks(policy.LogLink),
		"kiosk rejoin": asks(policy.LogLink), "kiosk revoke": asks(policy.LogLink), "kiosk log": asks(policy.LogLink),
		"kiosk refer": asks(policy.ItemHandOver), "kiosk answer": asks(policy.ItemHandOver), "kiosk referrals": asks(policy.CaseRead),
		"policy list": asks(), "policy propose": asks(policy.PolicyPropose), "policy approve": asks(policy.PolicyApprove), "policy publish": asks(policy.PolicyRelease),
		"deliver prepare": asks(policy.BundleMake, policy.CaseRead, policy.CopyIssue, policy.DeliveryRecord), "deliver write": asks(policy.BundleCollect, policy.DeliveryRecord), "deliver confirm": asks(policy.BundleCollect, policy.DeliveryRecord),
		"deliver withdraw": asks(policy.DeliveryRecord), "deliver list": asks(policy.AuditRead, policy.CaseRead), "deliver show": asks(policy.AuditRead, policy.CaseRead),
		"timestamp add": asks(), "timestamp list": asks(), "timestamp remove": asks(),
	}
	list["database prepare"], list["database show"] = way{needs: needsSQL}, way{needs: needsSQL}
	list["database move"] = way{needs: needsFolders + ", and " + needsSQL}
	for _, apart := range []string{
		"application template", "authority template", "key agent", "key create", "key sign", "bench encryption", "bench import", "bench prepare", "capabilities", "deliver key", "deliver sign", "demo", "step list", "report kinds", "send", "timestamp authority", "uploads", "version", "witness admit", "witness follow", "witness init",
		"witness serve", "witness show", "witness sign",
		"policy diff", "policy explain", "policy export", "policy show", "policy test", "sharing sign",
	} {
		list[apart] = way{needs: needsNothing}
	}
	return list
}
