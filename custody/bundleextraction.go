package custody

import (
	"context"

	"custos.example/ledger"
)

// extractionsBehind returns the extractions from which files behind the exhibit were
// taken, by their evidence.
func (p *packing) extractionsBehind(behind lineage) []ledger.EntryID {
	var list []ledger.EntryID
	for _, file := range behind.files {
		if file.Extracted != nil {
			list = append(list, file.Extracted.Entry)
		}
	}
	return list
}

// extractionItems returns the references of those extractions and of the devices
// that were read: their continuity belongs to the exhibit.
func (p *packing) extractionItems(ctx context.Context, behind lineage) ([]string, error) {
	var items []string
	for _, entry := range p.extractionsBehind(behind) {
		whole, err := find[evidenceFact](ctx, p.Store, p.id, inEvidence, entry.String(), 0)
		if err != nil {
			return nil, err
		}
		doc, _, err := p.extractionNamed(ctx, whole.Item)
		if err != nil {
			return nil, err
		}
		items = append(items, doc.Item, doc.Device)
	}
	return items, nil
}

// keepExtractionsBack leaves the bytes of extractions out of the bundle from which
// files were taken: the entries show from where each file came, and its digest; the
// rest of the device is of other people.
func (p *packing) keepExtractionsBack(ctx context.Context) error {
	files, err := list[evidenceFact](ctx, p.Store, p.id, inEvidence, p.asOf)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Extracted == nil {
			continue
		}
		whole, err := find[evidenceFact](ctx, p.Store, p.id, inEvidence, f.Extracted.Entry.String(), 0)
		if err != nil {
			return err
		}
		p.back[digestKey(whole.Payload)] = anotherPerson
	}
	return nil
}
