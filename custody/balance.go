package custody

import (
	"fmt"

	"custos.example/ledger"
)

// BalanceText says in one line where every row went.
func BalanceText(b ledger.RowBalance) string {
	return fmt.Sprintf("%d received = %d shown + %d outside the question + %d repeats + %d set aside",
		b.Received, b.Shown, b.Outside, b.Repeats, b.SetAside)
}
