package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy/rego"
)

// policyCommand is everything about policy releases.
func policyCommand(s *settings) *cobra.Command {
	return group("policy", "the rules by which every act is allowed or refused, and who may change them",
		policyList(s), policyShow(s), policyExplain(s), policyDiff(s), policyExport(s), policyTest(s), policyPropose(s), policyApprove(s), policyPublish(s))
}

// aRelease says how a release is named on the command line.
const aRelease = "a release: in-force, built, 8 digits or more of its digest, its name, a folder of rules or a file that policy export --text wrote"

// perhaps does the work over a record if one is named, and else over none.
func (s *settings) perhaps(cmd *cobra.Command, work func(ctx context.Context, st *wiring.Station) error) error {
	if s.dir == "" {
		return work(cmd.Context(), nil)
	}
	return s.with(cmd, work)
}

// releaseText returns the text of a release that is named as aRelease says, and the
// tests beside it. The empty name is the release in force, or where no record is
// named the one that this program was built with.
func releaseText(ctx context.Context, st *wiring.Station, name string) ([]byte, fs.FS, error) {
	own, err := rego.Tests()
	if err != nil {
		return nil, nil, err
	}
	if name == "" && st != nil {
		name = custody.NameInForce
	}
	if name == "" || name == custody.NameBuilt {
		text, err := rego.Built()
		return text, own, err
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		text, tests, err := rego.Folder(os.DirFS(name))
		return text, tests, atFault(name, err)
	case err == nil:
		text, err := readFile(name, maxDocument)
		return text, own, err
	case !errors.Is(err, fs.ErrNotExist):
		return nil, nil, err
	case st == nil:
		return nil, nil, fmt.Errorf("%w: there is no folder or file %s; a release of a record needs --dir", errUsage, name)
	}
	release, err := st.Service.Releases().Named(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	text, err := st.Service.Releases().Text(ctx, release.Release)
	return text, own, err
}

// atFault says that rules are at fault, and where they lie.
func atFault(where string, err error) error {
	if errors.Is(err, rego.ErrText) || errors.Is(err, rego.ErrForm) {
		return fmt.Errorf("%s: %w: %w", where, custody.ErrInvalid, err)
	}
	return err
}

// openRelease compiles a release that is named as aRelease says.
func openRelease(ctx context.Context, st *wiring.Station, engines *rego.Engines, name string) (*rego.Engine, error) {
	text, _, err := releaseText(ctx, st, name)
	if err != nil {
		return nil, err
	}
	engine, err := engines.Open(ctx, text)
	if name == "" {
		name = "the rules"
	}
	return engine, atFault(name, err)
}

func policyPropose(s *settings) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "propose FOLDER", Short: "put a policy release forward: the rules of a folder, or a file that policy export --text wrote",
		Long: "Anybody whom the rules in force let propose can put a release forward. Its text is kept in the record, its SHA-256 names it,\n" +
			"and nothing changes until a data protection officer and a senior responsible officer, neither of them its author, have\n" +
			"approved it and an administrator publishes it. What it would have decided of everything decided so far:\n" +
			"custos audit replay --policy DIGEST.",
		Args: one("the folder of rules, or the file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				text, _, err := releaseText(ctx, st, args[0])
				if err != nil {
					return err
				}
				engines := rego.NewEngines()
				current, err := openRelease(ctx, st, engines, "")
				if err != nil {
					return err
				}
				next, err := engines.Open(ctx, text)
				if err != nil {
					return atFault(args[0], err)
				}
				changes, err := current.Compare(ctx, next)
				if err != nil {
					return err
				}
				proposed, err := st.Service.Releases().Propose(ctx, s.who(), custody.ProposeRelease{Ask: s.ask(), Name: name, Text: text})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"release": proposed.Release.String(), "proof": proofOf(proposed.Proof), "changes": changes}, func(w io.Writer) {
					say(w, "%s is put forward as %q: entry %d of the log.", proposed.Release, name, proposed.Placed.Index)
					changesText(w, changes, false)
					say(w, "Nothing is decided by it yet. A data protection officer and a senior responsible officer can approve it:")
					say(w, "  custos policy diff in-force %s", proposed.Release.String()[:8])
					say(w, "  custos policy approve %s", proposed.Release.String()[:8])
				})
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "what people call it, such as \"2026-11: renewals\"")
	return c
}

// releaseStep is a command that takes a proposed release one step further.
func releaseStep(s *settings, use, short string, do func(ctx context.Context, u custody.Releases, release ledger.Digest) (custody.Proof, error),
	said func(w io.Writer, r custody.Release),
) *cobra.Command {
	return &cobra.Command{
		Use: use + " RELEASE", Short: short, Args: one(aRelease),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				u := st.Service.Releases()
				named, err := u.Named(ctx, args[0])
				if err != nil {
					return err
				}
				proof, err := do(ctx, u, named.Release)
				if err != nil {
					return err
				}
				if named, err = u.Named(ctx, named.Release.String()); err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"release": releaseOf(named), "proof": proofOf(proof)}, func(w io.Writer) {
					said(w, named)
					say(w, "  entry %d of the log", proof.Placed.Index)
				})
			})
		},
	}
}

func policyApprove(s *settings) *cobra.Command {
	return releaseStep(s, "approve", "approve a policy release that somebody else put forward",
		func(ctx context.Context, u custody.Releases, release ledger.Digest) (custody.Proof, error) {
			return u.Approve(ctx, s.who(), custody.ApproveRelease{Ask: s.ask(), Release: release})
		},
		func(w io.Writer, r custody.Release) {
			say(w, "%s (%s) is approved by you.", r.Release, r.Name)
			var by []string
			for _, a := range r.Approved {
				if a.Counts {
					by = append(by, a.By+" as "+a.Role)
				}
			}
			say(w, "  approvals that count: %s", strings.Join(by, ", "))
		})
}

func policyPublish(s *settings) *cobra.Command {
	return releaseStep(s, "publish", "put a policy release in force that others wrote and approved",
		func(ctx context.Context, u custody.Releases, release ledger.Digest) (custody.Proof, error) {
			return u.Publish(ctx, s.who(), custody.PublishRelease{Ask: s.ask(), Release: release})
		},
		func(w io.Writer, r custody.Release) {
			say(w, "%s (%s) is in force, on every server of this log.", r.Release, r.Name)
		})
}
