package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/recorder"
)

// maxPolicy is the most that a policy of co-signers may have. Units: bytes.
const maxPolicy = 256 << 10

// quorumOf reads the file that a --quorum names; "none" and nothing are nobody.
func quorumOf(path string) ([]byte, error) {
	if path == "" || path == quorum.None {
		return nil, nil
	}
	text, err := readFile(path, maxPolicy)
	if err != nil {
		return nil, fmt.Errorf("--quorum: %w", err)
	}
	return text, nil
}

// quorumText says who confirms the log besides its owner.
func quorumText(w io.Writer, o wiring.Options) {
	p, err := quorum.Parse(o.Quorum)
	if err != nil || !p.Asked() {
		say(w, "")
		say(w, "NO CO-SIGNER CONFIRMS THIS LOG. To others, only you vouch for it: whoever holds its key could rewrite")
		say(w, "the whole history, and no exhibit will show more than that. Found it with --quorum FILE instead: the")
		say(w, "policy names organisations that co-sign every checkpoint (3 of 4 is a good beginning).")
		say(w, "")
		return
	}
	least, all := p.Organisations()
	say(w, "%d of %d organisations must co-sign every checkpoint. Until they have, entries are acknowledged, but no receipt", least, all)
	say(w, "and no bundle is given. %d of them may be down; to show two histories, %d of them would have to help.", all-least, max(2*least-all, 1))
	if 2*least <= all {
		say(w, "WARNING: two quorums of this policy need not have an organisation in common, so two histories can both be")
		say(w, "co-signed by honest co-signers. Ask for more than half.")
	}
}

// logKeyText names the log's key, by which a co-signer admits the log and a
// follower knows it.
func logKeyText(w io.Writer, trustFile string) {
	text, err := readFile(trustFile, maxDocument)
	if err != nil {
		return // the station that wrote it has just been closed; whoever looks next sees why
	}
	if trust, err := ledger.ParseTrust(text); err == nil && len(trust.Log) > 0 {
		say(w, "The log's public key, for co-signers (custos witness admit) and followers (custos witness follow), is")
		say(w, "%s", trust.Log[0])
	}
}

func coSignersCommand(s *settings) *cobra.Command {
	return group("co-signers", "who confirms this log, and how those without a network do", coSignersList(s), coSignersAsk(s), coSignersAdd(s), coSignersUse(s))
}

// confirm asks for the co-signatures of what a command recorded, and says so where
// they are missing.
// Errors: custody.ErrIntegrity when the co-signers show that the log was put back.
func (s *settings) confirm(cmd *cobra.Command, st *wiring.Station) error {
	if !st.Quorum().Asked() {
		return nil
	}
	_, _, err := st.Service.Recorder.Checkpoint(cmd.Context(), 0)
	switch {
	case errors.Is(err, custody.ErrIntegrity):
		return err
	case errors.Is(err, custody.ErrNotCoSigned):
		say(cmd.ErrOrStderr(), "custos: %v", st.Recorder.CoSigned())
		say(cmd.ErrOrStderr(), "custos: what was done is recorded and acknowledged; receipts and bundles wait for the co-signers, which are asked again")
	}
	return nil // whoever waits for a receipt has been told of anything else
}

// askedElement is one co-signer of the policy, and how it did.
type askedElement struct {
	Name         string `json:"name"`
	Organisation string `json:"organisation"`
	URL          string `json:"url,omitempty"`
	Size         uint64 `json:"size,omitempty"`
	At           string `json:"at,omitempty"`
	Open         string `json:"open,omitempty"`
}

func (a askedElement) text() string {
	switch {
	case a.URL == "":
		return "is asked by file: custos co-signers ask"
	case a.Open == "":
		return fmt.Sprintf("co-signed %d entries at %s", a.Size, a.At)
	case a.Size > 0:
		return fmt.Sprintf("%s; it last co-signed %d entries at %s", a.Open, a.Size, a.At)
	}
	return a.Open
}

// askedElements joins the policy and how each co-signer did: now, or else in the
// newest checkpoint that was co-signed.
func askedElements(st *wiring.Station) []askedElement {
	list, last := []askedElement{}, st.Recorder.Newest()
	asked := st.Recorder.Asked()
	for _, c := range st.Quorum().CoSigners {
		e := askedElement{Name: c.Key.Name, Organisation: quorum.Organisation(c.Key), URL: c.URL}
		if signed, err := last.CoSignatures(c.Key); err == nil && len(signed) == 1 {
			e.Size, e.At = last.Size, signed[0].At.Format(time.RFC3339)
		}
		for _, a := range asked {
			if a.Key != c.Key {
				continue
			}
			e.Open = a.Open
			if a.Size > e.Size {
				e.Size, e.At = a.Size, a.At.Format(time.RFC3339)
			}
		}
		list = append(list, e)
	}
	return list
}

func coSignersList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "ask every co-signer now, and say who has confirmed how much of this log", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				p := st.Quorum()
				if err := st.Recorder.Renew(ctx); err != nil && !errors.Is(err, recorder.ErrNotCoSigned) {
					return fmt.Errorf("%w: %w", custody.ErrIntegrity, err)
				}
				least, all := p.Organisations()
				list, last := askedElements(st), st.Recorder.Newest()
				publishSoon(ctx, st)
				answer := map[string]any{
					"coSigners": list, "least": least, "organisations": all, "size": last.Size, "coSigned": st.Recorder.CoSigned() == nil,
				}
				return s.answer(cmd, answer, func(w io.Writer) {
					if !p.Asked() {
						say(w, "Nobody is asked: to others, only this log's owner vouches for it.")
						return
					}
					say(w, "%d of %d organisations must co-sign:", least, all)
					for _, e := range list {
						say(w, "  %s %s", e.Name, e.text())
					}
					say(w, "The newest checkpoint that may be shown has %d entries.", last.Size)
				})
			})
		},
	}
}

// publishSoon has the public folder brought up to what may be shown.
func publishSoon(ctx context.Context, st *wiring.Station) {
	if newest := st.Recorder.Newest(); newest.Size > 0 {
		_, _, _ = st.Service.Recorder.Checkpoint(ctx, newest.Size) // that one is made; asking for it has it published
	}
}

func coSignersAsk(s *settings) *cobra.Command {
	var out string
	var old uint64
	c := &cobra.Command{
		Use: "ask", Short: "write the newest checkpoint as a request to a co-signer that is reached by file", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return fmt.Errorf("%w: give --out, the file to carry to the co-signer", errUsage)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				request, err := st.Recorder.Ask(ctx, old)
				if err != nil {
					return err
				}
				if err := kept(out, request.Bytes()); err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"request": out, "size": request.Checkpoint.Size, "from": request.Old}, func(w io.Writer) {
					say(w, "Carry %s to the co-signer: custos witness sign --request %s --out ANSWER. It asks for %d entries,", out, out, request.Checkpoint.Size)
					say(w, "going on from %d. If the co-signer says that it has co-signed another number, ask again with --from NUMBER.", request.Old)
				})
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "file for the request")
	c.Flags().Uint64Var(&old, "from", 0, "how many entries this co-signer has co-signed before")
	return c
}

func coSignersAdd(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "add FILE", Short: "take the co-signature that came back in a file", Args: one("the file that the co-signer wrote"),
		RunE: func(cmd *cobra.Command, args []string) error {
			lines, err := readFile(args[0], maxPolicy)
			if err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				signed, err := st.Recorder.Add(ctx, lines)
				open := errors.Is(err, recorder.ErrNotCoSigned)
				if err != nil && !open {
					return fmt.Errorf("%w: %w", custody.ErrInvalid, err)
				}
				publishSoon(ctx, st)
				return s.answer(cmd, map[string]any{"size": signed.Size, "coSigned": !open}, func(w io.Writer) {
					say(w, "The co-signature of the checkpoint of %d entries is kept.", signed.Size)
					if open {
						say(w, "That checkpoint has not its quorum yet: %v", err)
					}
				})
			})
		},
	}
}

func coSignersUse(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "use FILE|none", Short: "put another policy of co-signers in force, for the record", Args: one("the policy's file, or none"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := quorumOf(args[0])
			if err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				proof, err := st.ChangeQuorum(ctx, s.who(), s.ask(), text)
				if err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					say(w, "From entry %d on the log asks for other co-signers; every bundle shows that entry.", proof.Placed.Index)
					quorumText(w, wiring.Options{Quorum: text})
					say(w, "Give the new trust.json and policy to those who check exhibits, by a way of its own.")
				})
			})
		},
	}
}
