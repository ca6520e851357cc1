package custody

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"custos.example/ledger"
)

// nextNumber is the name of the next row of a register whose rows are numbered from
// 1 in each case. That no other row gets the same name is seen in the transaction,
// when the row is one that changes what comes after.
func (a *act) nextNumber(ctx context.Context, register, prefix string) (string, error) {
	rows, err := registerNewest(ctx, a.Store, a.id, register, 0)
	if err != nil {
		return "", fmt.Errorf("register of %ss: %w", register, err)
	}
	return prefix + strconv.Itoa(len(rows)+1), nil
}

// numberOf is the number at the end of a reference such as R-12; 0 when it has none.
func numberOf(reference string) int {
	_, digits, _ := strings.Cut(reference, "-")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// byNumber compares references such as S-2 by their numbers.
func byNumber(x, y string) int {
	return cmp.Or(cmp.Compare(numberOf(x), numberOf(y)), strings.Compare(x, y))
}

// registeredRow returns the row of a register that an entry is, and the digest of its document.
// Errors: ErrIntegrity when it is none; ErrNotFound when it was erased.
func registeredRow(stored Stored) (*ledger.RegisterRecorded, ledger.DigestSet, error) {
	statement, err := stored.Statement()
	if err != nil {
		return nil, nil, err
	}
	row, ok := statement.Predicate.Detail.(*ledger.RegisterRecorded)
	if !ok {
		return nil, nil, fmt.Errorf("%w: entry %s is no row of a register", ErrIntegrity, stored.Entry)
	}
	return row, statement.Subject[0].Digest, nil
}

// rowBefore is the row that this request recorded before.
func rowBefore[D any](ctx context.Context, a *act, stored Stored, err error) (Proof, D, string, error) {
	var doc D
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return Proof{}, doc, "", err
	}
	row, payload, err := registeredRow(stored)
	if err != nil {
		return Proof{}, doc, "", err
	}
	doc, err = documentOf[D](ctx, a.Service, a.id, payload)
	return proof, doc, row.Name, err
}
