package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"custos.example/analysis/source"
	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/ledger"
	"custos.example/policy"
)

// told is what one client was told of one request.
type told struct {
	Writer    int
	Turn      int
	Case      custody.CaseID
	Authority ledger.EntryID
	Proofs    []custody.Proof
	Kept      blob.Ref // the payload, of a core
	At        int64    // when it was told; nanoseconds of the machine's clock
	Sample    *sample  `json:",omitempty"` // of a soak
}

// writer is one client. Its requests follow from its number and its turn alone,
// so that one that was cut off is made again under the same request id.
type writer struct {
	service *custody.Service
	told    // the last thing it was told
}

// cycle is how many requests a writer makes in one case.
const cycle = 12

// next makes the writer's next request and returns what it was told.
func (w *writer) next(ctx context.Context) (told, error) {
	answer := told{Writer: w.Writer, Turn: w.Turn + 1, Case: w.Case, Authority: w.Authority}
	ask := custody.Ask{RequestID: fmt.Sprintf("request %04d of writer %04d", answer.Turn, w.Writer)}
	switch answer.Turn % cycle {
	case 1:
		opened, err := w.service.Cases().Open(ctx, sio, custody.OpenCase{
			Ask: ask, Reference: fmt.Sprintf("NX/%d/%d", w.Writer, answer.Turn), Title: "Operation KESTREL",
			Assigned: []string{sio.ID, spoc.ID, officer.ID, analyst.ID},
		})
		if err != nil {
			return answer, err
		}
		answer.Case, answer.Proofs = opened.Case, []custody.Proof{opened.Registered, opened.Opened}
	case 2:
		recorded, err := w.service.Authorities().Record(ctx, spoc, custody.RecordAuthority{Ask: ask, Case: w.Case, Document: authority()})
		if err != nil {
			return answer, err
		}
		answer.Authority, answer.Proofs = recorded.Authority, []custody.Proof{recorded.Proof}
	case 3:
		received, err := w.service.Imports().Receive(ctx, officer, w.file(ask, answer.Turn))
		if err != nil {
			return answer, err
		}
		answer.Proofs = []custody.Proof{received.Evidence, received.Dataset, received.Rows}
	default:
		received, err := w.service.Imports().Keep(ctx, officer, w.file(ask, answer.Turn))
		if err != nil {
			return answer, err
		}
		answer.Proofs = []custody.Proof{received.Evidence}
	}
	return answer, nil
}

// itemOf is the reference of what a turn takes in: NET/1 to NET/9999, then NET/A1 and on to NET/Z9999. Turns that
// have the same are in different cases.
func itemOf(turn int) string {
	const most = 9999
	series := ""
	if again := (turn - 1) / most; again > 0 {
		series = string(rune('A' + (again-1)%26))
	}
	return fmt.Sprintf("NET/%s%d", series, 1+(turn-1)%most)
}

// file is an operator's return that no other request has.
func (w *writer) file(ask custody.Ask, turn int) custody.Receive {
	profile, _ := source.ReadProfile("uk-17")
	var text strings.Builder
	text.WriteString(header)
	for i := range 1 + turn*7%40 { // below and above the size of a payload that stands in its key file
		fmt.Fprintf(&text, "07700900123,07700900%03d,MO Voice,%02d/02/2024,%02d:%02d:%02d,00:01:30,,234150000000001,234-15-101-2001,375000,165000,120,"+
			"\"1 Made Up Street, Bath\",234-15-101-2002,375100,165100,240\n", 200+w.Writer, 1+i%28, i%24, turn%60, turn/60%60)
	}
	return custody.Receive{
		Ask: ask, Case: w.Case, Item: itemOf(turn), FileName: "return.csv", From: "A Network Ltd", Authority: w.Authority,
		Return: custody.Return{
			DataTypes: []policy.DataType{policy.Events}, Identifiers: []string{"+447700900123"},
			ObtainedOn: policy.Date(time.Now().UTC().Format(time.DateOnly)),
			From:       time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC),
		},
		Reading: custody.Reading{Profile: profile, Decisions: []custody.Decision{
			{Kind: "assert-subject", Value: "+447700900123", Again: "+447700900123", Why: "the operator's letter names it"},
		}},
		Content: strings.NewReader(text.String()),
	}
}

const header = "A Number,B Number,Call Type,Start Date,Start Time,Duration,IMEI,IMSI,First Cell CGI,First Cell Easting," +
	"First Cell Northing,First Cell Azimuth,First Cell Address,Last Cell CGI,Last Cell Easting,Last Cell Northing,Last Cell Azimuth\n"

// authority is a lawful authorisation for the calls of February 2024.
func authority() custody.AuthorityDocument {
	d, err := custody.AuthorityTemplate(policy.Route60A)
	if err != nil {
		panic(err)
	}
	today := policy.Date(time.Now().UTC().Format(time.DateOnly))
	d.Reference, d.Granted.On, d.SPoC.ConsultedOn = "NX/CD/118", today, today
	d.Scope.Identifiers, d.Scope.From, d.Scope.Until = []string{"+447700900123"}, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"
	d.Subjects[0].Identifier = "+447700900123"
	return d
}

// write lets the writers go on from what each was told last, and says on out
// what each is told from then on. It ends when all of them have failed, or with
// the process.
func write(ctx context.Context, r record, from []told, out io.Writer) error {
	var mu sync.Mutex
	say := json.NewEncoder(out)
	failed := make([]error, len(from))
	var all sync.WaitGroup
	for i, last := range from {
		all.Go(func() {
			for ctx.Err() == nil {
				answer, err := r.next(ctx, last)
				if repeatable(err) {
					time.Sleep(time.Duration(rand.IntN(10)) * time.Millisecond)
					continue
				}
				if err != nil {
					failed[i] = fmt.Errorf("writer %d, turn %d: %w", last.Writer, last.Turn+1, err)
					return
				}
				mu.Lock()
				answer.At = time.Now().UnixNano()
				err = say.Encode(answer)
				mu.Unlock()
				if err != nil {
					failed[i] = err
					return
				}
				last = answer
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

// repeatable says whether a client is to make the same request again.
func repeatable(err error) bool {
	return (errors.Is(err, custody.ErrPushback) || errors.Is(err, custody.ErrConflict)) && !errors.Is(err, custody.ErrIntegrity)
}
