package custody

import (
	"context"

	"custos.example/ledger"
)

// frontMatter is what a renderer prints beside the result.
// Shape: canonical JSON, a payload of its own.
type frontMatter struct {
	Case     string `json:"case"`
	Exhibit  string `json:"exhibit"`
	Question string `json:"question"`
	Title    string `json:"title"`
	Version  uint64 `json:"version"`
}

// meta keeps the front matter of the exhibit.
func (p *production) meta(ctx context.Context) (Blob, error) {
	fact, err := find[caseFact](ctx, p.Store, p.id, inCase, string(p.id), 0)
	if err != nil {
		return Blob{}, err
	}
	_ = ledger.Digest{}
	return p.keepJSON(ctx, frontMatter{
		Case: fact.Reference, Exhibit: p.request.Reference, Question: p.run.Title, Title: p.request.Title, Version: p.version,
	})
}
