package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// subset serves some rows of the first return, each proved, the others counted.
func (s *teller) subset() {
	s.on(17, "10:00")
	s.step("dis", "dataset select NET/1 --case HAL-1 --title 'Rows with 07700 900101' --number 07700900101 --rest not-relevant",
		post("/v1/cases/${case}/data/${data1}/selections", body("title", "Rows with 07700 900101", "show", body("identifiers", []string{"07700900101"}), "rest", "not-relevant")), "selection=proof.entry")
	s.step("dis", "dataset selections --case HAL-1", get("/v1/cases/${case}/selections"))
}

// writeParts has the parts of the delivery written into a folder: all of them, or
// those that the recipient's file says are missing.
func (s *teller) writeParts(folder, want string) {
	s.Helper()
	folder = s.filled(folder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		s.Fatal(err)
	}
	line, over := "deliver write ${delivery} --case HAL-1 --out "+folder, body("means", "by line")
	if want != "" {
		line += " --want " + want
		text, err := os.ReadFile(s.filled(want))
		if err != nil {
			s.Fatal(err)
		}
		over["wanted"] = string(text)
	}
	answer := s.step("dis", line+" --means 'by line'", post("/v1/cases/${case}/deliveries/${delivery}/issues", over))
	if !s.http {
		return
	}
	for i := 0; ; i++ {
		path, there := at(answer, fmt.Sprintf("files.%d.path", i))
		if !there {
			return
		}
		name, _ := at(answer, fmt.Sprintf("files.%d.name", i))
		s.sent("dis", get(path).into(filepath.Join(folder, name)))
	}
}

// dropped carries parts from one folder to another over a line that loses every
// third and spoils one.
func (s *teller) dropped(from, to string) {
	s.Helper()
	from, to = s.filled(from), s.filled(to)
	if err := os.MkdirAll(to, 0o700); err != nil {
		s.Fatal(err)
	}
	names, err := os.ReadDir(from)
	if err != nil || len(names) < 2 {
		s.Fatalf("%d parts: %v", len(names), err)
	}
	for i, name := range names {
		content, err := os.ReadFile(filepath.Join(from, name.Name()))
		if err != nil {
			s.Fatal(err)
		}
		if len(content) >= 1_000_000 {
			s.Fatalf("a part has %d bytes", len(content))
		}
		switch {
		case i%3 == 1:
			continue
		case i == 2:
			content[len(content)/2] ^= 1
		}
		if err := os.WriteFile(filepath.Join(to, name.Name()), content, 0o600); err != nil {
			s.Fatal(err)
		}
	}
}
