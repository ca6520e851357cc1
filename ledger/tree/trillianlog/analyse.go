package trillianlog

import (
	"context"
	"fmt"

	"custos.example/ledger/tree"
)

// firstAnalyse is the size from which statistics matter.
const firstAnalyse = 1000

// analyse gives PostgreSQL new statistics when the tree has grown tenfold since
// the last. With statistics that know other rows than these, the query by which
// the sequencer fetches new leaves is planned as a loop over all pairs of leaves:
// hundreds of times slower, and more so with every leaf. That the tree is alone
// in its database is the first defence, this is the second.
func (l *Log) analyse(ctx context.Context, size uint64) error {
	if l.readers == nil || size < firstAnalyse || size/10 < l.analysed {
		return nil
	}
	if _, err := l.readers.Exec(ctx, `ANALYZE LeafData, SequencedLeafData`); err != nil {
		return fmt.Errorf("%w: statistics: %w", tree.ErrUnavailable, err)
	}
	l.analysed = size
	return nil
}

// statistics returns the number of leaves that the planner believes in.
func (l *Log) statistics(ctx context.Context) (uint64, error) {
	var believed float64
	err := l.readers.QueryRow(ctx, `SELECT least(
		(SELECT reltuples FROM pg_class WHERE oid = 'leafdata'::regclass),
		(SELECT reltuples FROM pg_class WHERE oid = 'sequencedleafdata'::regclass))`).Scan(&believed)
	if err != nil {
		return 0, fmt.Errorf("%w: statistics: %w", tree.ErrUnavailable, err)
	}
	return uint64(max(believed, 0)), nil
}
