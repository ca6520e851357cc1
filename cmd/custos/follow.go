package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/transport"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/follow"
	"custos.example/ledger/quorum"
)

// followFlags are what witness follow is told.
type followFlags struct {
	from, policy string
	log          []string
	maxAge       time.Duration
	every        time.Duration
	caller       transport.Caller
}

func witnessFollow(s *settings) *cobra.Command {
	var f followFlags
	c := &cobra.Command{
		Use: "follow", Short: "read a public log, compare it with all that was seen before, and raise an alarm; for a cron job", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := f.config(s.dir)
			if err != nil {
				return err
			}
			for {
				err := s.lookOnce(cmd, config)
				if f.every == 0 || err != nil {
					return err
				}
				select {
				case <-cmd.Context().Done():
					return nil
				case <-time.After(f.every):
				}
			}
		},
	}
	c.Flags().StringVar(&f.from, "from", "", "where the log is public: a folder, or an http or https address")
	c.Flags().StringSliceVar(&f.log, "log", nil, "public key of the log, name+hash+key; repeat for a second key")
	c.Flags().StringVar(&f.policy, "policy", "", "file with the policy of the co-signers that a head must show")
	c.Flags().DurationVar(&f.maxAge, "max-age", 25*time.Hour, "how old the newest co-signature, or else the newest head, may be; 0 = any age")
	f.caller.Flags(c.Flags())
	c.Flags().DurationVar(&f.every, "every", 0, "go on and look again after so long, until something is wrong")
	return c
}

// config reads the flags.
func (f followFlags) config(dir string) (follow.Config, error) {
	c := follow.Config{Folder: dir, MaxAge: f.maxAge, Now: time.Now}
	if dir == "" || f.from == "" {
		return c, fmt.Errorf("%w: follow needs --dir (its own folder, in which it remembers) and --from (where the log is public)", errUsage)
	}
	trust, err := f.caller.TLS()
	if err != nil {
		return c, err
	}
	if c.Source, err = follow.At(f.from, trust); err != nil {
		return c, fmt.Errorf("%w: %w", errUsage, err)
	}
	if f.policy != "" {
		text, err := readFile(f.policy, maxPolicy)
		if err != nil {
			return c, err
		}
		p, err := quorum.Parse(text)
		if err != nil {
			return c, fmt.Errorf("%s: %w: %w", f.policy, custody.ErrInvalid, err)
		}
		c.Policy = &p
		for _, l := range p.Logs {
			c.Log = append(c.Log, l.Key)
		}
	}
	for _, text := range f.log {
		key, err := ledger.ParseNoteKey(text)
		if err != nil || key.Type != ledger.LogKey {
			return c, errors.Join(fmt.Errorf("--log %q is not the key of a log: %w", text, custody.ErrInvalid), err)
		}
		if !slices.Contains(c.Log, key) {
			c.Log = append(c.Log, key)
		}
	}
	if len(c.Log) == 0 {
		return c, fmt.Errorf("%w: say which log with --log VKEY, or with a policy that names it", errUsage)
	}
	for _, k := range c.Log {
		if k.Name != c.Log[0].Name {
			return c, fmt.Errorf("%w: the keys are of two logs, %s and %s: follow each in a folder of its own", errUsage, c.Log[0].Name, k.Name)
		}
	}
	return c, nil
}

// lookOnce looks once and says what was seen. An alarm is exit code 1; a log that
// could not be read is 3.
func (s *settings) lookOnce(cmd *cobra.Command, config follow.Config) error {
	seen, err := follow.Look(cmd.Context(), config)
	if err != nil {
		return fmt.Errorf("%w: %w", custody.ErrConflict, err)
	}
	if err := s.answer(cmd, seen, func(w io.Writer) { sightingText(w, seen, config) }); err != nil {
		return err
	}
	return verdict(seen)
}

func verdict(seen follow.Sighting) error {
	if len(seen.Alarms) == 0 {
		return nil
	}
	for _, a := range seen.Alarms {
		if a.Kind != follow.Unreachable {
			return fmt.Errorf("%w: %d alarm(s) about the log %s", errDifference, len(seen.Alarms), seen.Origin)
		}
	}
	return fmt.Errorf("%w: the log %s could not be read", errCannotTell, seen.Origin)
}

func sightingText(w io.Writer, seen follow.Sighting, config follow.Config) {
	switch {
	case seen.Root == ledger.Digest{}:
	case seen.First:
		say(w, "%s: %d entries, root %s. This is the first look: nothing was compared.", seen.Origin, seen.Size, seen.Root)
	case len(seen.Alarms) == 0:
		say(w, "%s: %d entries, root %s. They begin with the %d seen before.", seen.Origin, seen.Size, seen.Root, seen.Before)
	default:
		say(w, "%s: %d entries, root %s; %d were seen before.", seen.Origin, seen.Size, seen.Root, seen.Before)
	}
	for _, name := range seen.CoSigners {
		say(w, "  co-signed by %s", name)
	}
	if config.Policy == nil && seen.Size > 0 {
		say(w, "  no co-signer was asked for: give --policy to see that others confirm the same history")
	}
	for _, a := range seen.Alarms {
		say(w, "ALARM  %s: %s.", a.Kind, a.Words)
		say(w, "       %s", a.Next)
		for _, file := range a.Evidence {
			say(w, "       kept: %s", file)
		}
	}
}
