package bundle_test

import (
	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// keyCase is a case in which something happens to keys just before the second
// person's check of the exhibit.
type keyCase struct {
	*bundletest.Case
	root, spare, fresh bundletest.Key // a root key, a second recorder's, the second person's next
}

// keyStory tells such a case. Whoever checks it trusts every key in it.
func keyStory(before func(k *keyCase, checked *bundletest.Draft)) ([]byte, bundle.Options) {
	k := &keyCase{
		Case:  bundletest.NewCase(seed, bundletest.Hooks{}),
		root:  bundletest.NewKey(seed, "u-01", "Root of the log", ledger.RoleRoot),
		spare: bundletest.NewKey(seed, "service-2", "Second recording service", ledger.RoleRecorder),
		fresh: bundletest.NewKey(seed+" next", "u-03", "Pat Okafor", "checker"),
	}
	k.Hooks.Draft = func(d *bundletest.Draft) {
		if d.Label == "checked" {
			before(k, d)
		}
	}
	k.Tell(bundletest.TinyStory())
	o := options(k.Case)
	o.Trust.Keys = append(o.Trust.Keys, k.root.Trust(), k.spare.Trust(), k.fresh.Trust())
	return k.Bundle(), o
}

// enrol appends the enrolment of a key, as the act of another.
func (k *keyCase) enrol(label string, key, by bundletest.Key) {
	k.Append(bundletest.Draft{Label: "enrol " + label, Chain: ledger.Keys, Actor: by, Detail: key.Enrolled()})
}

// revoke appends the end of a key.
func (k *keyCase) revoke(label string, key, by bundletest.Key) {
	k.Append(bundletest.Draft{Label: "revoke " + label, Chain: ledger.Keys, Actor: by, Detail: &ledger.KeyRevoked{Key: key.KeyID(), Reason: "replaced"}})
}

// service is the actor of what the recording service does by itself.
var service = bundletest.Key{}

// keyVectors are caught by what the keys chain says of the keys.
func keyVectors() []vector {
	keys := func(name, check string, before func(k *keyCase, checked *bundletest.Draft)) vector {
		return vector{name, check, bundle.ExitDiffers, func() ([]byte, bundle.Options) { return keyStory(before) }}
	}
	return []vector{
		keys("a recording service enrolled past the root key", "roles", func(k *keyCase, _ *bundletest.Draft) {
			k.enrol("root", k.root, service)
			k.enrol("spare", k.spare, service)
		}),
		keys("a recording service revoked past the root key", "roles", func(k *keyCase, _ *bundletest.Draft) {
			k.enrol("spare", k.spare, service)
			k.enrol("root", k.root, service)
			k.revoke("spare", k.spare, k.Analyst)
		}),
		keys("a second root key without the first", "roles", func(k *keyCase, _ *bundletest.Draft) {
			k.enrol("root", k.root, service)
			k.enrol("second root", bundletest.NewKey(seed, "u-04", "Another root", ledger.RoleRoot), service)
		}),
		keys("an entry after the log was closed", "revoked", func(k *keyCase, _ *bundletest.Draft) {
			k.Append(bundletest.Draft{Label: "closed", Chain: ledger.Keys, Detail: &ledger.LogClosed{Next: "next.custos.example", Reason: "moved"}})
		}),
		keys("a summary signed with a key of the log that was replaced long before", "log-key", func(k *keyCase, _ *bundletest.Draft) {
			old, next := k.Log, bundletest.NewKey(seed, "log-2", "Next key of the log", ledger.RoleLog)
			old.Roles = []string{ledger.RoleLog}
			k.enrol("log's own", old, service)
			k.enrol("log's next", next, service)
			k.revoke("log's own", old, service)
		}),
		keys("a key used after the one that replaced it was enrolled, and it was revoked", "revoked", func(k *keyCase, _ *bundletest.Draft) {
			k.enrol("next", k.fresh, k.Second)
			k.revoke("old", k.Second, k.fresh)
		}),
	}
}

// moreKeyVectors try the single conditions.
func moreKeyVectors() []vector {
	keys := func(name, check string, before func(k *keyCase, checked *bundletest.Draft)) vector {
		return vector{name, check, bundle.ExitDiffers, func() ([]byte, bundle.Options) { return keyStory(before) }}
	}
	return []vector{
		keys("a key enrolled twice", "roles", func(k *keyCase, _ *bundletest.Draft) { k.enrol("again", k.Second, service) }),
		keys("a key revoked twice", "roles", func(k *keyCase, _ *bundletest.Draft) {
			k.enrol("spare", k.spare, service)
			k.revoke("once", k.spare, service)
			k.revoke("twice", k.spare, service)
		}),
		keys("a key revoked that nobody enrolled", "roles", func(k *keyCase, _ *bundletest.Draft) { k.revoke("stranger", k.spare, service) }),
		keys("a key that enrols itself as a root beside the first", "roles", func(k *keyCase, _ *bundletest.Draft) {
			k.enrol("root", k.root, service)
			second := bundletest.NewKey(seed, "u-04", "Another root", ledger.RoleRoot)
			k.enrol("second root", second, second)
		}),
	}
}

// goodKeyPieces are cases in which keys change as they may.
func goodKeyPieces() []piece {
	good := func(name string, before func(k *keyCase, checked *bundletest.Draft)) piece {
		return piece{vector: vector{"good " + name, "", bundle.ExitMatches, func() ([]byte, bundle.Options) { return keyStory(before) }}}
	}
	return []piece{
		good("a key replaced by the next", func(k *keyCase, checked *bundletest.Draft) {
			k.enrol("next", k.fresh, k.Second)
			k.revoke("old", k.Second, k.fresh)
			checked.Actor = k.fresh
		}),
		good("a second recording service enrolled by the root key", func(k *keyCase, _ *bundletest.Draft) {
			k.enrol("root", k.root, service)
			k.enrol("spare", k.spare, k.root)
			k.enrol("next", k.fresh, service) // of no role that needs the root
		}),
		good("a key revoked after its last entry", func(k *keyCase, checked *bundletest.Draft) {
			k.enrol("next", k.fresh, k.Second)
			checked.Actor = k.fresh
			k.revoke("old", k.Second, service)
		}),
	}
}
