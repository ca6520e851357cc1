package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	"custos.example/custody"
	"custos.example/policy"
)

// kiosk reads the telephone at a station: its own folder, its own log, joined to
// that of the force; what was read is taken over, confirmed and wiped there.
func (s *teller) kiosk() {
	s.on(1, "08:30")
	s.atKiosk("", "init --dir ${home}/kiosk --origin kiosk.story.custos.example/log --as adm --name 'Robin Vale'")
	for _, p := range storyPeople {
		if p.id == "sio" || p.id == "spc" || p.id == "kio" || p.id == "sro" {
			s.atKiosk("adm", "actor enrol "+p.id+" --name '"+p.name+"' --roles "+p.roles+" --competent "+p.competent+" --vetting mv --of territorial-police")
		}
	}
	s.atKiosk("sio", "case open HAL-1 --title 'Operation HALYARD (made up)' --assigned sio,spc,kio")
	agreement, err := custody.AuthorityTemplate(policy.RoutePCSC37)
	if err != nil {
		s.Fatal(err)
	}
	agreement.Reference, agreement.Granted.On, agreement.Notice.GivenOn = "AG/7", "2026-11-02", "2026-11-02"
	agreement.Scope.Identifiers, agreement.Scope.Categories = []string{"KO/1"}, []string{"calls", "messages"}
	agreement.Scope.From, agreement.Scope.Until = "2026-10-01", "2026-10-31"
	text, err := json.Marshal(agreement)
	if err != nil {
		s.Fatal(err)
	}
	s.file("agreement.json", text)
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		s.Fatal(err)
	}
	s.atKiosk("spc", "authority record --case HAL-1 --file ${agreement.json}")
	s.step("spc", "authority record --case HAL-1 --file ${agreement.json}", post("/v1/cases/${case}/authorities", body("authority", document)), "agreement=authority")
	recipient := s.command("adm", "kiosk recipient")
	s.remember("kiosk recipient", recipient, []string{"recipient=recipient"})
	s.atKiosk("sro", "kiosk pair force --trust ${data}/trust.json --checkpoint ${data}/tiles/checkpoint --recipient ${recipient}")
	trust, err := os.ReadFile(s.filled("${home}/kiosk/trust.json"))
	if err != nil {
		s.Fatal(err)
	}
	var trusted map[string]any
	if err := json.Unmarshal(trust, &trusted); err != nil {
		s.Fatal(err)
	}
	s.step("sro", "kiosk admit kiosk-7 --trust ${home}/kiosk/trust.json --place 'Northmoor station'",
		post("/v1/logs", body("name", "kiosk-7", "role", "kiosk", "trust", trusted, "place", "Northmoor station")))
	s.phone("phone")
	s.on(1, "10:45")
	s.atKiosk("kio", `kiosk acquire ${phone} --case HAL-1 --device KO/1 --item KO/2 --authority AG/7 --categories calls,messages --tool 'Reader 7.1'
		--book --description 'Mobile telephone, black, screen cracked' --basis agreement --basis-of AG/7 --seal-number A0000100`)
	s.atKiosk("kio", "kiosk seal KO/2 --case HAL-1 --out ${home}/KO-2.pack")
	s.on(1, "16:00")
	s.step("kio", "kiosk receive ${home}/KO-2.pack --case HAL-1 --authority AG/7 --receipt ${home}/KO-2.receipt",
		post("/v1/cases/${case}/extractions", body("authority", "${agreement}")).with("${home}/KO-2.pack"))
	if s.http {
		s.sent("kio", post("/v1/cases/${case}/extractions/receipts", body("item", "KO/2")).into("${home}/KO-2.receipt"))
	}
	s.refused("kio", "kiosk receive ${home}/KO-2.pack --case HAL-1 --authority AG/7 --receipt ${home}/again",
		post("/v1/cases/${case}/extractions", body("authority", "${agreement}")).with("${home}/KO-2.pack"), "received before")
	s.atKiosk("kio", "kiosk confirm KO/2 --case HAL-1 --receipt ${home}/KO-2.receipt")
	s.atKiosk("kio", "kiosk wipe KO/2 --case HAL-1")
	s.atKiosk("sro", "kiosk state --out ${home}/kiosk.head")
	s.step("sro", "kiosk join ${home}/kiosk.head", post("/v1/logs/heads", body()).with("${home}/kiosk.head"))
	s.atKiosk("adm", "fsck")
}

// atKiosk runs a command line at the kiosk, which must succeed.
func (s *teller) atKiosk(who, line string) {
	s.Helper()
	force := s.vars["data"]
	line = s.filled(line)
	s.vars["data"] = filepath.Join(s.home, "kiosk")
	defer func() { s.vars["data"] = force }()
	if code, out, errs := s.tried(who, line); code != exitDone {
		s.Fatalf("at the kiosk: custos %s\nexit %d: %s\n%s", line, code, errs, out)
	}
}

// phone writes what a program read from the telephone.
func (s *teller) phone(name string) {
	s.Helper()
	s.vars[name] = filepath.Join(s.home, name)
	for _, f := range []struct{ path, content string }{
		{"extraction.csv", "path,category,date\nmessages/1.txt,messages,2026-10-20T10:15:00Z\nmessages/2.txt,messages,2026-09-20\ncalls/log.csv,calls,2026-10-21\nphotos/1.jpg,photos,2026-10-21\n"},
		{"messages/1.txt", "from 07700 900108: are you there?"},
		{"messages/2.txt", "before the agreed days"},
		{"calls/log.csv", "number,at\n07700 900108,2026-10-21T09:00:00Z\n"},
		{"photos/1.jpg", "a picture that nobody agreed to"},
	} {
		path := filepath.Join(s.vars[name], f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			s.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(f.content), 0o600); err != nil {
			s.Fatal(err)
		}
	}
}
