package bundle

import (
	"custos.example/analysis"
	"custos.example/ledger"
)

// Payload is the content of one digest that a shown envelope names.
// Shape: Name as ValidName wants it, without the .zst that Prepare may add;
// Salt is set when Digest is a salted one.
type Payload struct {
	Name    string
	Digest  ledger.DigestSet
	Salt    ledger.Salt
	Content analysis.Input
}

// Absent is a payload that a shown envelope names and the bundle does not
// hold, with the reason.
// Shape: Reason from the closed list of FORMAT.md; Entry is the payload-erased
// that stands behind the reason erased, and is empty for the others.
type Absent struct {
	Digest ledger.DigestSet
	Reason string
	Entry  ledger.EntryID
}

// Exhibit names the exhibit that the bundle is for.
type Exhibit struct {
	Entry     ledger.EntryID
	Reference string
	Version   uint64
}

// Contents is everything that a bundle shows apart from its own entry.
// Shape: Case is the id of the case as its first entry has it; Work holds every link before the bundle's own; Keys every link to
// the head that the bundle's own entry names, none withheld; Organisation the
// case-registered of this case and any payload-erased that Absent needs, each
// with its Prev. The three have one Origin.
type Contents struct {
	Case         string
	Exhibit      Exhibit
	Module       ledger.Digest
	Work         ledger.Chain
	Keys         ledger.Chain
	Organisation ledger.Chain
	Payloads     []Payload
	Absent       []Absent
}

// Path is the audit path of one leaf.
type Path struct {
	Index  ledger.Index
	Hashes []ledger.Digest
}

// Paths is the audit paths of every leaf that the bundle shows but its own,
// under the checkpoint of the bundle's own receipt.
// Shape: sorted by Index; Prepared.Leaves lists the indexes that are needed.
type Paths struct {
	Size  uint64
	Root  ledger.Digest
	Paths []Path
}
