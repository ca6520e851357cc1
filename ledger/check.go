package ledger

import (
	"crypto/sha256"
	"reflect"
	"slices"
	"strings"
)

// Operations returns the closed list of logged operations.
// Source: Data Protection Act 2018 s.62(1).
func Operations() []string {
	return []string{"collection", "alteration", "consultation", "disclosure", "combination", "erasure"}
}

// check holds the statement against FORMAT.md section 5.
func (s Statement) check() error {
	p := s.Predicate
	info, err := InfoOf(s.Kind())
	switch {
	case err != nil:
		return err
	case s.Type != statementURI:
		return fault(FaultStatement, "_type %q is not %s", s.Type, statementURI)
	case s.PredicateType != predicatePrefix+string(info.Kind)+predicateSuffix || p.Detail == nil || KindOf(p.Detail) != info.Kind:
		return fault(FaultStatement, "predicate type %q and detail do not agree", s.PredicateType)
	case p.Operation != "" && !slices.Contains(Operations(), p.Operation):
		return fault(FaultStatement, "operation %q is not in the list", p.Operation)
	case p.Place.After.N == 0 && p.Place.After.Commitment != Commitment{}:
		return fault(FaultStatement, "place.after names a commitment at n = 0")
	case info.Step != (p.Step != nil):
		return fault(FaultStatement, "step must be there exactly for kinds that run one; %s", info.Kind)
	case info.Balance && p.RowBalance == nil:
		return fault(FaultStatement, "%s needs a row balance", info.Kind)
	}
	if b := p.RowBalance; b != nil && !b.closes() {
		return fault(FaultStatement, "row balance: received %d is not shown + outside + repeats + set aside", b.Received)
	}
	if err := checkText(reflect.ValueOf(p)); err != nil {
		return err
	}
	if err := checkDependencies(p.ResolvedDependencies); err != nil {
		return err
	}
	if err := s.checkSubjects(info); err != nil {
		return err
	}
	return checkDetail(s)
}

// closes tells whether received is the sum of the rest, without overflow.
func (b RowBalance) closes() bool {
	left := b.Received
	for _, part := range []uint64{b.Shown, b.Outside, b.Repeats, b.SetAside} {
		if part > left {
			return false
		}
		left -= part
	}
	return left == 0
}

func checkDependencies(list []Dependency) error {
	seen := make(map[string]bool, len(list))
	for _, d := range list {
		if _, _, err := d.Digest.Single(); err != nil {
			return at("resolvedDependencies "+d.Name, err)
		}
		if seen[d.Name] {
			return fault(FaultStatement, "two dependencies are named %q", d.Name)
		}
		seen[d.Name] = true
	}
	return nil
}

// checkSubjects holds the subjects' names and digests against the kind.
func (s Statement) checkSubjects(info KindInfo) error {
	named := slices.DeleteFunc(slices.Clone(info.Subjects), func(name string) bool { return name == "*" })
	free := len(named) < len(info.Subjects)
	if len(s.Subject) == 0 || len(s.Subject) < len(named) || !free && len(s.Subject) > len(named) {
		return fault(FaultStatement, "%s with %d subjects", info.Kind, len(s.Subject))
	}
	seen := make(map[string]bool, len(s.Subject))
	for i, subject := range s.Subject {
		algorithm, digest, err := subject.Digest.Single()
		if err != nil {
			return at("subject "+subject.Name, err)
		}
		if i < len(named) && subject.Name != named[i] || i >= len(named) && !portName(subject.Name) || seen[subject.Name] {
			return fault(FaultStatement, "%s cannot have a subject %q here", info.Kind, subject.Name)
		}
		if (algorithm == Rows) != (subject.Name == "rows" && info.Kind == "rows-committed") {
			return fault(FaultStatement, "subject %q of %s cannot have a digest %s", subject.Name, info.Kind, algorithm)
		}
		seen[subject.Name] = true
		if info.Subjects[0] != recordSubject {
			continue
		}
		detail, err := MarshalCanonical(s.Predicate.Detail)
		if err != nil {
			return err
		}
		if algorithm != SHA256 || digest != Digest(sha256.Sum256(detail)) {
			return fault(FaultStatement, "subject \"record\" is not the digest of the detail")
		}
	}
	return nil
}

// portName tells whether s may name an output: lower-case words and digits joined
// by '.' or '-', at most 64 characters.
func portName(s string) bool {
	if s == "" || len(s) > 64 || s == recordSubject || strings.Trim(s[:1]+s[len(s)-1:], "-.") != s[:1]+s[len(s)-1:] {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// checkText walks a predicate: required strings are not empty, and a string with
// a `one` tag has one of its values.
func checkText(v reflect.Value) error {
	switch v.Kind() { //nolint:exhaustive // nothing else holds text
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return checkText(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if item := v.Index(i); item.Kind() == reflect.String && item.Len() == 0 {
				return fault(FaultStatement, "an empty text in a list")
			} else if err := checkText(item); err != nil {
				return err
			}
		}
	case reflect.Struct:
		return checkFields(v)
	}
	return nil
}

func checkFields(v reflect.Value) error {
	if v.Type().Implements(textMarshaler) {
		return nil
	}
	for i := range v.NumField() {
		tag, value := v.Type().Field(i).Tag, v.Field(i)
		key, optional := strings.CutSuffix(tag.Get("json"), ",omitempty")
		if value.Kind() == reflect.String && value.Len() == 0 && !optional {
			return fault(FaultStatement, "%q is empty", key)
		}
		if one := tag.Get("one"); one != "" && value.Len() > 0 && !slices.Contains(strings.Split(one, "|"), value.String()) {
			return fault(FaultStatement, "%s is %q, not one of %s", key, value.String(), one)
		}
		if err := checkText(value); err != nil {
			return err
		}
	}
	return nil
}

// checkDetail holds the few details whose parts must agree with each other.
func checkDetail(s Statement) error {
	switch d := s.Predicate.Detail.(type) {
	case *KeyEnrolled:
		if d.Key != d.Public.KeyID() || len(d.Roles) == 0 {
			return fault(FaultStatement, "key-enrolled: key id and public key do not agree, or no role")
		}
	case *PayloadErased:
		if _, _, err := d.Digest.Single(); err != nil {
			return err
		}
	case *ErasureOrdered:
		for _, digest := range d.Digests {
			if _, _, err := digest.Single(); err != nil {
				return err
			}
		}
	case *ExhibitProduced:
		if len(d.Renders) != len(s.Subject) {
			return fault(FaultStatement, "exhibit-produced: %d renders for %d subjects", len(d.Renders), len(s.Subject))
		}
		for i, r := range d.Renders {
			if r.Subject != s.Subject[i].Name {
				return fault(FaultStatement, "exhibit-produced: render %q stands where subject %q does", r.Subject, s.Subject[i].Name)
			}
		}
	case *BundleMade:
		for i, w := range d.Withheld {
			if w.N == 0 || i > 0 && d.Withheld[i-1].N >= w.N || w.N > d.Heads.Work.N {
				return fault(FaultStatement, "bundle-made: withheld numbers must rise and not pass the head")
			}
		}
	}
	return nil
}
