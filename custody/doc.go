// Package custody owns the use cases of custos: cases, authorities, imports,
// analyses, exhibits and the people who do them. Every use case asks the policy
// first, records the answer, signs what was done and appends it before anyone
// is told that it happened.
//
// It declares the interfaces it needs (Store, Sealer, Blobs, Authoriser,
// Recorder, Signers, Module) and leaves SQL, encryption, policy engines and
// signing keys to those who implement them. It never reads a clock but the one
// it is given, and never writes evidence, a name or a number to a log.
package custody
