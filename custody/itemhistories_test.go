package custody_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/custody/continuity"
	"custos.example/custody/continuity/continuitytest"
	"custos.example/ledger"
)

// itemHouse is the whole service, as random histories of items see it.
type itemHouse struct {
	*house
	offers []ledger.EntryID
	hold   string
	begun  time.Time
}

func newItemHouse(t *testing.T) *itemHouse {
	t.Helper()
	h := withCase(t)
	h.clock.step = 20 * time.Millisecond
	roles := map[custody.Actor]string{senior: "sro"}
	for _, id := range continuitytest.People {
		roles[custody.Actor{ID: id}] = "exhibits-officer"
	}
	h.people(roles)
	for code, keepers := range continuitytest.Keeps {
		h.registerPlace(code, keepers...)
	}
	h.clock.now = h.clock.now.Add(time.Hour)
	return &itemHouse{house: h, begun: h.clock.now}
}

func outsideOr(who string) continuity.Party {
	if who == continuitytest.Outside {
		return continuity.Party{Name: who}
	}
	return continuity.Party{Person: who}
}

// Do does a step through the use cases.
func (h *itemHouse) Do(s continuitytest.Step) error {
	by := custody.Actor{ID: s.By}
	var at time.Time
	switch s.When {
	case continuitytest.ToCome:
		at = h.clock.now.Add(2 * time.Hour)
	case continuitytest.Before:
		at = h.begun.Add(-time.Hour)
	case continuitytest.Now:
	}
	switch s.Act { //nolint:exhaustive // the others go on
	case continuity.Taken:
		request := h.telephone(s.Items[0], s.Seal)
		request.At, request.Witness = at, continuity.Party{Name: "The same witness"}
		_, err := h.Service.Items().Take(h.Context(), by, request)
		return err
	case continuity.Split:
		_, err := h.Service.Items().Split(h.Context(), by, custody.SplitItem{
			Case: h.id, Item: s.Items[0], At: at, Parts: []custody.ItemPart{{Media: custody.Sim, Description: "A part"}},
		})
		return err
	case continuity.Offered:
		due := h.clock.now.Add(time.Hour)
		if !at.IsZero() {
			due = at.Add(time.Hour)
		}
		offered, err := h.Service.Transfers().Offer(h.Context(), by, custody.OfferItems{
			Case: h.id, Items: append([]string{}, s.Items...), To: outsideOr(s.To), Reason: "why", Due: due, At: at,
		})
		if err == nil {
			h.offers = append(h.offers, offered.Entry)
		}
		return err
	case continuity.Accepted, continuity.Refused, continuity.Withdrawn:
		return h.answerStep(by, s, at)
	}
	request := custody.HandleItem{Case: h.id, Item: s.Items[0], Act: s.Act, At: at, Reason: "why"}
	switch s.Act { //nolint:exhaustive // the others go on
	case continuity.Placed:
		request.Place = s.Place
	case continuity.Sealed:
		request.SealIn = s.Seal
	case continuity.Opened, continuity.FoundBroken:
		request.SealOut = s.Seal
	case continuity.Returned:
		request.To = outsideOr(continuitytest.Outside)
	}
	_, err := h.Service.Items().Handle(h.Context(), by, request)
	return err
}

func (h *itemHouse) answerStep(by custody.Actor, s continuitytest.Step, at time.Time) error {
	request := custody.AnswerOffer{Case: h.id, Offer: h.offers[s.Offer], Answer: s.Act, Reason: "why", SignedBy: "Somebody", At: at, Seals: map[string]string{}}
	if s.Act == continuity.Accepted {
		found, err := h.Service.Items().Where(h.Context(), sio, custody.ItemSearch{Case: h.id, Ended: true})
		if err != nil {
			return err
		}
		for _, i := range found.Items {
			named := i.Offer == h.offers[s.Offer].String()
			switch {
			case named && s.Reading == continuitytest.ReadWrong:
				request.Seals[i.Item] = "Z9999"
			case named && i.Seal != "" && s.Reading == continuitytest.ReadRight:
				request.Seals[i.Item] = i.Seal
			case named && i.Seal != "" && s.Reading == continuitytest.ReadBroken:
				request.Broken = append(request.Broken, i.Item)
			}
		}
	}
	_, err := h.Service.Transfers().Answer(h.Context(), by, request)
	return err
}

// Where asks the service where everything is.
func (h *itemHouse) Where() (map[string]continuitytest.Where, error) {
	list, err := h.Service.Items().Where(h.Context(), sio, custody.ItemSearch{Case: h.id, Ended: true})
	found := map[string]continuitytest.Where{}
	for _, i := range list.Items {
		holder := i.Holder.Person
		if holder == "" {
			holder = i.Holder.Name
		}
		if _, twice := found[i.Item]; twice {
			return nil, fmt.Errorf("%s is in two places", i.Item)
		}
		found[i.Item] = continuitytest.Where{Holder: holder, Place: i.Place, Seal: i.Seal, Ended: i.Ended != ""}
	}
	return found, err
}

func (h *itemHouse) Leave() error {
	_, err := h.Service.Organisation().Revoke(h.Context(), admin, custody.Revoke{Person: continuitytest.Leaver, Reason: "left"})
	return err
}

func (h *itemHouse) Hold(on bool) error {
	if !on {
		if h.hold == "" {
			return nil
		}
		_, err := h.Service.Holds().Lift(h.Context(), senior, custody.LiftHold{Case: h.id, Hold: h.hold, Reason: "over"})
		h.hold = ""
		return err
	}
	all, err := h.Service.Holds().List(h.Context(), sio, h.id, custody.Ask{})
	if err != nil {
		return err
	}
	h.hold = fmt.Sprintf("H-%d", len(all)+1)
	_, err = h.Service.Holds().Place(h.Context(), sio, custody.PlaceHold{Case: h.id, Hold: h.hold, Ground: "why"})
	return err
}

// recount reads who has each item from nothing but the entries of the work chain
// that take items in and hand them over.
func (h *itemHouse) recount(skip int) map[string]string {
	h.Helper()
	holder, moves := map[string]string{}, 0
	for _, stored := range h.entries(h.id, ledger.Work) {
		statement, err := stored.Statement()
		if err != nil {
			h.Fatal(err)
		}
		switch d := statement.Predicate.Detail.(type) {
		case *ledger.ItemReceived:
			holder[d.Item] = statement.Predicate.Actor.ID
		case *ledger.ItemTransferred:
			if moves++; moves == skip {
				continue
			}
			if holder[d.Item] != d.From {
				holder[d.Item] = "two at once"
				continue
			}
			holder[d.Item] = d.To
		}
	}
	return holder
}

// TestRandomItems runs random histories on the whole service: every step that the
// model calls wrong is refused, every other is done, and after each step every item
// is in exactly one place with exactly one holder. At the end a naive recount of the
// raw entries has the same holders. The control leaves one hand-over out of the
// recount, each in turn.
func TestRandomItems(t *testing.T) {
	steps, seeds := 160, []uint64{1, 2}
	if os.Getenv("CUSTOS_LONG") == "1" {
		steps, seeds = 700, []uint64{1, 2, 3, 4, 5, 6}
	}
	trials, failures, done, caught, of := 0, 0, 0, 0, 0
	for _, seed := range seeds {
		h := newItemHouse(t)
		out := continuitytest.Run(t, h, seed, steps)
		trials, failures, done = trials+out.Steps, failures+len(out.Wrong), done+out.Done
		for _, wrong := range out.Wrong {
			t.Error(wrong)
		}
		found, err := h.Where()
		if err != nil {
			t.Fatal(err)
		}
		agrees := func(counted map[string]string) bool {
			for name, where := range found {
				holder := strings.Replace(where.Holder, continuitytest.Outside, "outside", 1)
				if holder != counted[name] && holder != "" { // of what was destroyed nobody is the holder
					return false
				}
			}
			return true
		}
		if trials++; !agrees(h.recount(0)) {
			failures++
			t.Errorf("seed %d: the entries count %v, the service says %v", seed, h.recount(0), found)
		}
		moves := 0
		for _, kind := range h.kinds(h.id, ledger.Work) {
			if kind == "item-transferred" {
				moves++
			}
		}
		for n := 1; n <= moves; n += 1 + moves/10 {
			if of++; !agrees(h.recount(n)) {
				caught++
			}
		}
		h.signed()
		h.whole()
	}
	if caught == 0 || done*4 < trials {
		t.Errorf("%d of %d steps done, control caught %d of %d: this shows little", done, trials, caught, of)
	}
	t.Logf("PROOF harness=random-items trials=%d failures=%d control=\"caught %d of %d\"", trials, failures, caught, of)
}
