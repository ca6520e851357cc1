package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// settle has every command say how it is used before it opens anything: words that it does
// not take, and a person who is not named.
func settle(root *cobra.Command, s *settings) {
	said := ways()
	var each func(c *cobra.Command)
	each = func(c *cobra.Command) {
		if c.Args != nil {
			c.Args = worded(c.Args)
		}
		// A command that says itself who asks brings its own check: init, and what the service does by itself.
		if way := said[wayOf(c)]; len(way.asks) > 0 && way.needs == needsFolders && c.PreRunE == nil {
			c.PreRunE = func(*cobra.Command, []string) error { return s.named() }
		}
		for _, child := range c.Commands() {
			each(child)
		}
	}
	each(root)
}

// wayOf is the name of a command as ways has it.
func wayOf(c *cobra.Command) string {
	_, name, _ := strings.Cut(c.CommandPath(), " ")
	return name
}

// worded gives a refusal of what stands behind a command its exit code.
func worded(args cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		err := args(c, given)
		if err == nil || errors.Is(err, errUsage) {
			return err
		}
		return fmt.Errorf("%w: %w; see %s --help", errUsage, err, c.CommandPath())
	}
}

// byItself is the check of a command that may be run with nobody named.
func byItself(*cobra.Command, []string) error { return nil }

// named returns nil when it was said who asks, if a record is asked at all.
func (s *settings) named() error {
	if s.dir != "" && s.actor == "" {
		return fmt.Errorf("%w: say who asks with --as ID", errUsage)
	}
	return nil
}
