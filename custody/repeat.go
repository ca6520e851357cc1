package custody

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// asking is a request as it was made: every one embeds an Ask.
type asking interface{ asks() Ask }

func (k Ask) asks() Ask { return k }

// wholly is a request that is made of several things, or whose Ask is all of it: all
// are part of what is compared when its id is used again.
type wholly struct {
	Ask
	Beside []any
}

// whole puts an Ask together with what is asked beside it.
func whole(ask Ask, beside ...any) wholly { return wholly{ask, beside} }

// askedDigest is the digest of a request as a whole, under the id that it has. Of a
// bare Ask it is zero: what only looks is never looked up again.
// Shape: SHA-256("custos/asked/v1\n", the request id, the type, then every value in the order of
// the type, each under its length). What content is read from (a reader, a folder, or a field tagged
// asked:"-", such as an upload that is sent once more) is no part of it: content is known
// by its own digest.
func askedDigest(id string, request asking) ledger.Digest {
	if _, bare := request.(Ask); bare {
		return ledger.Digest{}
	}
	h := sha256.New()
	_, _ = io.WriteString(h, "custos/asked/v1\n")
	digestText(h, id)
	digestText(h, reflect.TypeOf(request).String())
	digestValue(h, reflect.ValueOf(request))
	return ledger.Digest(h.Sum(nil))
}

// digestText adds a text under its length.
func digestText(h hash.Hash, text string) {
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
	_, _ = io.WriteString(h, text)
}

// digestValue adds a value with all that it is made of.
func digestValue(h hash.Hash, v reflect.Value) {
	if v.IsValid() && v.CanInterface() {
		if at, is := v.Interface().(time.Time); is {
			digestText(h, at.UTC().Format(time.RFC3339Nano))
			return
		}
		switch v.Interface().(type) {
		case io.Reader, fs.FS:
			digestText(h, "content")
			return
		}
	}
	digestText(h, v.Kind().String())
	switch v.Kind() { //nolint:exhaustive // of the others there is only that they are there
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			digestValue(h, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("asked") != "-" {
				digestValue(h, v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			digestText(h, string(v.Bytes()))
			return
		}
		digestText(h, fmt.Sprint(v.Len()))
		for i := range v.Len() {
			digestValue(h, v.Index(i))
		}
	case reflect.Map:
		digestMap(h, v)
	case reflect.String:
		digestText(h, v.String())
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		digestText(h, fmt.Sprint(v))
	}
}

// digestMap adds a map in the order of the digests of its keys.
func digestMap(h hash.Hash, v reflect.Value) {
	digestText(h, fmt.Sprint(v.Len()))
	var pairs []string
	for it := v.MapRange(); it.Next(); {
		pair := sha256.New()
		digestValue(pair, it.Key())
		digestValue(pair, it.Value())
		pairs = append(pairs, string(pair.Sum(nil)))
	}
	slices.SortFunc(pairs, strings.Compare)
	for _, pair := range pairs {
		digestText(h, pair)
	}
}

// earlier returns the entry that this request appended before under a stage,
// or false when it has not. Whoever hands out content for it decides first, as for
// any other look: the answer of then is none for now.
// Errors: ErrConflict when another request was made under the id.
func (a *act) earlier(ctx context.Context, stage string) (Stored, bool, error) {
	if a.requested == (ledger.Digest{}) {
		return Stored{}, false, fmt.Errorf("%w: %s was begun without what is asked, and cannot be compared with an earlier request", ErrIntegrity, a.action)
	}
	stored, done, err := a.appended(ctx, stage)
	if done {
		err = a.sameRequest(ctx, stored)
	}
	return stored, done && err == nil, err
}

// appended returns the entry that was appended under a stage, or false when there is
// none: for a stage that itself names all that is asked.
func (a *act) appended(ctx context.Context, stage string) (Stored, bool, error) {
	stored, err := a.Store.ByEntryID(ctx, a.entryID(stage))
	if errors.Is(err, ErrNotFound) {
		return Stored{}, false, nil
	}
	return stored, err == nil, err
}

// sameRequest returns nil when an entry was asked for by this very request, as the
// decision says on which it stands. What can no longer be compared is not the same.
// Errors: ErrConflict.
func (a *act) sameRequest(ctx context.Context, stored Stored) error {
	another := fmt.Errorf("this request id already stands for another request: use a new one: %w", ErrConflict)
	if stored.Erased {
		return another
	}
	statement, err := stored.Statement()
	if err != nil || statement.Predicate.Decision == nil { // what the service does by itself is decided by nobody
		return err
	}
	decided, err := a.Store.ByEntryID(ctx, statement.Predicate.Decision.Entry)
	if err != nil {
		return fmt.Errorf("the decision on which entry %s stands: %w", stored.Entry, err)
	}
	if decided.Erased {
		return another
	}
	decision, err := decided.Statement()
	if err != nil {
		return err
	}
	asked, err := documentOf[consultation](ctx, a.Service, decided.Case, decision.Subject[0].Digest)
	if err != nil {
		return fmt.Errorf("the decision on which entry %s stands: %w", stored.Entry, err)
	}
	if asked.Custom.Request != a.requested.String() {
		return another
	}
	return nil
}

// refusedUnseen is refusedFirst for what cannot be put to the policy, since it is not
// there: who may not look at the case learns nothing of what there is in it.
func (a *act) refusedUnseen(ctx context.Context, wrong error) error {
	if err := a.mayLook(ctx); err != nil {
		return err
	}
	return wrong
}

// mayLook decides, and records, that the asker looks at what the case holds.
func (a *act) mayLook(ctx context.Context) error {
	looking := *a
	looking.action = policy.CaseRead
	return looking.decide(ctx, resource{})
}

// again is the proof of an entry that this request appended before.
func (a *act) again(ctx context.Context, stored Stored, err error) (Proof, error) {
	if err != nil {
		return Proof{}, err
	}
	return a.prove(ctx, stored.Entry, stored.Placed)
}
