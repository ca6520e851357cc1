// Package transport owns the lines between this program and others over HTTP: where it
// listens and under which certificate, and what a server must show before this
// program sends it anything.
//
// It lets nobody listen in plain for other machines by mistake, speaks no version
// of TLS before 1.3 on either end, and takes no certificate for good that it did
// not hold against the name that was asked for. It never decides who a person is:
// a certificate lets a machine speak, the token says for whom.
package transport
