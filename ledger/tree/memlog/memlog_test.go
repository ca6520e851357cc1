package memlog_test

import (
	"testing"

	"custos.example/ledger/tree"
	"custos.example/ledger/tree/memlog"
	"custos.example/ledger/tree/treetest"
)

func TestConformance(t *testing.T) {
	treetest.Run(t, func(*testing.T) treetest.Fixture {
		return treetest.Fixture{
			Open:    func(*testing.T) tree.Engine { return memlog.New() },
			Forgets: true,
		}
	})
}

func TestLong(t *testing.T) {
	treetest.Long(t, "tree-memory-leaves", treetest.Fixture{Open: func(*testing.T) tree.Engine { return memlog.New() }, Forgets: true})
}
