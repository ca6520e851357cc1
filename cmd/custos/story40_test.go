package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/analysis/source"
	"custos.example/cmd/custos/demo"
	"custos.example/ledger"
)

// The people of the story, by role.
var storyPeople = []struct{ id, name, roles, competent string }{
	{"sio", "Alex Rowe", "sio", "disclosure,evidence-reading"},
	{"spc", "Sam Ashdown", "spoc", "cdr-import,evidence-reading"},
	{"kio", "Kay Onslow", "kiosk-officer", "extraction,evidence-reading"},
	{"exo", "Edie Oakes", "exhibits-officer", "evidence-reading"},
	{"lab", "Lee Abbott", "forensic-examiner", "extraction,cdr-analysis,evidence-reading"},
	{"ann", "Jo A. Saunders", "analyst", "cdr-import,cdr-analysis,cell-site-mapping,evidence-reading"},
	{"kit", "Kit Marlow", "analyst", "cdr-import,cdr-analysis,cell-site-mapping,evidence-reading"},
	{"dis", "Dee Osborne", "disclosure-officer", "disclosure,evidence-reading"},
	{"cps", "Casey Price", "prosecutor", "evidence-reading"},
	{"sol", "Sol Deane", "defence-solicitor", "evidence-reading"},
	{"dex", "Drew Exton", "defence-expert", "evidence-reading,cdr-analysis"},
	{"sro", "Shan Rowan", "sro", "evidence-reading"},
	{"dpo", "Dana Poole", "dpo", "evidence-reading"},
	{"aud", "Chris Penn", "auditor", "evidence-reading"},
	{"fin", "Fin Usher", "finance", "evidence-reading"},
}

// TestFortyDays tells the story of forty days twice, by command and over HTTP: from
// a telephone that is seized to the data that is disposed of. What stands on the
// case's chain in the end is the same either way, and nothing in the record is wrong.
func TestFortyDays(t *testing.T) {
	verify := buildVerifier(t)
	told := map[string][]string{}
	for _, name := range []string{"command", "http"} {
		t.Run(name, func(t *testing.T) {
			s := newTeller(t, name == "http")
			s.verify = verify
			for _, chapter := range []func(*teller){
				(*teller).office, (*teller).kiosk, (*teller).seizure, (*teller).laboratory, (*teller).returns, (*teller).exhibit, (*teller).money,
				(*teller).service, (*teller).subset, (*teller).sharing, (*teller).mistake, (*teller).unused, (*teller).ending, (*teller).papers,
			} {
				chapter(s)
			}
			s.close()
			s.command("adm", "fsck")
			told[name] = s.kinds()
			t.Logf("%d steps, %d entries on the case's chain", s.steps, len(told[name]))
		})
	}
	if len(told["command"]) < 60 || !slices.Equal(told["command"], told["http"]) {
		t.Errorf("the case's chain differs:\n%v\n%v", told["command"], told["http"])
	}
}

// kinds lists what stands on the case's chain, decisions left out.
func (s *teller) kinds() []string {
	s.Helper()
	s.serve()
	defer s.close()
	id, err := s.st.Service.Cases().Find(s.Context(), "HAL-1")
	if err != nil {
		s.Fatal(err)
	}
	chains, err := s.st.Store.Chains(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	var kinds []string
	for _, chain := range chains {
		if chain.Kind != ledger.Work {
			continue
		}
		head, _, err := s.st.Store.Head(s.Context(), chain.ID)
		if err != nil {
			s.Fatal(err)
		}
		entries, err := s.st.Store.Entries(s.Context(), chain.ID, 1, head)
		if err != nil {
			s.Fatal(err)
		}
		for _, e := range entries {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

// office enrols the people and opens the case.
func (s *teller) office() {
	s.on(1, "08:00")
	for _, p := range storyPeople {
		s.command("adm", "actor enrol "+p.id+" --name '"+p.name+"' --roles "+p.roles+" --competent "+p.competent+" --vetting mv --of territorial-police")
	}
	s.step("sro", "place record STORE-1 --name 'Property store, Northmoor' --keeper exo",
		post("/v1/places", body("code", "STORE-1", "name", "Property store, Northmoor", "keepers", []string{"exo"})))
	s.step("sio", "case open HAL-1 --title 'Operation HALYARD (made up)' --assigned sio,spc,kio,exo,lab,ann,kit,dis,cps",
		post("/v1/cases", body("reference", "HAL-1", "title", "Operation HALYARD (made up)",
			"assigned", []string{"sio", "spc", "kio", "exo", "lab", "ann", "kit", "dis", "cps"})), "case=case|Case")
}

// seizure takes a telephone into custody, and hands it on to the store and the
// laboratory.
func (s *teller) seizure() {
	s.on(1, "16:30")
	s.step("kio", `item take KO/1 --case HAL-1 --initials KO --witness 'outside:kio at kiosk-7' --media device --description 'Mobile telephone, black, screen cracked'
		--condition 'switched off' --basis seizure --basis-of 'custody record 114' --found-at 'kitchen, 4 Mill Lane' --seal A0000101`,
		post("/v1/cases/${case}/items", body("item", "KO/1", "initials", "KO", "witness", body("name", "kio at kiosk-7"), "media", "device", "description", "Mobile telephone, black, screen cracked",
			"condition", "switched off", "basis", "seizure", "basisOf", "custody record 114", "foundAt", "kitchen, 4 Mill Lane", "seal", "A0000101")),
		"receipt=code|receipt")
	s.on(2, "09:15")
	s.step("kio", "item offer KO/1 --case HAL-1 --to exo --why 'to be kept' --due 2026-11-04T17:00:00Z",
		post("/v1/cases/${case}/transfers", body("items", []string{"KO/1"}, "to", body("person", "exo"), "reason", "to be kept", "due", "2026-11-04T17:00:00Z")),
		"offer=proof.entry")
	s.refused("kio", "item accept ${offer} --case HAL-1 --seal KO/1=A0000101",
		post("/v1/cases/${case}/transfers/${offer}/answers", body("answer", "accepted", "seals", body("KO/1", "A0000101"))), "")
	s.on(2, "11:40")
	s.step("exo", "item accept ${offer} --case HAL-1 --seal KO/1=A0000101 --condition 'as described'",
		post("/v1/cases/${case}/transfers/${offer}/answers", body("answer", "accepted", "seals", body("KO/1", "A0000101"), "condition", "as described")))
	s.step("exo", "item place KO/1 STORE-1 --case HAL-1 --why 'until the laboratory has room'",
		post("/v1/cases/${case}/items/handlings", body("item", "KO/1", "act", "placed", "place", "STORE-1", "reason", "until the laboratory has room")))
}

// returns takes in what two operators returned.
func (s *teller) returns() {
	s.on(5, "09:00")
	document, err := json.Marshal(storyAuthority())
	if err != nil {
		s.Fatal(err)
	}
	s.file("authority.json", document)
	var authority map[string]any
	if err := json.Unmarshal(document, &authority); err != nil {
		s.Fatal(err)
	}
	s.step("spc", "authority record --case HAL-1 --file ${authority.json}",
		post("/v1/cases/${case}/authorities", body("authority", authority)), "authority=authority")
	declared := demo.Declared()
	held := body("dataTypes", declared.DataTypes, "identifiers", declared.Identifiers, "from", declared.From, "until", declared.Until, "obtainedOn", declared.ObtainedOn)
	flags := " --data-types events --identifiers " + strings.Join(declared.Identifiers, ",") + " --first " + declared.From.Format(time.RFC3339) +
		" --last " + declared.Until.Format(time.RFC3339) + " --obtained " + string(declared.ObtainedOn)
	for i, operator := range []string{"Northmoor Mobile (made up)", "Southmere Telecom (made up)"} {
		s.on(5+i, "10:00")
		content, _ := demo.Return(uint64(7+i), 300)
		item, name := fmt.Sprintf("NET/%d", i+1), fmt.Sprintf("return-%d.csv", i+1)
		s.file(name, content)
		s.step("ann", "source import ${"+name+"} --case HAL-1 --item "+item+" --profile uk-17 --from '"+operator+"' --authority AB-26-01873"+flags,
			post("/v1/cases/${case}/imports", body("item", item, "fileName", name, "from", operator, "profile", profileText(s.T, "uk-17"), "authority", "${authority}", "return", held)).
				with("${"+name+"}"), fmt.Sprintf("data%d=dataset.entry|files.0.dataset.entry", i+1))
	}
}

// exhibit makes an exhibit of what the two returns show, checked by a second
// person, and a bundle of it.
func (s *teller) exhibit() {
	s.on(8, "09:30")
	s.step("ann", "analysis run event-schedule --case HAL-1 --data NET/1,NET/2 --title 'Which calls of 07700 900101 are recorded?' --param identifiers=+447700900101",
		post("/v1/cases/${case}/runs", body("step", "event-schedule", "title", "Which calls of 07700 900101 are recorded?", "data", []string{"${data1}", "${data2}"},
			"params", body("identifiers", "+447700900101"))), "run=proof.entry")
	s.step("ann", "exhibit produce JAS/1 --case HAL-1 --title 'Calls of 07700 900101' --run ${run}",
		post("/v1/cases/${case}/exhibits", body("reference", "JAS/1", "title", "Calls of 07700 900101", "run", "${run}")), "exhibit=proof.entry")
	s.step("kit", "exhibit sign-off JAS/1 --case HAL-1", post("/v1/cases/${case}/exhibits/${exhibit}/checks", body()))
	s.on(9, "11:00")
	s.step("ann", "exhibit bundle JAS/1 --case HAL-1 --out ${home}/JAS-1.custos.zip",
		post("/v1/cases/${case}/exhibits/${exhibit}/bundles", body()).into("${home}/JAS-1.custos.zip"))
	s.verified("${home}/JAS-1.custos.zip")
}

// service reveals the exhibit to the prosecutor in parts under one megabyte, over a
// line that drops, until it is whole; then it is released to one defendant's side.
func (s *teller) service() {
	s.on(12, "09:00")
	for _, r := range []struct{ name, in, person, defendant, ref string }{
		{"CPS Northmoor", "prosecutor", "cps", "", "R-1"}, {"Deane & Co", "defence-solicitor", "sol", "DEF-1", "R-2"}, {"Drew Exton", "defence-expert", "dex", "DEF-1", "R-3"},
	} {
		if r.ref == "R-2" {
			s.step("dis", "disclosure defendant 'Robin Tarn' --case HAL-1", post("/v1/cases/${case}/defendants", body("name", "Robin Tarn")))
		}
		recipient := body("name", r.name, "role", r.in, "person", r.person)
		line := "disclosure recipient '" + r.name + "' --case HAL-1 --in " + r.in + " --person " + r.person
		if r.defendant != "" {
			recipient["defendant"] = r.defendant
			line += " --for " + r.defendant
		}
		s.step("dis", line, post("/v1/cases/${case}/recipients", body("recipient", recipient)))
	}
	s.step("dis", "exhibit serve JAS/1 --case HAL-1 --to R-1 --means in-parts", post("/v1/cases/${case}/exhibits/${exhibit}/services", body("to", "R-1", "means", "in-parts")))
	s.on(12, "10:00")
	s.command("", "deliver key ${home}/cps.key --json")
	s.vars["cpskey"] = publicKey(s.T, s.filled("${home}/cps.key"))
	s.step("dis", "deliver prepare JAS/1 --case HAL-1 --holder cps --part-size 900KB --encrypt-to ${cpskey} --due '2026-11-16 17:00'",
		post("/v1/cases/${case}/deliveries", body("of", "${exhibit}", "copy", body("holder", "cps"), "partSize", 900000, "encryptTo", []string{"${cpskey}"}, "due", "2026-11-16 17:00")),
		"delivery=delivery", "parts=parts")
	s.writeParts("${home}/sent", "")
	s.dropped("${home}/sent", "${home}/arrived")
	s.exits(1, "join", "${home}/arrived", "--out", "${home}/pack.zip", "--identity", "${home}/cps.key", "--trust", "${data}/trust.json", "--want", "${home}/missing.json")
	s.on(12, "15:30")
	s.writeParts("${home}/arrived", "${home}/missing.json")
	s.exits(0, "join", "${home}/arrived", "--out", "${home}/pack.zip", "--identity", "${home}/cps.key", "--trust", "${data}/trust.json", "--receipt", "${home}/slip.json")
	s.verified("${home}/pack.zip")
	s.step("cps", "deliver confirm ${delivery} --case HAL-1 --state checked --result matches",
		post("/v1/cases/${case}/deliveries/${delivery}/confirmations", body("state", "checked", "result", "matches")))
	s.step("cps", "deliver list --case HAL-1", get("/v1/cases/${case}/deliveries"))
	s.on(16, "09:30")
	s.step("cps", "exhibit release JAS/1 --case HAL-1 --to R-3 --means collect", post("/v1/cases/${case}/exhibits/${exhibit}/releases", body("to", "R-3", "means", "collect")))
	s.on(16, "14:00")
	s.refused("sol", "exhibit collect JAS/1 --case HAL-1 --out ${home}/sol.zip", post("/v1/cases/${case}/exhibits/${exhibit}/collections", body()), "")
	s.step("dex", "exhibit collect JAS/1 --case HAL-1 --out ${home}/dex.zip", post("/v1/cases/${case}/exhibits/${exhibit}/collections", body()).into("${home}/dex.zip"))
	s.verified("${home}/dex.zip")
}

// mistake is an error that is found, reported and corrected, and what it touched.
func (s *teller) mistake() {
	s.on(19, "09:00")
	s.step("spc", "error record --case HAL-1 --type reportable --cause wrong-identifier --what 'One digit of a number was typed wrongly.' --touches NET/2 --intrusion 'one person' --steps 'numbers are copied, not typed'",
		post("/v1/cases/${case}/errors", body("type", "reportable", "cause", "wrong-identifier", "causedBy", "public-authority", "what", "One digit of a number was typed wrongly.", "entries", []string{"${data2}"},
			"intrusion", "one person", "steps", "numbers are copied, not typed", "handling", "nothing-disclosed", "region", "england-and-wales")), "error=error")
	s.step("aud", "error collateral ${error} --case HAL-1", get("/v1/cases/${case}/errors/${error}/collateral"))
	s.step("sio", "affected --case HAL-1 --by NET/2", get("/v1/cases/${case}/affected?by=NET/2"))
	s.on(22, "11:00")
	s.step("sro", "error report ${error} --case HAL-1 --reference IPCO/2026/7", post("/v1/cases/${case}/errors/${error}/reports", body("reference", "IPCO/2026/7")))
	s.on(23, "10:00")
	s.step("ann", "analysis run event-schedule --case HAL-1 --data NET/1 --title 'Which calls of 07700 900101 does the first return show?' --param identifiers=+447700900101",
		post("/v1/cases/${case}/runs", body("step", "event-schedule", "title", "Which calls of 07700 900101 does the first return show?", "data", []string{"${data1}"},
			"params", body("identifiers", "+447700900101"))), "run=proof.entry")
	s.step("ann", "exhibit produce JAS/1 --case HAL-1 --title 'Calls of 07700 900101' --run ${run} --changed 'The second return is left out: an error was found in it.'",
		post("/v1/cases/${case}/exhibits", body("reference", "JAS/1", "title", "Calls of 07700 900101", "run", "${run}", "changed", "The second return is left out: an error was found in it.")), "exhibit=proof.entry")
	s.step("kit", "exhibit sign-off JAS/1 --case HAL-1", post("/v1/cases/${case}/exhibits/${exhibit}/checks", body()))
	s.step("spc", "error close ${error} --case HAL-1 --reason 'reported; the exhibit was made anew'", post("/v1/cases/${case}/errors/${error}/closures", body("reason", "reported; the exhibit was made anew")))
}

// unused gives what was made and not used its status, and makes the schedules.
func (s *teller) unused() {
	s.on(26, "09:00")
	s.step("ann", "note add --case HAL-1 --text 'The second return was not used after the error.' --about NET/2", post("/v1/cases/${case}/notes", body("text", "The second return was not used after the error.", "about", "${data2}")), "note=proof.entry")
	s.step("dis", "disclosure assess N-1 --case HAL-1 --status MG6C --description 'Note on the second return'",
		post("/v1/cases/${case}/material/assessments", body("entries", []string{"${note}"}, "status", "MG6C", "description", "Note on the second return")))
	s.step("dis", "disclosure list --case HAL-1", get("/v1/cases/${case}/material"))
}

// ending is how the case ends: no further action, review, the telephone returned,
// the data disposed of by three people, and who is told.
func (s *teller) ending() {
	s.on(36, "09:00")
	facts := body("outcome", "no-further-action", "outcomeOn", "2026-12-04", "group", "4", "ownUntil", "2026-12-05", "ownBasis", "policy of the force for cases without further action", "appeal", "none", "review", "none")
	s.step("sio", "retention record --case HAL-1 --outcome no-further-action --on 2026-12-04 --group 4 --own-until 2026-12-05 --own-basis 'policy of the force for cases without further action'",
		post("/v1/cases/${case}/retention", body("facts", facts)))
	s.step("sio", "retention show --case HAL-1", get("/v1/cases/${case}/retention"))
	s.step("exo", "item handle KO/1 --act taken-out --case HAL-1 --why 'to be returned'", post("/v1/cases/${case}/items/handlings", body("item", "KO/1", "act", "taken-out", "reason", "to be returned")))
	s.step("exo", "item return KO/1 --case HAL-1 --to 'outside:its owner' --why 'no further action'",
		post("/v1/cases/${case}/items/handlings", body("item", "KO/1", "act", "returned", "to", body("name", "its owner"), "reason", "no further action")))
	s.on(37, "09:00")
	s.step("sro", "retention review --case HAL-1 --decision dispose --reason 'nothing keeps it'", post("/v1/cases/${case}/retention/reviews", body("decision", "dispose", "reason", "nothing keeps it")))
	s.step("exo", "erase order NET/2 --case HAL-1 --derived --ground 'retention ended' --order RRD/7",
		post("/v1/cases/${case}/erasures", body("payloads", []string{"NET/2"}, "derived", true, "ground", "retention ended", "order", "RRD/7")), "order=erasure.Order|erasure.order")
	s.refused("exo", "erase approve ${order} --reason 'my own'", post("/v1/erasures/${order}/approvals", body("reason", "my own")), "")
	s.step("dpo", "erase approve ${order} --reason 'reviewed'", post("/v1/erasures/${order}/approvals", body("reason", "reviewed")))
	s.refused("adm", "erase carry-out ${order}", post("/v1/erasures/${order}/executions", body()), "")
	s.on(39, "09:00")
	s.step("adm", "erase carry-out ${order}", post("/v1/erasures/${order}/executions", body()))
}

// publicKey is the public half of a key for packs.
func publicKey(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "age1")
	if !found {
		t.Fatalf("%s names no public key", file)
	}
	key, _, _ := strings.Cut(rest, "\n")
	return "age1" + strings.TrimSpace(key)
}

// exits runs the verifier, whose exit code must be want.
func (s *teller) exits(want int, args ...string) {
	s.Helper()
	for i := range args {
		args[i] = s.filled(args[i])
	}
	if code := exitOf(s.T, s.verify, args...); code != want {
		s.Fatalf("custos-verify %s: exit %d, want %d", strings.Join(args, " "), code, want)
	}
}

// verified has the verifier answer for a bundle: yes with the list of keys, and
// cannot tell without.
func (s *teller) verified(bundle string) {
	s.Helper()
	if code := exitOf(s.T, s.verify, s.filled(bundle), "--trust", s.filled("${data}/trust.json")); code != 0 {
		s.Fatalf("the verifier answered %d for %s", code, bundle)
	}
}

// profileText is the text of a built-in profile.
func profileText(t *testing.T, name string) string {
	t.Helper()
	text, ok := source.ReadProfile(name)
	if !ok {
		t.Fatalf("no profile %s", name)
	}
	return string(text)
}

// storyAuthority is what the returns were obtained under.
func storyAuthority() any {
	d := demo.Authority()
	d.Application.Applicant, d.SPoC.ID = "sio", "spc"
	return d
}
