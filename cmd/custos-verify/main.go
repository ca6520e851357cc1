// Command custos-verify checks a bundle without trusting whoever made it: no
// network, no database, and no key that its user did not name.
//
// It owns the words and exit codes that a court sees: 0 matches the record,
// 1 differs from it, 2 wrong use, 3 cannot tell, 4 internal fault.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"custos.example/custody/bundle"
)

const usage = `custos-verify checks an exhibit's bundle. It needs no network.

  custos-verify BUNDLE [--trust FILE] [--time-root FILE] [--policy FILE]
                [--max-age DURATION] [--require LEVEL] [--known-head FILE]
                [--consistency FILE] [--archived] [--differing FOLDER]
                [--json | --html]
  custos-verify explain BUNDLE --row N [--file NAME] [--trust FILE] [--json]
  custos-verify rerun BUNDLE --param NAME=VALUE ... [--out FOLDER]
                [--trust FILE] [--archived] [--json]
  custos-verify compare BUNDLE BUNDLE [--trust FILE] [--policy FILE]
                [--consistency FILE] [--out FOLDER] [--json | --html]
  custos-verify join FOLDER ... [--out FILE] [--identity FILE] [--trust FILE]
                [--pack NAME] [--want FILE] [--receipt FILE] [--json]
  custos-verify codes [--json]

  --trust FILE        the keys you trust (trust.json); without it the best
                      answer is CANNOT TELL
  --policy FILE       how many co-signers you ask for (C2SP tlog-policy)
  --max-age DURATION  how old the co-signatures of the policy may be (26h)
  --require LEVEL     L0 (default) to L4: below it the answer is CANNOT TELL
  --known-head FILE   a summary of the log, a receipt, an acknowledgement or a head
                      that you kept; may be given again
  --consistency FILE  proof that joins such a summary to the bundle's, where the
                      bundle does not suffice
  --time-root FILE    root certificate of an authority of time, from its publisher,
                      besides those in the trust file; may be given again
  --archived          make every result again in the program in the bundle
  --differing FOLDER  write what came out otherwise there, as recorded and as
                      made again, to be laid side by side
  --json, --html      the report in that form; text otherwise
  --row N             row N of the exhibit's table: its file, line and rules
  --file NAME         which file of the exhibit, when several have rows
  --param NAME=VALUE  what if a parameter of a step behind the exhibit were
                      another (STEP.NAME=VALUE for one step): makes the exhibit
                      again, marked on every page as not the served one
  --out FOLDER        where its files go (default: what-if); of compare, where
                      two signed heads that contradict each other are kept
                      (default: two-heads)

Exit codes: 0 matches the record, 1 differs from the record, 2 wrong use,
3 cannot tell, 4 internal fault.
`

// errUsage marks an error of the command line itself.
var errUsage = errors.New("wrong use")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, time.Now)
	stop()
	os.Exit(code)
}

// run carries out one command line and returns its exit code; a panic is code 4.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, now func() time.Time) (code int) {
	defer func() {
		if r := recover(); r != nil {
			_, _ = fmt.Fprintf(stderr, "custos-verify: an internal fault, which says nothing about the file. Report this:\n%s\n%s",
				bundle.ASCII(fmt.Sprint(r)), debug.Stack())
			code = bundle.ExitFault
		}
	}()
	if len(args) > 0 && args[0] == "help" {
		args = []string{"--help"}
	}
	if len(args) > 0 && args[0] == "join" {
		return runJoin(ctx, args[1:], stdout, stderr, now)
	}
	c, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, err = io.WriteString(stdout, usage)
	case err == nil && c.codes:
		err = c.runCodes(stdout)
	case err == nil && c.compare:
		return c.runCompare(ctx, stdout, stderr, now)
	case err == nil && c.rerun:
		return c.runRerun(ctx, stdout, stderr)
	case err == nil && c.explain:
		return c.runExplain(ctx, stdout, stderr)
	case err == nil:
		return c.runVerify(ctx, stdout, stderr, now)
	}
	if err == nil {
		return bundle.ExitMatches
	}
	return fail(stderr, err)
}

// fail prints an error and returns the exit code for wrong use.
func fail(stderr io.Writer, err error) int {
	_, _ = fmt.Fprintf(stderr, "custos-verify: %s\nRun custos-verify --help for the options.\n", bundle.ASCII(err.Error()))
	return bundle.ExitUsage
}
