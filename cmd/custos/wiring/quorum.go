package wiring

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"custos.example/custody"
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
	if err != nil {
		return p, fmt.Errorf("the policy of the co-signers: %w: %w", custody.ErrInvalid, err)
	}
	return p, nil
}

func (o Options) quorumFile() string { return filepath.Join(o.Dir, "quorum.policy") }
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
