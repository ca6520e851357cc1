package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

func initCommand(s *settings) *cobra.Command {
	var origin, name, policy, public, follows, followsTrust string
	var uris [2]string
	var passphrase bool
	c := &cobra.Command{
		Use: "init", Short: "found a log: keys, the first entries and the trust file", Args: cobra.NoArgs, PreRunE: byItself,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options, err := s.opening(cmd) // of an init that was cut short, the passphrase is there
			if err != nil {
				return err
			}
			if origin == "" || s.actor == "" {
				return fmt.Errorf("%w: init needs --origin (the log's name) and --as (id of the first administrator)", errUsage)
			}
			if name == "" {
				name = s.actor
			}
			if options.Quorum, err = quorumOf(policy); err != nil {
				return err
			}
			options.LogKey, options.ServiceKey = uris[0], uris[1]
			if public != "" {
				key, err := publicIn(public)
				if err != nil {
					return err
				}
				options.Public = &key
			}
			if follows != "" {
				if options.Follows, err = followed(follows, followsTrust, origin); err != nil {
					return err
				}
			}
			if options.Passphrase == "" && (passphrase || s.keysPassphraseFile != "") {
				if options.Passphrase, err = s.folderPassphrase(cmd, true); err != nil {
					return err
				}
			}
			first := custody.Person{ID: s.actor, Name: name, Roles: []string{"administrator"}}
			if err := wiring.Init(cmd.Context(), options, origin, first); err != nil {
				return err
			}
			return s.answer(cmd, map[string]string{"origin": origin, "trust": filepath.Join(s.dir, "trust.json")}, func(w io.Writer) {
				say(w, "The log %s has been founded in %s.", origin, s.dir)
				say(w, "Keys are in %s: back them up apart from the data, never together with it.", options.KeyFolder())
				guardText(w, options)
				quorumText(w, options)
				logKeyText(w, filepath.Join(s.dir, "trust.json"))
				say(w, "Give %s to those who check exhibits, by a way of its own.", filepath.Join(s.dir, "trust.json"))
			})
		},
	}
	c.Flags().StringVar(&origin, "origin", "", "name of the log, such as custos.northshire.police.example/log")
	c.Flags().StringVar(&name, "name", "", "name of the first administrator")
	c.Flags().StringVar(&public, "public", "", "public key of the first administrator, who keeps the key (default: the service makes and holds one)")
	c.Flags().StringVar(&follows, "follows", "", "file that custos log close wrote: the log that this one continues")
	c.Flags().StringVar(&followsTrust, "follows-trust", "", "trust file of that log")
	c.Flags().StringVar(&uris[0], "log-key", "", "the log's key in a key service, such as hashivault://NAME (default: a file)")
	c.Flags().StringVar(&uris[1], "service-key", "", "the service's key in a key service (default: a file)")
	c.Flags().BoolVar(&passphrase, "passphrase", false, "the key folder opens with a passphrase: asked for twice, or from --keys-passphrase-file (default: with a key file in it)")
	c.Flags().StringVar(&policy, "quorum", "", "file with the policy of the co-signers (C2SP tlog-policy), or none")
	return c
}

// guardText says what the guard does not see where it lies.
func guardText(w io.Writer, o wiring.Options) {
	if o.Guard == "" {
		say(w, "The guard is %s. Keep it on another disk with --guard: if both folders", o.GuardFile())
		say(w, "are put back to an earlier state together, that would not be seen.")
	}
}

func actorCommand(s *settings) *cobra.Command {
	var name, public string
	var roles []string
	var standing standingFlags
	enrol := &cobra.Command{
		Use: "enrol ID", Short: "give a person a key, held here on their behalf or kept by them, and roles", Args: one("the person's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				p := custody.Person{ID: args[0], Name: name, Roles: roles}
				q, err := standing.qualify()
				if err != nil {
					return err
				}
				request := custody.Enrol{Ask: s.ask(), Person: p, Qualify: q}
				if public != "" {
					key, err := publicIn(public)
					if err != nil {
						return err
					}
					request.Public = &key
				}
				proof, err := st.Service.Organisation().Enrol(ctx, s.who(), request)
				if err != nil {
					return err
				}
				if err := st.WriteTrust(ctx); err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					say(w, "%s is enrolled: entry %d of the log. The trust file has been written anew.", p.ID, proof.Placed.Index)
				})
			})
		},
	}
	enrol.Flags().StringVar(&name, "name", "", "the person's name")
	enrol.Flags().StringVar(&public, "public", "", "public key (FILE.pub) of a key that the person keeps (default: the service makes and holds one)")
	enrol.Flags().StringSliceVar(&roles, "roles", nil, "roles, such as analyst,sio")
	standing.add(enrol)

	return group("actor", "people and their keys", enrol, actorToken(s), actorSignOn(s), actorSignOns(s), actorStanding(s), actorList(s), actorShow(s))
}

// one is cobra.ExactArgs(1) with words.
func one(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%w: give %s", errUsage, what)
		}
		return nil
	}
}
