package custody

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/ledger"
)

// preview runs the source step over scratch and keeps nothing but its report.
func (a *act) preview(ctx context.Context, step analysis.Step, request Preview) (Previewed, error) {
	file, err := a.Blobs.Scratch(ctx, a.id)
	if err != nil {
		return Previewed{}, fmt.Errorf("scratch: %w", err)
	}
	defer letGo(file)
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(file, sum), request.Content); err != nil {
		return Previewed{}, fmt.Errorf("read the file: %w", err)
	}
	answers := make([]sourceDecision, len(request.Decisions))
	for i, d := range request.Decisions {
		answers[i] = sourceDecision{Kind: d.Kind, Value: d.Value, Who: a.actor.ID, Why: d.Why}
	}
	decisions, err := ledger.MarshalCanonical(answers)
	if err != nil {
		return Previewed{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	in := map[string]analysis.Input{
		"source": file, "profile": bytes.NewReader(request.Profile), "decisions": bytes.NewReader(decisions),
	}
	report := &limited{most: maxDocument}
	out := map[string]io.Writer{}
	for _, port := range step.Info().Outputs {
		out[port.Name] = io.Discard
		if port.Name == "report" {
			out[port.Name] = report
		}
	}
	outcome, err := a.running(ctx, step, in, nil, out)
	if err != nil {
		return Previewed{}, stepError(err)
	}
	return Previewed{
		SHA256: ledger.Digest(sum.Sum(nil)), Size: file.Size(), Balance: outcome.Result.Balance, Report: report.Bytes(),
	}, nil
}

// limited is a buffer that takes no more than most bytes.
type limited struct {
	bytes.Buffer
	most int
}

// Write keeps p, or refuses it whole.
func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > l.most {
		return 0, fmt.Errorf("a document of more than %d bytes: %w", l.most, ErrInvalid)
	}
	return l.Buffer.Write(p)
}
