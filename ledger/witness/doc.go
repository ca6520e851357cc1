// Package witness owns the co-signer's side of a log: it signs a checkpoint only
// when that checkpoint extends everything that it signed before, by HTTP or by a
// file carried over an air gap; it is the client that asks a co-signer; and it
// follows a published log for whoever wants to see with their own eyes.
//
// In texts for people a C2SP witness is a co-signer: to a juror a witness is a
// person. A co-signer sees origin, size and root of a log, never an entry. It
// signs nothing about a log that its own folder does not name, it forgets no
// checkpoint that it signed, and it never decides which of two histories is true.
package witness
