package tree

import (
	"errors"
	"fmt"
)

// The outcomes that a caller of an engine may tell apart.
var (
	// ErrGap says that the leaves do not start at the tree's size. Nothing was
	// added. The caller reads the size again and goes on from there.
	ErrGap = errors.New("the leaves do not follow the end of the tree")
	// ErrLeaf says that a leaf is empty or too long. Nothing was added.
	ErrLeaf = errors.New("this leaf cannot stand in the tree")
	// ErrRange says that the question goes beyond the tree.
	ErrRange = errors.New("beyond the tree")
	// ErrFrozen says that the tree takes no more leaves.
	ErrFrozen = errors.New("the tree takes no more leaves")
	// ErrUnavailable says that the engine could not answer now. It is the only
	// one that may be tried again as it stands.
	ErrUnavailable = errors.New("the tree could not be asked")
	// ErrIntegrity says that what is stored contradicts itself or what was said
	// before. It is never retried.
	ErrIntegrity = errors.New("the stored log contradicts itself or what was said before")
	// ErrShrink says that the tree holds fewer leaves than it did. It is an
	// ErrIntegrity.
	ErrShrink = fmt.Errorf("%w: it has lost leaves", ErrIntegrity)
)
