package bundle

import (
	"errors"
	"fmt"
	"strings"

	"custos.example/ledger"
)

// orderChecks is phase 13: is anything left out, and can the times be right?
func orderChecks() []check {
	return []check{
		{13, "numbers", askSame, checkNumbers, nil},
		{13, "heads", askSame, checkHeads, nil},
		{13, "withheld", askSame, checkWithheld, func(c *checker) string {
			return fmt.Sprintf("entries 1 to %d of the case are all here, shown or counted", len(c.work.Links))
		}},
		{13, "times", askSince, checkTimes, nil},
	}
}

func checkNumbers(c *checker) []problem {
	return ofCodes(c.allFaults(), "C01", "An entry is missing or stands twice: %s.", ledger.FaultNumber)
}

// shownAs returns what the bundle's own entry says against what is shown.
func (c *checker) shownAs(code ledger.Code) error {
	links := c.work.Links[:len(c.work.Links)-1]
	made := *c.made
	if code == ledger.FaultWithheld { // heads are another check's
		made.Heads.Work, made.Heads.Keys = ledger.HeadOf(links), ledger.HeadOf(c.keys.Links)
	}
	err := made.VerifyShown(links, c.keys.Links)
	if errors.Is(err, code) {
		return err
	}
	return nil
}

// checkHeads wants both chains to end where the bundle's own entry says.
func checkHeads(c *checker) []problem {
	if err := c.shownAs(ledger.FaultHead); err != nil {
		return []problem{differs("C01", "The record shown does not end where the bundle's own entry says: %s.", err)}
	}
	return nil
}

// checkWithheld wants exactly the listed entries to be withheld, and counts them.
func checkWithheld(c *checker) []problem {
	if err := c.shownAs(ledger.FaultWithheld); err != nil {
		return []problem{differs("C01", "What is withheld is not what the bundle's own entry lists: %s.", err)}
	}
	if len(c.made.Withheld) == 0 {
		return nil
	}
	var parts []string
	for _, r := range reasons {
		var numbers []string
		for _, w := range c.made.Withheld {
			if w.Reason == r[0] {
				numbers = append(numbers, fmt.Sprint(w.N))
			}
		}
		if len(numbers) > 0 {
			parts = append(parts, withheldWords(numbers, r[0]))
		}
	}
	return []problem{limit("C04", "%d of %d entries are withheld: %s. They are counted; their content is not here.",
		len(c.made.Withheld), len(c.work.Links), strings.Join(parts, "; "))}
}

// withheldWords names the entries that are withheld for one reason. That one was
// erased is the keeper's word: what is not shown cannot be held against an erasure.
func withheldWords(numbers []string, reason string) string {
	entries, words := "entries ", reasonWords(reason)
	if len(numbers) == 1 {
		entries = "entry "
	}
	if reason == "erased" {
		words = "said to be lawfully erased, which nothing in this bundle shows"
	}
	return entries + strings.Join(numbers, ", ") + " (" + words + ")"
}
