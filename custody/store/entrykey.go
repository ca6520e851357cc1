package store

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"fmt"

	"custos.example/ledger"
)

// entryKey is the column under which an entry is found by its id: the order that the
// id was made from, or whatever bytes another id gives.
//
// An index grows cheaply at its end and dearly in its middle, where each new key has a
// page of its own to write. So ids are made from orders, of which those that are made
// one after the other stand together; but what stands in an id is seen by people who
// are to see no more than that there is an entry, and an order says when. An id is
// therefore an order under a key of the organisation: random to everybody else.
type entryKey [aes.BlockSize]byte

// orderCollection names what the key is derived for.
const orderCollection = "custos/store/entry-order/v1"

// order returns the permutation between ids and orders, AES-128.
// Errors: errKeys.
func (s *Store) order() (cipher.Block, error) {
	if known := s.ordering.Load(); known != nil {
		return *known, nil
	}
	text, err := s.blind("", orderCollection, "")
	if err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) < len(entryKey{}) {
		return nil, fmt.Errorf("find entries: %w", errKeys)
	}
	block, err := aes.NewCipher(secret[:len(entryKey{})])
	if err != nil {
		return nil, fmt.Errorf("find entries: %w: %w", errKeys, err)
	}
	s.ordering.Store(&block)
	return block, nil
}

// EntryIDs returns what makes ids of orders. See custody.Store.
// Errors: keys that cannot be used now.
func (s *Store) EntryIDs() (func(order [16]byte) ledger.EntryID, error) {
	block, err := s.order()
	if err != nil {
		return nil, err
	}
	return func(order [16]byte) (id ledger.EntryID) {
		block.Encrypt(id[:], order[:])
		return id
	}, nil
}

// keyOf returns the column of an id.
// Errors: errKeys.
func (s *Store) keyOf(id ledger.EntryID) (key entryKey, err error) {
	block, err := s.order()
	if err == nil {
		block.Decrypt(key[:], id[:])
	}
	return key, err
}

// idOf returns the id of a column as it was read.
// Errors: errKeys; custody.ErrIntegrity for one of another length.
func (s *Store) idOf(column []byte) (id ledger.EntryID, err error) {
	var key entryKey
	if err := fill(key[:], column); err != nil {
		return id, err
	}
	block, err := s.order()
	if err == nil {
		block.Encrypt(id[:], key[:])
	}
	return id, err
}
