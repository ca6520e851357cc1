package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/durable"
	"custos.example/ledger/sign"
)

// rootFlags say how the root signs.
type rootFlags struct {
	file, folder, public, name string
}

func (r *rootFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&r.file, "root", "", "file of the root key, brought to this machine for the moment")
	c.Flags().StringVar(&r.folder, "root-by", "", "folder for what the root is to sign elsewhere with custos key sign; waits for the answer there")
	c.Flags().StringVar(&r.public, "root-public", "", "the root's public key, with --root-by when no root is enrolled yet")
	c.Flags().StringVar(&r.name, "name", "", "name of a new root, such as the ceremony at which it was made")
}

// signer returns how the root signs; nil when neither flag is given.
func (r *rootFlags) signer(ctx context.Context, s *settings, cmd *cobra.Command, st *wiring.Station) (custody.Signer, error) {
	switch {
	case r.file != "" && r.folder != "":
		return nil, fmt.Errorf("%w: --root and --root-by are two ways of the same", errUsage)
	case r.file != "":
		key, err := sign.OpenWith(r.file, s.unlock(cmd))
		if err != nil {
			return nil, asRefused(err)
		}
		return key, nil
	case r.folder == "":
		return nil, nil //nolint:nilnil // no root is a case of its own, told where one is needed
	}
	public, err := r.publicKey(ctx, st)
	if err != nil {
		return nil, err
	}
	return sign.NewDistant(public, func(ctx context.Context, message []byte) ([]byte, error) {
		return signElsewhere(ctx, cmd.ErrOrStderr(), r.folder, message)
	}), nil
}

func (r *rootFlags) publicKey(ctx context.Context, st *wiring.Station) (ledger.PublicKey, error) {
	if r.public != "" {
		return publicIn(r.public)
	}
	states, err := st.Service.Keys().List(ctx)
	if err != nil {
		return ledger.PublicKey{}, err
	}
	root, found := custody.InForce(states, ledger.RoleRoot)
	if !found {
		return ledger.PublicKey{}, fmt.Errorf("%w: no root is enrolled yet, so give its public key with --root-public", errUsage)
	}
	return root.Public, nil
}

// toSign is the file by which a message goes to a key that is elsewhere, and its
// answer comes back.
type toSign struct {
	Format    string `json:"format"`
	Message   []byte `json:"message"`
	Signature []byte `json:"signature,omitempty"`
}

const (
	toSignFormat = "https://custos.example/to-sign/v1"
	answered     = ".signed"
	maxToSign    = 32 << 20
)

// signElsewhere writes the message into the folder and waits for the answer.
func signElsewhere(ctx context.Context, w io.Writer, folder string, message []byte) ([]byte, error) {
	text, err := json.Marshal(toSign{Format: toSignFormat, Message: message})
	if err != nil {
		return nil, err
	}
	var path string
	for i := 1; path == ""; i++ {
		path = filepath.Join(folder, fmt.Sprintf("to-sign-%03d.json", i))
		if err := sign.Write(path, text); errors.Is(err, sign.ErrExists) {
			path = ""
		} else if err != nil {
			return nil, err
		}
	}
	say(w, "custos: sign %s where the key is (custos key sign FILE --key KEY), and put %s beside it; this waits", path, filepath.Base(path)+answered)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := readToSign(path + answered)
		if err == nil && bytes.Equal(answer.Message, message) {
			return answer.Signature, nil
		}
		if err == nil {
			return nil, fmt.Errorf("%s answers another message than %s: %w", path+answered, path, custody.ErrInvalid)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("nothing was done: %w", context.Cause(ctx))
		}
	}
}

func readToSign(path string) (toSign, error) {
	var asked toSign
	text, err := readFile(path, maxToSign)
	if err != nil {
		return asked, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&asked); err != nil || asked.Format != toSignFormat {
		return asked, fmt.Errorf("%s is not what custos asks to be signed: %w", path, custody.ErrInvalid)
	}
	return asked, nil
}

// ownKeys opens the keys that the asker keeps, by their ids.
func (s *settings) ownKeyFiles(cmd *cobra.Command) ([]*sign.Key, error) {
	if len(s.ownKeys) == 0 {
		return nil, fmt.Errorf("%w: give the file of your key with --key", errUsage)
	}
	keys := make([]*sign.Key, len(s.ownKeys))
	for i, path := range s.ownKeys {
		var err error
		if keys[i], err = sign.OpenWith(path, s.unlock(cmd)); err != nil {
			return nil, asRefused(err)
		}
	}
	return keys, nil
}

// keyFor returns the key under whose name the statement is to stand.
func keyFor(keys []*sign.Key, statement ledger.Statement) (*sign.Key, error) {
	actor := statement.Predicate.Actor
	at := slices.IndexFunc(keys, func(k *sign.Key) bool { return k.KeyID() == actor.Key })
	if at < 0 {
		return nil, fmt.Errorf("this is to be signed by the key %s of %s, which is none of those given: %w", fingerprint(actor.Key), actor.ID, custody.ErrInvalid)
	}
	return keys[at], nil
}

func keySign(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "sign FILE --key KEY", Short: "sign one entry on a machine without a network, and write FILE.signed", Args: one("the file to be signed"),
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := s.ownKeyFiles(cmd)
			if err != nil {
				return err
			}
			asked, err := readToSign(args[0])
			if err != nil {
				return err
			}
			statement, err := custody.ToSign{Message: asked.Message}.Statement()
			if err != nil {
				return err
			}
			key, err := keyFor(keys, statement)
			if err != nil {
				return err
			}
			if asked.Signature, err = key.Sign(cmd.Context(), asked.Message); err != nil {
				return err
			}
			text, err := json.Marshal(asked)
			if err != nil {
				return err
			}
			if err := durable.Replace(args[0]+answered, text, 0o600); err != nil {
				return err
			}
			return s.answer(cmd, map[string]string{"signed": args[0] + answered, "entry": statementLine(statement)}, func(w io.Writer) {
				say(w, "Signed: %s", statementLine(statement))
				say(w, "Bring %s back.", args[0]+answered)
			})
		},
	}
}

// statementLine says in one line what a statement is, whatever a server has put into it. It
// names nobody's data.
func statementLine(s ledger.Statement) string {
	p := s.Predicate
	line := fmt.Sprintf("%s on chain %s after entry %d, as %s (%s), entry %s", s.Kind(), p.Place.Chain.String()[:8], p.Place.After.N, p.Actor.ID, p.Actor.Role, p.Place.Entry)
	switch d := p.Detail.(type) {
	case *ledger.AccessDecided:
		line += fmt.Sprintf(": %s, allowed %t", d.Action, d.Allowed)
	case *ledger.KeyEnrolled:
		line += fmt.Sprintf(": key %s for %s", fingerprint(d.Key), d.Holder)
	case *ledger.KeyRevoked:
		line += fmt.Sprintf(": key %s ends", fingerprint(d.Key))
	}
	return visible(line)
}

// asUsage and asRefused sort what package sign says.
func asUsage(err error) error {
	if errors.Is(err, sign.ErrPassphrase) {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return err
}

func asRefused(err error) error {
	for _, known := range []error{sign.ErrExists, sign.ErrKeyFile, sign.ErrPassphrase} {
		if errors.Is(err, known) {
			return fmt.Errorf("%w: %w", custody.ErrInvalid, err)
		}
	}
	return err
}
