package wiring

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/recorder"
	"custos.example/ledger/witness"
)

// nobody is the policy of a log that asks for no co-signer.
const nobody = "# No co-signer confirms this log: to others, only its owner vouches for it.\nquorum none\n"

// parseQuorum reads the policy that a log is to be founded with.
// Errors: custody.ErrInvalid.
func parseQuorum(text []byte) (quorum.Policy, error) {
	if text == nil {
		text = []byte(nobody)
	}
	p, err := quorum.Parse(text)
	if err == nil {
		_, err = recorder.CoSigners(p)
	}
	if least, _ := p.Organisations(); err == nil && least >= ledger.MaxSignatures {
		err = fmt.Errorf("it needs %d co-signers, and a checkpoint has room for %d beside the log itself", least, ledger.MaxSignatures-1)
	}
	if err != nil {
		return p, fmt.Errorf("the policy of the co-signers: %w: %w", custody.ErrInvalid, err)
	}
	return p, nil
}

func (o Options) quorumFile() string { return filepath.Join(o.Dir, "quorum.policy") }
func (o Options) nextQuorum() string { return filepath.Join(o.Dir, "quorum.policy.next") }
func (o Options) keptFolder() string { return filepath.Join(o.Dir, "co-signed") }

// writeQuorum puts the policy into the data folder of a log that is founded.
// Errors: custody.ErrConflict when another one is there.
func writeQuorum(o Options) error {
	text := o.Quorum
	if text == nil {
		text = []byte(nobody)
	}
	there, err := os.ReadFile(o.quorumFile())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return replace(o.quorumFile(), text)
	case err == nil && !bytes.Equal(there, text):
		err = fmt.Errorf("%s holds another policy of co-signers than the one given: %w", o.quorumFile(), custody.ErrConflict)
	}
	return err
}

// quorumDigest is how the founding entries name a policy; nil when nobody is asked.
func (o Options) quorumDigest() *ledger.Digest {
	if o.Quorum == nil {
		return nil
	}
	digest := ledger.Digest(sha256.Sum256(o.Quorum))
	return &digest
}

// openQuorum reads the policy of the data folder and returns the co-signers that
// can be asked. A policy that is not there is no reason to ask nobody.
func (s *Station) openQuorum() ([]*witness.Client, error) {
	text, err := os.ReadFile(s.options.quorumFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is gone, which says who must co-sign this log: bring it back from a copy, "+
			"or from those who check your exhibits", custody.ErrIntegrity, s.options.quorumFile())
	}
	if err != nil {
		return nil, err
	}
	if s.quorum, err = parseQuorum(text); err != nil {
		return nil, err
	}
	return recorder.CoSigners(s.quorum)
}

// Quorum returns the policy of the co-signers of this log.
func (s *Station) Quorum() quorum.Policy { return s.quorum }

// checkQuorum holds the policy in the data folder against the one that the record
// says is in force, so that nobody does away with the co-signers by a change of a
// file. A change that was cut short after it was recorded is finished.
// Errors: custody.ErrIntegrity.
func (s *Station) checkQuorum(ctx context.Context) error {
	recorded, found, err := s.Service.Organisation().CoSigners(ctx)
	if err != nil || !found {
		return err
	}
	for _, path := range []string{s.options.quorumFile(), s.options.nextQuorum()} {
		text, err := os.ReadFile(path)
		if err != nil || sha256.Sum256(text) != recorded {
			continue
		}
		if path == s.options.quorumFile() {
			return nil
		}
		return s.takeQuorum(text)
	}
	return fmt.Errorf("%w: %s is not the policy of co-signers that the record says is in force (SHA-256 %s): bring that one back "+
		"from a copy, and find out who changed it; to change it, use custos co-signers use", custody.ErrIntegrity, s.options.quorumFile(), recorded)
}

// takeQuorum makes a recorded policy the one of the data folder. It is asked for
// from the next start on.
func (s *Station) takeQuorum(text []byte) error {
	p, err := parseQuorum(text)
	if err != nil {
		return err
	}
	if err := replace(s.options.quorumFile(), text); err != nil {
		return err
	}
	s.quorum = p
	err = os.Remove(s.options.nextQuorum())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

// ChangeQuorum records another policy of co-signers and puts it into the data
// folder; nil asks for nobody from then on. The trust file is written anew.
// Errors: custody.ErrInvalid; those of the policy and the record.
func (s *Station) ChangeQuorum(ctx context.Context, actor custody.Actor, ask custody.Ask, text []byte) (custody.Proof, error) {
	if text == nil {
		text = []byte(nobody)
	}
	if _, err := parseQuorum(text); err != nil {
		return custody.Proof{}, err
	}
	if err := replace(s.options.nextQuorum(), text); err != nil {
		return custody.Proof{}, err
	}
	proof, err := s.Service.Organisation().ChangeCoSigners(ctx, actor, custody.ChangeCoSigners{Ask: ask, Policy: sha256.Sum256(text)})
	if err != nil {
		return custody.Proof{}, err // the file counts for nothing unless the entry was recorded after all
	}
	if err := s.takeQuorum(text); err != nil {
		return proof, err
	}
	return proof, s.WriteTrust(ctx)
}
