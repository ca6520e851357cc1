package main

import (
	"fmt"
	"strings"

	"custos.example/custody"
)

// papers makes every report, twice, and has a figure of each explained.
func (s *teller) papers() {
	s.on(40, "09:00")
	for _, r := range []struct{ who, name, params string }{
		{"sro", "ipco", ""},
		{"dpo", "dpia", ""},
		{"fin", "oversight", ""},
		{"aud", "health", ""},
		{"sio", "subject", "identifier=+447700900101"},
		{"sio", "entries", ""},
		{"exo", "continuity", "item=KO/1"},
		{"exo", "gaps", ""},
		{"dis", "mg6c", ""},
		{"dis", "mg6d", ""},
		{"dis", "mg6e", ""},
		{"dis", "mg9", ""},
		{"sio", "mg11", "witness=ann"},
		{"sio", "mg12", ""},
		{"dis", "dmd", ""},
		{"sio", "sfr1", "exhibit=JAS/1"},
		{"sio", "reliability", "exhibit=JAS/1"},
		{"sro", "disposal", "order=${order}"},
	} {
		s.report(r.who, r.name, r.params)
	}
}

// report makes a report and has it made again, byte for byte; every figure in it is
// explained by the entries behind it.
func (s *teller) report(who, name, params string) {
	s.Helper()
	line, over, path, in := "report make "+name, body("report", name), "/v1/reports", ""
	for _, k := range custody.ReportKinds() {
		if k.Name == name && !k.Organisation {
			path, in = "/v1/cases/${case}/reports", " --case HAL-1"
		}
	}
	if params != "" {
		values := map[string]any{}
		for _, pair := range strings.Split(params, ",") {
			key, value, _ := strings.Cut(pair, "=")
			values[key] = value
		}
		line, over["params"] = line+" --param "+params, values
	}
	made := s.step(who, line+in, post(path, over))
	entry, known := at(made, "proof.entry")
	if !known {
		return
	}
	again := s.step(who, "report again "+entry+in, post(path+"/"+entry+"/repetitions", body()))
	if same, _ := at(again, "same"); same != "true" {
		s.Errorf("report %s made again differs: %v", name, again)
	}
	figures := 0
	for i := 0; ; i++ {
		if _, there := at(made, fmt.Sprintf("document.sections.%d.heading", i)); !there {
			break
		}
		for n := 0; ; n++ {
			id, there := at(made, fmt.Sprintf("document.sections.%d.figures.%d.id", i, n))
			if !there {
				break
			}
			if figures++; figures <= 3 {
				s.step(who, "report explain "+entry+" "+id+in, get(path+"/"+entry+"/figures/"+id))
			}
		}
	}
}
