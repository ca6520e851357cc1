package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"custos.example/analysis/registry"
	"custos.example/custody/sandbox"
)

// programVariable names the program that custos is in a script.
const programVariable = "CUSTOS_PROGRAM"

func TestMain(m *testing.M) {
	if sandbox.Called(os.Args) {
		os.Exit(sandbox.Serve(registry.Find))
	}
	testscript.Main(m, map[string]func(){
		"custos": func() {
			c := exec.Command(os.Getenv(programVariable), os.Args[1:]...)
			c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
			err := c.Run()
			if c.ProcessState == nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(exitFault)
			}
			code := c.ProcessState.ExitCode()
			if code != exitDone {
				fmt.Printf("exit %d\n", code)
			}
			os.Exit(code)
		},
	})
}

// TestScripts runs the command line as a user does; the last line of a failing
// command's output is its exit code. The program is built as it is released: a
// test's own would run every step in the module, and compile that each time. The
// clock is the machine's; what has to lie ahead is said in NEXTYEAR,
// and text that would forge a line and clear the screen in HOSTILE.
func TestScripts(t *testing.T) {
	program := filepath.Join(builtPrograms(t), "custos")
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv(programVariable, program)
			env.Setenv("NEXTYEAR", strconv.Itoa(time.Now().Year()+1))
			env.Setenv("HOSTILE", "\x1b[2J\nforged")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"flip":     flip,
			"setentry": setEntry,
		},
	})
}

// flip changes one byte near the end of a file.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	for i := len(data) - 200; i < len(data)-100; i++ {
		data[i] ^= 0x55
	}
	ts.Check(os.WriteFile(path, data, 0o600))
}

// setEntry keeps what the expression finds in the last output under a name.
func setEntry(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("%s is not in the output", args[1])
	}
	ts.Setenv(args[0], found[1])
}
