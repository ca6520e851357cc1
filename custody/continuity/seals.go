package continuity

import "fmt"

// sealRules are the rules about the numbers on bags.
func sealRules() []Rule {
	return []Rule{
		{"seal-once", false, func(_ State, m Move) string {
			if (m.Act == Taken || m.Act == Sealed) && m.SealIn != "" && m.SealUsed != "" {
				return fmt.Sprintf("seal %s is on record already, %s: every sealing takes a new one", m.SealIn, m.SealUsed)
			}
			return ""
		}},
		{"seal-number", false, func(_ State, m Move) string {
			if m.Act == Sealed && m.SealIn == "" {
				return fmt.Sprintf("say the number of the seal that goes on %s", m.Item)
			}
			return ""
		}},
		{"sealed-once", false, func(s State, m Move) string {
			if m.Act == Sealed && s.Seal != "" {
				return fmt.Sprintf("%s is under seal %s: open it first, and keep the old seal in the new bag", m.Item, s.Seal)
			}
			return ""
		}},
		{"seal-there", false, func(s State, m Move) string {
			if (m.Act == Opened || m.Act == FoundBroken) && s.Seal == "" {
				return fmt.Sprintf("%s is under no seal", m.Item)
			}
			return ""
		}},
		{"seal-read", false, func(s State, m Move) string {
			switch {
			case m.Act == Accepted && s.Seal != "" && m.SealOut == "":
				return fmt.Sprintf("%s is under a seal: read its number off the bag, or say that it is broken", m.Item)
			case m.Act == Accepted && s.Seal == "" && m.SealOut != "":
				return fmt.Sprintf("%s is under no seal on the record; you read %s: refuse it and ask who sealed it", m.Item, m.SealOut)
			case (m.Act == Accepted || m.Act == Opened || m.Act == FoundBroken) && m.SealOut != s.Seal:
				return fmt.Sprintf("the seal that you read on %s, %s, is not the one on record: do not go on; refuse it, or record the seal as broken", m.Item, m.SealOut)
			}
			return ""
		}},
		{"sealed-inside", false, func(s State, m Move) string {
			if s.Seal != "" && (m.Act == Examined || m.Act == Split) {
				return fmt.Sprintf("%s is under seal %s: open it first", m.Item, s.Seal)
			}
			return ""
		}},
	}
}
