package main

import (
	"context"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/sign"
)

func keyCommand(s *settings) *cobra.Command {
	return group("key", "the keys of the log and of its people",
		keyList(s), keyCreate(s), keyNext(s), keyRotate(s), keyRevoke(s), keyRoot(s), keyFolder(s), keySign(s), keyAgent(s), keyCeremony(s))
}

// keyElement is one key as the command line shows it.
type keyElement struct {
	Holder string   `json:"holder"`
	Name   string   `json:"name"`
	Roles  []string `json:"roles"`
	Key    string   `json:"key"`
	HeldBy string   `json:"heldBy"`
	From   uint64   `json:"from"`
	Until  *uint64  `json:"until,omitempty"`
	Reason string   `json:"reason,omitempty"`
}

func keyList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "every key, who holds it, and from and until which entry it counts", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				states, err := st.Service.Keys().List(ctx)
				if err != nil {
					return err
				}
				list := make([]keyElement, len(states))
				for i, k := range states {
					list[i] = keyElement{k.Holder, k.Name, k.Roles, k.Key.String(), k.HeldBy, uint64(k.From), nil, k.Reason}
					if until := uint64(k.Until); k.Revoked {
						list[i].Until = &until
					}
				}
				return s.answer(cmd, list, func(w io.Writer) {
					for _, k := range list {
						state := "in force"
						if k.Until != nil {
							state = fmt.Sprintf("ended at entry %d: %s", *k.Until, k.Reason)
						}
						hand := "held by the service, which signs on behalf of the holder"
						if k.HeldBy == "holder" {
							hand = "kept by its holder"
						}
						say(w, "%s  %s (%s)", k.Key[:16], k.Holder, strings.Join(k.Roles, ", "))
						say(w, "    %s, from entry %d; %s; %s", k.Name, k.From, hand, state)
					}
				})
			})
		},
	}
}

func keyCreate(s *settings) *cobra.Command {
	var plain bool
	c := &cobra.Command{
		Use: "create FILE", Short: "make a key that you keep yourself: FILE, and FILE.pub to hand in", Args: one("the file for the key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range []string{args[0], args[0] + ".pub"} {
				if err := free(name); err != nil {
					return err
				}
			}
			key, err := sign.Generate(rand.Reader)
			if err != nil {
				return err
			}
			content, err := key.Marshal()
			if !plain && err == nil {
				var passphrase []byte
				if passphrase, err = s.unlock(cmd)(true); err == nil {
					content, err = key.Seal(passphrase)
				}
			}
			if err != nil {
				return asUsage(err)
			}
			public, err := key.PublicPEM()
			if err != nil {
				return err
			}
			if err := sign.Write(args[0], content); err != nil {
				return asRefused(err)
			}
			if err := sign.Write(args[0]+".pub", public); err != nil {
				return asRefused(errors.Join(err, os.Remove(args[0]))) // nobody could hand it in
			}
			return s.answer(cmd, map[string]string{"file": args[0], "public": args[0] + ".pub", "key": key.KeyID().String()}, func(w io.Writer) {
				say(w, "The key %s is in %s. Nobody but you needs that file: keep it, and a copy of it elsewhere.", fingerprint(key.KeyID()), args[0])
				say(w, "Hand in %s.pub, and read the first digits out when you do:", args[0])
				say(w, "  %s", fingerprint(key.KeyID()))
			})
		},
	}
	c.Flags().BoolVar(&plain, "plain", false, "without a passphrase, as on a device that guards the file itself")
	return c
}

func keyNext(s *settings) *cobra.Command {
	var uri string
	c := &cobra.Command{
		Use: "next service|log", Short: "prepare the key that is to follow, and show it to those who must know it first", Args: one("which key: service or log"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] != "service" && args[0] != "log" {
				return fmt.Errorf("%w: the key of service or of log is prepared here", errUsage)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				key, err := st.NextKey(ctx, args[0], uri)
				if err != nil {
					return err
				}
				text, err := sign.VerifierKey(st.Service.Origin, key)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]string{"key": key.KeyID().String(), "vkey": text}, func(w io.Writer) {
					say(w, "The next key of %s is %s. It counts once custos key rotate %s has been asked.", args[0], fingerprint(key.KeyID()), args[0])
					if args[0] == "log" {
						say(w, "Co-signers must admit it first (custos witness admit), and a policy that lists the log's key needs this line too:")
						say(w, "%s", text)
					}
				})
			})
		},
	}
	c.Flags().StringVar(&uri, "uri", "", "its address in a key service, such as hashivault://NAME (default: a file in the key folder)")
	return c
}

func keyRotate(s *settings) *cobra.Command {
	var next string
	root := &rootFlags{}
	c := &cobra.Command{
		Use: "rotate [service|log|root]", Short: "replace a key, under the signatures of the old and of the new one (default: your own)",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				var proofs []custody.Proof
				var err error
				if len(args) == 0 {
					proofs, err = s.replaceOwn(ctx, cmd, st, next)
				} else {
					request := custody.ReplaceOwn{Ask: s.ask(), Which: args[0], Name: root.name}
					if request.Root, err = root.signer(ctx, s, cmd, st); err == nil && args[0] == "root" {
						request.Next, err = openNext(s, cmd, next)
					}
					if err == nil {
						proofs, err = st.Service.Keys().ReplaceOwn(ctx, s.who(), request)
					}
				}
				if err != nil {
					return err
				}
				if err := st.WriteTrust(ctx); err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"enrolled": proofOf(proofs[0]), "revoked": proofOf(proofs[1])}, func(w io.Writer) {
					say(w, "The new key counts from entry %d of the log; the old one ended at entry %d.", proofs[0].Placed.Index, proofs[1].Placed.Index)
					say(w, "The trust file has been written anew and names both: hand it to those who check exhibits.")
				})
			})
		},
	}
	c.Flags().StringVar(&next, "next", "", "file of the new key, for one that you keep yourself and for the root (default: the service makes and holds it)")
	root.add(c)
	return c
}

// replaceOwn replaces the key of the person who asks.
func (s *settings) replaceOwn(ctx context.Context, cmd *cobra.Command, st *wiring.Station, next string) ([]custody.Proof, error) {
	request := custody.ReplaceKey{Ask: s.ask()}
	if next != "" {
		key, err := openNext(s, cmd, next)
		if err != nil {
			return nil, err
		}
		public, err := ledger.NewPublicKey(key.Public())
		if err != nil {
			return nil, err
		}
		request.Next = &public
		st.Bring(key)
	}
	return st.Service.Keys().Replace(ctx, s.who(), request)
}

func openNext(s *settings, cmd *cobra.Command, path string) (*sign.Key, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: give the file of the new key with --next; custos key create makes one", errUsage)
	}
	key, err := sign.OpenWith(path, s.unlock(cmd))
	return key, asRefused(err)
}

func keyRevoke(s *settings) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "revoke ID", Short: "end the key of a person: from that entry on nothing may bear its signature", Args: one("the person's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return fmt.Errorf("%w: say why with --reason", errUsage)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				proof, err := st.Service.Organisation().Revoke(ctx, s.who(), custody.Revoke{Ask: s.ask(), Person: args[0], Reason: reason})
				if err != nil {
					return err
				}
				if err := st.WriteTrust(ctx); err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					say(w, "The key of %s ended at entry %d of the log. What it signed before stays good; nothing behind it does,", args[0], proof.Placed.Index)
					say(w, "whatever time it states. custos actor enrol gives the person a new key.")
				})
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return c
}

func keyRoot(s *settings) *cobra.Command {
	root := &rootFlags{}
	c := &cobra.Command{
		Use: "root", Short: "enrol the offline root: from then on only it changes the keys of the service, of the log and of itself", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				signer, err := root.signer(ctx, s, cmd, st)
				if err != nil {
					return err
				}
				proof, err := st.Service.Keys().EnrolRoot(ctx, s.who(), custody.EnrolRoot{Ask: s.ask(), Root: signer, Name: root.name})
				if err != nil {
					return err
				}
				if err := st.WriteTrust(ctx); err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					say(w, "The root key is enrolled: entry %d of the log. Take its file away from this machine.", proof.Placed.Index)
				})
			})
		},
	}
	root.add(c)
	return c
}

// fingerprint is a key id as people compare it: its first digits in fours.
func fingerprint(id ledger.KeyID) string {
	digits := strings.ToUpper(id.String()[:16])
	parts := slices.Collect(func(yield func(string) bool) {
		for i := 0; i < len(digits) && yield(digits[i:i+4]); i += 4 {
		}
	})
	return strings.Join(parts, "-")
}

// publicIn reads the public key that key create wrote beside a key.
func publicIn(path string) (ledger.PublicKey, error) {
	text, err := readFile(path, maxDocument)
	if err != nil {
		return ledger.PublicKey{}, err
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" || len(rest) > 0 {
		return ledger.PublicKey{}, fmt.Errorf("%s is no public key as custos key create writes it (FILE.pub): %w", path, custody.ErrInvalid)
	}
	public, err := ledger.ParsePublicKey(block.Bytes)
	if err != nil {
		return public, fmt.Errorf("%s: %w: %w", path, custody.ErrInvalid, err)
	}
	return public, nil
}
