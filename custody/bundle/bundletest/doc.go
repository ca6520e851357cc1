// Package bundletest makes up whole cases, small and complete: keys, chains, a
// log, payloads made by steps, and the bundle of an exhibit.
//
// It owns every private key of the cases it makes, so that tests can do what a
// dishonest keeper could: change a part and sign, commit and log it anew, and
// see which check of a verifier finds it. It never runs outside tests; nothing
// in it is a secret.
package bundletest
