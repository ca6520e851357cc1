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

// byNumber compares names such as S-2 by their numbers.
func byNumber(x, y string) int {
	number := func(name string) int {
		_, digits, _ := strings.Cut(name, "-")
		n, err := strconv.Atoi(digits)
		if err != nil {
			return 0
		}
		return n
	}
	return cmp.Or(cmp.Compare(number(x), number(y)), strings.Compare(x, y))
}

// rowBefore is the row that this request recorded before.
func rowBefore[D any](ctx context.Context, a *act, stored Stored, err error) (Proof, D, string, error) {
	var doc D
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return Proof{}, doc, "", err
	}
	statement, err := stored.Statement()
	if err != nil {
		return Proof{}, doc, "", err
	}
	detail, ok := statement.Predicate.Detail.(*ledger.RegisterRecorded)
	if !ok {
		return Proof{}, doc, "", fmt.Errorf("%w: entry %s is no row of a register", ErrIntegrity, stored.Entry)
	}
	doc, err = documentOf[D](ctx, a.Service, a.id, statement.Subject[0].Digest)
	return proof, doc, detail.Name, err
}
