// Command prove runs the long harnesses in turn for a number of minutes and adds
// their counts to PROOF.md. It resumes: the harness with the fewest trials so far
// goes first.
//
//	go run .ci/prove.go -minutes 30
//
// A harness is a test that prints lines of the form
//
//	PROOF harness=NAME trials=N failures=N control="caught 3 of 3"
//
// or a fuzz target, which is fed made-up input for some minutes (-fuzz) and counts
// what it was fed. With -only the harnesses are those whose package or test matches.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// harness is one long test: a package, a test and the environment that makes it
// long; or a fuzz target.
type harness struct {
	pkg, run string
	env      []string
	fuzz     string // name of its line in PROOF.md
}

var harnesses = []harness{
	{pkg: "./custody/store", run: "TestKill", env: []string{"CUSTOS_ROUNDS=200"}},
	{pkg: "./custody/store", run: "TestTwoProcesses", env: long},
	{pkg: "./custody/store", run: "TestEdit", env: long},
	{pkg: "./custody/store", run: "TestMove", env: long},
	{pkg: "./custody/store", run: "TestRewrittenPast", env: long},
	{pkg: "./custody/store", run: "TestMemory", env: long},
	{pkg: "./cmd/custos/faults", run: "TestPowerCut", env: long},
	{pkg: "./cmd/custos/faults", run: "TestSystemCalls", env: long},
	{pkg: "./cmd/custos/faults", run: "TestPoints", env: long},
	{pkg: "./cmd/custos/faults", run: "TestFlip", env: long},
	{pkg: "./cmd/custos/faults", run: "TestFullDisk|TestStaleRestore", env: long},
	{pkg: "./cmd/custos/faults", run: "TestTwo", env: long},
	{pkg: "./cmd/custos/faults", run: "TestSoak", env: []string{"CUSTOS_SOAK=15m"}}, // whole: CUSTOS_SOAK=150m
	{pkg: "./ledger/tree/...", run: "TestLong|TestKill", env: long},
	{pkg: "./ledger/recorder", run: "TestFileGuardKill|TestTilesKill|TestAlteredGuard", env: long},
	{pkg: "./ledger/witness", run: "TestFork|TestKill|TestDamagedRequests", env: long},
	{pkg: "./ledger/follow", run: "TestEveryFork", env: long},
	{pkg: "./ledger/witness", run: "FuzzRequest", fuzz: "fuzz-co-signer-request"},
	{pkg: "./custody", run: "TestKioskPackChanged|TestKioskReceiptChanged|TestKioskCutOff", env: long},
	{pkg: "./custody", run: "TestReportsAgainstANaiveRecount", env: long},
	{pkg: "./custody/bundle", run: "TestMutantsStructured", env: long},
	{pkg: "./custody/bundle", run: "TestMutantsOneBit|TestMutantsCut", env: long},
	{pkg: "./custody/bundle", run: "TestMutantsRepacked", env: long},
	{pkg: "./custody/bundle", run: "TestMutantsResealed|TestMutantsMoved|TestMutantsOfStates", env: long},
	{pkg: "./analysis/rowtree", run: "TestChangedSubsets|TestEveryServedRow", env: long},
	{pkg: "./custody", run: "TestNothingWithheldIsRecoverable", env: long},
	{pkg: "./custody/bundle/...", run: "TestMuseum|TestPoison|TestChecks|TestSelfTest|TestCompare|TestStolenKey", env: long},
	{pkg: "./cmd/custos", run: "TestReadmeFrauds|TestFullLevel", env: long},
	{pkg: "./policy/rego", run: "TestMutants|TestDeletedAndGarbled", env: long},
	{pkg: "./custody/blob", run: "TestKilled|TestPowerCut", env: long},
	{pkg: "./custody", run: "TestCrash", env: long},
	{pkg: "./custody/parts", run: "TestEveryBitOfAPart"},
	{pkg: "./custody/parts", run: "FuzzPart", fuzz: "fuzz-part"},
	{pkg: "./cmd/custos-verify", run: "TestJoinOverALineThatDrops"},
	{pkg: "./cmd/custos", run: "TestVideoInParts", env: long},
	{pkg: "./custody", run: "TestHostileImports", env: long},
	{pkg: "./custody/sandbox", run: "TestMisdeeds", env: long},
	{pkg: "./custody/sandbox/hostile", run: "TestImports|TestBundles|TestRecords|TestPages", env: long},
	{pkg: "./policy/rego", run: "TestPowers", env: long},
	{pkg: "./custody", run: "TestErasureDrill|TestExactlyWhatIsMissing", env: long},
	{pkg: "./cmd/custos/wiring", run: "TestEveryFileIsChecked|TestRestore|TestHeads", env: long},
	{pkg: "./custody", run: "TestClockJumps", env: long},
	{pkg: "./custody", run: "TestEveryAllowedActionHasItsAuthority", env: long},
	{pkg: "./custody", run: "TestRandomIdentities|TestEndedMeanwhile", env: long},
	{pkg: "./custody/continuity", run: "TestRulesOfCustody|TestLinesJoin"},
	{pkg: "./custody", run: "TestRandomItems", env: long},
	{pkg: "./custody", run: "TestRetentionAgainstTheCalendar", env: long},
	{pkg: "./custody", run: "TestNothingIsShownUnlogged|TestFullDiskShowsNothing", env: long},
	{pkg: "./custody", run: "TestServedAndCollected|TestNumbersOfSchedules|TestSensitiveIsNotThere", env: long},
	{pkg: "./ledger/timestamp", run: "TestEveryBitOfAToken", env: long},
	{pkg: "./analysis/source", run: "FuzzProfile", fuzz: "fuzz-profile"},
	{pkg: "./analysis/source", run: "FuzzImport", fuzz: "fuzz-import"},
	{pkg: "./analysis/delimited", run: "FuzzReader", fuzz: "fuzz-delimited"},
	{pkg: "./analysis/source", run: "FuzzEveryProfile", fuzz: "fuzz-every-profile"},
	{pkg: "./analysis/source", run: "FuzzScan", fuzz: "fuzz-scan"},
	{pkg: "./analysis/cell", run: "FuzzParse", fuzz: "fuzz-cell"},
	{pkg: "./analysis/celltable", run: "FuzzTable", fuzz: "fuzz-cell-table"},
	{pkg: "./analysis/basemap", run: "FuzzGeoJSON", fuzz: "fuzz-geojson"},
	{pkg: "./analysis/basemap", run: "FuzzTopoJSON", fuzz: "fuzz-topojson"},
	{pkg: "./analysis/basemap", run: "FuzzGMT", fuzz: "fuzz-gmt"},
	{pkg: "./analysis/basemap", run: "FuzzCells", fuzz: "fuzz-geometry-cells"},
	{pkg: "./analysis/basemap", run: "FuzzForm", fuzz: "fuzz-base-map"},
	{pkg: "./analysis/grid", run: "FuzzReference", fuzz: "fuzz-grid"},
	{pkg: "./ledger/timestamp", run: "FuzzToken", fuzz: "fuzz-time-stamp"},
	{pkg: "./ledger/timestamp", run: "FuzzAnswer", fuzz: "fuzz-time-stamp-answer"},
}

var long = []string{"CUSTOS_LONG=1"}

// row is what PROOF.md says of one harness.
type row struct {
	date, commit, name string
	trials, failures   int
	control            string
}

var (
	line  = regexp.MustCompile(`PROOF harness=(\S+) trials=(\d+) failures=(\d+) control="([^"]*)"`)
	entry = regexp.MustCompile(`^\| (\S+) \| (\S+) \| (\S+) \| (\d+) \| (\d+) \| (.*) \|$`)
)

func main() {
	minutes := flag.Int("minutes", 30, "how long to go on")
	fuzzing := flag.Duration("fuzz", time.Minute, "how long one fuzz target is fed")
	only := flag.String("only", "", "regular expression: only harnesses whose package or test matches")
	flag.Parse()
	chosen := regexp.MustCompile(*only)
	harnesses = slices.DeleteFunc(harnesses, func(h harness) bool { return !chosen.MatchString(h.pkg + " " + h.run) })
	if len(harnesses) == 0 {
		fmt.Fprintln(os.Stderr, "prove: no harness matches")
		os.Exit(2)
	}
	if err := prove(time.Now().Add(time.Duration(*minutes)*time.Minute), *fuzzing); err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
}

func prove(until time.Time, fuzzing time.Duration) error {
	done := map[int]int{} // runs of each harness in this call
	for time.Now().Before(until) {
		next := 0
		for i := range harnesses {
			if done[i] < done[next] {
				next = i
			}
		}
		done[next]++
		if err := run(harnesses[next], fuzzing); err != nil {
			return err
		}
		if done[len(harnesses)-1] > 0 && next == len(harnesses)-1 {
			fmt.Println("every harness has run", done[next], "times")
		}
	}
	return nil
}

// run runs one harness and adds its counts, also when it fails.
func run(h harness, fuzzing time.Duration) error {
	if h.fuzz != "" {
		return feed(h, fuzzing)
	}
	fmt.Println("==", h.pkg, h.run, strings.Join(h.env, " "))
	cmd := exec.Command("go", "test", "-count=1", "-timeout", "3h", "-v", "-run", h.run, h.pkg)
	cmd.Env = append(os.Environ(), h.env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	found := line.FindAllStringSubmatch(out.String(), -1)
	if err != nil {
		os.Stdout.Write(out.Bytes())
		err = fmt.Errorf("%s %s: %w", h.pkg, h.run, err)
	}
	if len(found) == 0 {
		return errors.Join(err, fmt.Errorf("%s %s printed no count: a harness that counts nothing proves nothing", h.pkg, h.run))
	}
	for _, m := range found {
		trials, _ := strconv.Atoi(m[2])
		failures, _ := strconv.Atoi(m[3])
		fmt.Println("  ", m[0])
		if e := add(row{name: m[1], trials: trials, failures: failures, control: m[4]}); e != nil {
			return errors.Join(err, e)
		}
	}
	return err
}

// feed runs a fuzz target and counts what it was fed.
func feed(h harness, lasting time.Duration) error {
	fmt.Println("==", h.pkg, h.run, lasting)
	cmd := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+h.run+"$", "-fuzztime", lasting.String(), h.pkg)
	out, err := cmd.CombinedOutput()
	counts := fed.FindAllSubmatch(out, -1)
	if len(counts) == 0 {
		return fmt.Errorf("%s %s: fed nothing: %w: %s", h.pkg, h.run, err, out)
	}
	trials, _ := strconv.Atoi(string(counts[len(counts)-1][1]))
	r := row{name: h.fuzz, trials: trials, control: "none: a crasher ends the run"}
	if err != nil {
		os.Stdout.Write(out)
		r.failures = 1
		err = fmt.Errorf("%s %s: %w", h.pkg, h.run, err)
	}
	fmt.Println("  ", h.fuzz, trials)
	return errors.Join(err, add(r))
}

var fed = regexp.MustCompile(`fuzz: elapsed: [^,]*, execs: (\d+)`)

// add adds the counts of r to its line in PROOF.md.
func add(r row) error {
	text, err := os.ReadFile("PROOF.md")
	if err != nil {
		return err
	}
	head, rows := []string{}, map[string]row{}
	for _, l := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		if m := entry.FindStringSubmatch(l); m != nil {
			trials, _ := strconv.Atoi(m[4])
			failures, _ := strconv.Atoi(m[5])
			rows[m[3]] = row{m[1], m[2], m[3], trials, failures, m[6]}
			continue
		}
		head = append(head, l)
	}
	commit, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return err
	}
	old := rows[r.name]
	r.trials, r.failures = r.trials+old.trials, r.failures+old.failures
	r.date, r.commit = time.Now().UTC().Format(time.DateOnly), strings.TrimSpace(string(commit))
	rows[r.name] = r
	names := make([]string, 0, len(rows))
	for n := range rows {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		x := rows[n]
		head = append(head, fmt.Sprintf("| %s | %s | %s | %d | %d | %s |", x.date, x.commit, x.name, x.trials, x.failures, x.control))
	}
	return os.WriteFile("PROOF.md", []byte(strings.Join(head, "\n")+"\n"), 0o644)
}
