package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
)

func databaseMove(s *settings) *cobra.Command {
	var to string
	var cancel bool
	c := &cobra.Command{
		Use: "move", Short: "move the record to another database, entry by entry, and check each on its way and on arrival", Args: cobra.NoArgs,
		Long: "Moves the entries from the database in the data folder, or the one that --sql names, to the one that --to names. Payloads, keys,\n" +
			"guard and tiles stay where they are. Stop the service first, and make a backup. From the beginning nothing can be added to the old\n" +
			"database; the new one opens only when every row and the root at every size agree, and the old one then says where the record has gone.\n" +
			"Cut short, the same command goes on; --cancel gives it up and lets the old database be used again. PostgreSQL in --to: an empty\n" +
			"database, by the address of the role that owns its tables; afterwards custos database prepare gives the service its rights.\n" +
			"Exit code 1: something differs, or the move is not possible; nothing was given over.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			options, err := s.opening(cmd)
			switch {
			case err != nil:
				return err
			case cancel:
				if err := wiring.CancelMove(cmd.Context(), options, to); err != nil {
					return err
				}
				return s.answer(cmd, map[string]bool{"cancelled": true}, func(w io.Writer) {
					say(w, "The move was given up. The old database takes entries again, and is the one to use.")
				})
			case to == "":
				return fmt.Errorf("%w: say where to with --to: a PostgreSQL address, or %s", errUsage, wiring.Embedded)
			}
			return s.move(cmd.Context(), cmd, options, to)
		},
	}
	c.Flags().StringVar(&to, "to", "", "the new database: a PostgreSQL address, or "+wiring.Embedded+" for the one in the data folder")
	c.Flags().BoolVar(&cancel, "cancel", false, "give a move up that has not come to its end; with --to, what was copied there is removed")
	return c
}

func (s *settings) move(ctx context.Context, cmd *cobra.Command, options wiring.Options, to string) error {
	step := ""
	moved, err := wiring.MoveDatabase(ctx, options, wiring.Moving{To: to, Tell: func(now string, done, total uint64) {
		if now != step {
			say(cmd.ErrOrStderr(), "custos: %s (%d of %s)", now, done, plural(int(total), "entry", "entries")) //nolint:gosec // a count
			step = now
		}
	}})
	if err != nil {
		return err
	}
	return s.answer(cmd, moved, func(w io.Writer) {
		say(w, "Moved: %s on %s. Every row is the same in both, and so is the root at each size.", plural(int(moved.Entries), "entry", "entries"), //nolint:gosec // a count
			plural(int(moved.Chains), "chain", "chains")) //nolint:gosec // a count
		say(w, "Root   %s", moved.Root)
		if len(moved.Against) == 0 {
			say(w, "WARNING  the guard holds no checkpoint: a record put back to an earlier state would not have been seen")
		}
		for _, against := range moved.Against {
			say(w, "It extends %s, and goes on from there.", against)
		}
		say(w, "The old database (%s) takes no more entries and says where the record has gone.", moved.Old)
		say(w, "Payloads, keys, guard and tiles stay in %s, %s and %s: nothing of them is to be copied.", options.Dir, options.KeyFolder(), options.GuardFile())
		if to == wiring.Embedded {
			say(w, "From now on: every command without --sql. Next: custos fsck, and a backup of the data folder.")
		} else {
			say(w, "From now on: every command with --sql and the address of the service's role, without --tree.")
			say(w, "Next: custos database prepare with the owner's address, custos fsck, and a backup of the new database.")
		}
		say(w, "Then remove the old database: what is erased from now on would stay in it, sealed under keys that erasure destroys.")
	})
}
