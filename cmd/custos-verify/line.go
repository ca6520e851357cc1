package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"custos.example/custody/bundle"
)

// line is one parsed command line.
type line struct {
	explain     bool
	rerun       bool
	compare     bool
	codes       bool
	params      map[string]string // of a re-run
	out         string            // folder for its files
	file        string
	second      string // the other bundle of a comparison
	trust       string
	policy      string
	require     bundle.Level
	maxAge      time.Duration
	knownHeads  []string
	consistency []string
	timeRoots   []string
	differing   string // folder for what came out otherwise
	archived    bool
	json        bool
	html        bool
	row         int
	member      string
}

// parse reads the command line; options may stand before or after the file.
// Errors: errUsage, flag.ErrHelp.
func parse(args []string) (line, error) {
	var c line
	if len(args) > 0 {
		verb := map[string]*bool{"explain": &c.explain, "rerun": &c.rerun, "compare": &c.compare, "codes": &c.codes}[args[0]]
		if verb != nil {
			*verb, args = true, args[1:]
		}
	}
	fs := flag.NewFlagSet("custos-verify", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	level := "L0"
	fs.StringVar(&c.trust, "trust", "", "")
	fs.BoolVar(&c.json, "json", false, "")
	if !c.compare && !c.codes {
		fs.StringVar(&level, "require", level, "")
		fs.BoolVar(&c.archived, "archived", false, "")
	}
	c.options(fs)
	for len(args) > 0 {
		if err := fs.Parse(args); err != nil {
			if err == flag.ErrHelp { //nolint:errorlint // flag returns it bare
				return c, err
			}
			return c, fmt.Errorf("%w: %w", errUsage, err)
		}
		if args = fs.Args(); len(args) == 0 {
			break
		}
		if err := c.name(args[0]); err != nil {
			return c, err
		}
		args = args[1:]
	}
	err := c.check(level)
	return c, err
}

// name takes the next name of a file.
func (c *line) name(file string) error {
	switch {
	case c.codes:
		return fmt.Errorf("%w: codes names no file; %q is one", errUsage, file)
	case c.file == "":
		c.file = file
	case c.compare && c.second == "":
		c.second = file
	case c.compare:
		return fmt.Errorf("%w: two bundles are compared; %q is a third", errUsage, file)
	default:
		return fmt.Errorf("%w: one bundle at a time; %q is a second", errUsage, file)
	}
	return nil
}

// options declares what the verb takes.
func (c *line) options(fs *flag.FlagSet) {
	switch {
	case c.codes:
	case c.compare:
		fs.StringVar(&c.out, "out", "two-heads", "")
		fs.StringVar(&c.policy, "policy", "", "")
		fs.BoolVar(&c.html, "html", false, "")
		fs.Func("consistency", "", each(&c.consistency))
	case c.rerun:
		c.params = map[string]string{}
		fs.StringVar(&c.out, "out", "what-if", "")
		fs.Func("param", "", func(text string) error {
			name, value, ok := strings.Cut(text, "=")
			if !ok || name == "" {
				return fmt.Errorf("a parameter is NAME=VALUE, not %q", text)
			}
			c.params[name] = value
			return nil
		})
	case c.explain:
		fs.IntVar(&c.row, "row", 0, "")
		fs.StringVar(&c.member, "file", "", "")
	default:
		fs.StringVar(&c.policy, "policy", "", "")
		fs.Func("known-head", "", each(&c.knownHeads))
		fs.Func("consistency", "", each(&c.consistency))
		fs.Func("time-root", "", each(&c.timeRoots))
		fs.DurationVar(&c.maxAge, "max-age", 0, "")
		fs.StringVar(&c.differing, "differing", "", "")
		fs.BoolVar(&c.html, "html", false, "")
	}
}

// each returns what takes every value of an option that may be given again.
func each(list *[]string) func(string) error {
	return func(value string) error {
		*list = append(*list, value)
		return nil
	}
}

// check returns nil when the options go together.
func (c *line) check(level string) (err error) {
	if c.require, err = bundle.ParseLevel(level); err != nil {
		return fmt.Errorf("%w: --require: %w", errUsage, err)
	}
	switch {
	case c.codes:
	case c.compare && c.second == "":
		return fmt.Errorf("%w: which two bundles? Name both files", errUsage)
	case c.file == "":
		return fmt.Errorf("%w: which bundle? Name its file", errUsage)
	case c.json && c.html:
		return fmt.Errorf("%w: --json and --html are two forms of one report; choose one", errUsage)
	case len(c.consistency) > 0 && len(c.knownHeads) == 0 && !c.compare:
		return fmt.Errorf("%w: --consistency joins a summary given with --known-head to the bundle's; none was given", errUsage)
	case c.policy != "" && c.trust == "":
		return fmt.Errorf("%w: --policy asks for co-signers of a log that --trust names; no trust file was given", errUsage)
	case c.maxAge < 0 || c.maxAge > 0 && c.policy == "":
		return fmt.Errorf("%w: --max-age is how old the co-signatures of a policy may be, such as 26h; it needs --policy FILE", errUsage)
	case c.rerun && len(c.params) == 0:
		return fmt.Errorf("%w: which parameter is to be another? Give --param NAME=VALUE", errUsage)
	case c.explain && c.row < 1:
		return fmt.Errorf("%w: which row? Give --row N, from 1", errUsage)
	}
	return nil
}
