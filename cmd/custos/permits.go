package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// permitFlags are the flags of asking for a permission.
type permitFlags struct {
	reference, data, use, whom, why string
	identifiers                     []string
}

func permitCommand(s *settings) *cobra.Command {
	var f permitFlags
	ask := &cobra.Command{
		Use: "ask excess|unmasking|further-use|inspection", Short: "ask for what somebody else has to decide on", Args: one("what is asked for"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.askPermission(cmd, f, policy.About(args[0])) },
	}
	f.common(ask)
	ask.Flags().StringVar(&f.data, "data", "", "the data set that it is about, by item (NET/1)")
	ask.Flags().StringSliceVar(&f.identifiers, "who", nil, "tokens, as pages of rows show them, or numbers")
	ask.Flags().StringVar(&f.use, "for", "", "the further use: "+words(policy.Purposes()))
	ask.Flags().StringVar(&f.whom, "inspector", "", "id of the inspector to whom the case is opened")
	return group("permit", "permissions: excess data, third parties, further uses, inspections",
		ask, s.decidePermission("decide REQUEST approved|refused|withdrawn", "answer a request, or take back what was asked or approved", ""), s.listPermissions(""))
}

func unmaskCommand(s *settings) *cobra.Command {
	var f permitFlags
	ask := &cobra.Command{
		Use: "ask TOKEN...", Short: "ask that third parties are shown, by their tokens", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.identifiers = args
			return s.askPermission(cmd, f, policy.AboutUnmasking)
		},
	}
	f.common(ask)
	return group("unmask", "third parties: who stands behind a token",
		ask, s.decidePermission("approve REQUEST", "agree that they are shown; somebody else must have asked", policy.PermissionApproved), s.listPermissions(policy.AboutUnmasking))
}

func (f *permitFlags) common(c *cobra.Command) {
	c.Flags().StringVar(&f.reference, "case", "", "the case's reference")
	c.Flags().StringVar(&f.why, "why", "", "why it is necessary, and proportionate")
}

func (s *settings) askPermission(cmd *cobra.Command, f permitFlags, about policy.About) error {
	return s.inCase(cmd, f.reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		request := custody.AskPermission{
			Ask: s.ask(), Case: id, About: about, For: f.whom, Identifiers: f.identifiers, Use: policy.Purpose(f.use), Reason: f.why,
		}
		if f.data != "" {
			var err error
			if request.Dataset, err = st.Service.Cases().Named(ctx, id, custody.NamedDataset, f.data); err != nil {
				return err
			}
		}
		proof, err := st.Service.Permissions().Ask(ctx, s.who(), request)
		if err != nil {
			return err
		}
		return s.answer(cmd, map[string]any{"request": proof.Entry, "proof": proofOf(proof)}, func(w io.Writer) {
			say(w, "Asked for: %s. Request %s; entry %d of the log.", about, proof.Entry, proof.Placed.Index)
			say(w, "  Somebody else decides: custos permit decide %s approved --why REASON", proof.Entry)
		})
	})
}

// decidePermission is the command that answers; without an answer of its own it
// takes one as the second argument.
func (s *settings) decidePermission(use, short string, answer policy.PermissionState) *cobra.Command {
	var f permitFlags
	args := cobra.ExactArgs(1)
	if answer == "" {
		args = cobra.ExactArgs(2)
	}
	decide := &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			decision := answer
			if decision == "" {
				decision = policy.PermissionState(args[1])
			}
			return s.decides(cmd, f, args[0], decision)
		},
	}
	f.common(decide)
	return decide
}

func (s *settings) decides(cmd *cobra.Command, f permitFlags, request string, decision policy.PermissionState) error {
	return s.inCase(cmd, f.reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		e, err := ledger.ParseEntryID(request)
		if err != nil {
			return fmt.Errorf("%w: the request is named by its entry: %w", errUsage, err)
		}
		proof, err := st.Service.Permissions().Decide(ctx, s.who(), custody.DecidePermission{
			Ask: s.ask(), Case: id, Request: e, Decision: decision, Reason: f.why,
		})
		if err != nil {
			return err
		}
		return s.answer(cmd, map[string]any{"proof": proofOf(proof), "decision": decision}, func(w io.Writer) {
			say(w, "The request was %s; entry %d of the log.", decision, proof.Placed.Index)
		})
	})
}

// permissionDocument is a permission as JSON.
type permissionDocument struct {
	Request     string                 `json:"request"`
	About       policy.About           `json:"about"`
	State       policy.PermissionState `json:"state"`
	AskedBy     string                 `json:"askedBy"`
	AskedAt     ledger.Time            `json:"askedAt"`
	Reason      string                 `json:"reason"`
	Dataset     string                 `json:"dataset,omitempty"`
	Identifiers []string               `json:"identifiers,omitempty"`
	For         string                 `json:"for,omitempty"`
	Inspector   string                 `json:"inspector,omitempty"`
	DecidedBy   string                 `json:"decidedBy,omitempty"`
	Why         string                 `json:"why,omitempty"`
}

// listPermissions lists the permissions of a case, or those about one thing.
func (s *settings) listPermissions(about policy.About) *cobra.Command {
	var reference string
	list := &cobra.Command{
		Use: "list", Short: "list what was asked for, and what was decided", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				all, err := st.Service.Permissions().List(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				documents := []permissionDocument{}
				for _, p := range all {
					if about == "" || p.About == about {
						documents = append(documents, permissionOf(p))
					}
				}
				return s.answer(cmd, map[string]any{"permissions": documents}, func(w io.Writer) {
					for _, d := range documents {
						d.write(w)
					}
					say(w, "%s", plural(len(documents), "request", "requests"))
				})
			})
		},
	}
	list.Flags().StringVar(&reference, "case", "", "the case's reference")
	return list
}

func permissionOf(p custody.Permission) permissionDocument {
	d := permissionDocument{
		Request: p.Request.String(), About: p.About, State: p.State, AskedBy: p.AskedBy, AskedAt: p.AskedAt, Reason: p.Reason,
		Identifiers: p.Identifiers, For: string(p.Use), Inspector: p.For, DecidedBy: p.DecidedBy, Why: p.Why,
	}
	if p.Dataset != (ledger.EntryID{}) {
		d.Dataset = p.Dataset.String()
	}
	return d
}

func (d permissionDocument) write(w io.Writer) {
	say(w, "%s  %s, %s; asked by %s: %s", d.Request, d.About, d.State, d.AskedBy, visible(d.Reason))
	for _, part := range []struct{ name, text string }{
		{"data set", d.Dataset}, {"who", strings.Join(d.Identifiers, " ")}, {"for", d.For}, {"inspector", d.Inspector},
	} {
		if part.text != "" {
			say(w, "  %-9s %s", part.name, visible(part.text))
		}
	}
	if d.DecidedBy != "" {
		say(w, "  %s by %s: %s", d.State, d.DecidedBy, visible(d.Why))
	}
}
