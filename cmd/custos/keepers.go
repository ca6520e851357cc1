package main

// keeper is whoever holds one store or one key, and so what they could do.
// Shape: ShownBy names tests, as package.Test.
type keeper struct {
	Holds   string   `json:"holds"`
	Can     string   `json:"can"`
	Cannot  string   `json:"cannotUnseen"`
	ShownBy []string `json:"shownBy"`
}

// keepers says what each store and each key is worth in the wrong hands. No
// program can take these powers away; this one shows their use.
func keepers() []keeper {
	return []keeper{
		{
			"the SQL database", "delete or change rows, put the whole folder back to an earlier day",
			"change an entry, its place, a payload or a projected fact: fsck recomputes each; a state that was put back differs from the guard",
			[]string{"custody/store.TestEditOfAnyRowIsNamed", "custody/store.TestRewrittenPastIsCaught", "custody/store.TestFsckFindsARollbackOnlyWithACheckpoint"},
		},
		{
			"the role of the service in PostgreSQL", "add rows that no key signed; stop the writing",
			"take an entry away, change one, or change the schema: the database refuses; and fsck names what was added",
			[]string{"custody/store.TestRolesOfPostgreSQL", "custody/store.TestServiceRoleOnlyAdds", "custody/store.TestEditOfAnyRowIsNamed"},
		},
		{
			"the payload folder", "delete, swap or change files; read none: each is encrypted under a key of its own",
			"pass a changed payload as the recorded one: every read checks it, and fsck names what is gone",
			[]string{"custody/blob.TestChangedBitsAreSeen", "custody/blob.TestSwappedFilesAreSeen", "custody/blob.TestFsckNamesEveryFault", "custody/blob.TestNothingInClear"},
		},
		{
			"the key folder", "read every case; act and sign as the service, as the log and on behalf of everybody whose key the service holds; give anybody a token",
			"change what was co-signed, time-stamped, lodged with another party, or acknowledged to a client; sign as a person who keeps their own key",
			[]string{"ledger/witness.TestFork", "custody.TestHolderKeepsKey"},
		},
		{
			"the log's key alone", "sign a second history",
			"have it co-signed by a quorum that keeps its memory; show it to somebody who holds another summary",
			[]string{"ledger/witness.TestFork"},
		},
		{
			"the net between two machines", "hold back or break off what passes; see who speaks when, and how much",
			"answer in the place of a server or a database, or read or change what passes, where no flag waived the check of the certificate; add to the record or take from it in any case",
			[]string{"cmd/custos/transport.TestServersAreChecked", "cmd/custos.TestTokensGoToTheServerOnly", "cmd/custos/wiring.TestLineToTheDatabase", "custody/parts.TestEveryBitOfAPart"},
		},
		{
			"the guard", "let a state that was put back pass as the newest",
			"do so against a co-signer, or against whoever holds a later acknowledgement",
			[]string{"ledger/recorder.TestAlteredGuard"},
		},
		{
			"a person's own key file", "act as that person until the key is revoked",
			"act in a role that the person does not hold, on a case to which they are not assigned, or after the revocation's place in the log",
			[]string{"ledger.TestKeyring", "custody.TestRevoked", "custody.TestReplaceKeys"},
		},
		{
			"a token of somebody", "act as that person over HTTP until it ends by itself, is ended, or lay unused too long",
			"act in a role that the person does not hold; sign with a key that the person keeps; go on after the end",
			[]string{"api.TestTokensEndByThemselves", "cmd/custos.TestTokensBesideTheServer", "cmd/custos.TestSignOnIsReplayed", "cmd/custos.TestAgentOfAnother"},
		},
		{
			"an identity provider that is named to the server", "act over HTTP as anybody whose account there is on record",
			"act as anybody else; give a role; sign with a key that a person keeps",
			[]string{"cmd/custos.TestSignOn", "cmd/custos.TestSignOnsAreRecorded"},
		},
		{
			"a co-signer", "refuse to co-sign, or, together with others, co-sign two histories: 2k - n of n must be dishonest",
			"write an entry, or change one",
			[]string{"ledger/witness.TestFork"},
		},
		{
			"an authority of time", "say that something existed earlier than it did",
			"change what existed; the neighbours in the log and a second authority bound the time",
			[]string{"custody/bundle.TestTimeStampsRaiseTheLevel", "custody/bundle.TestRecordedStampsBoundFromBelow"},
		},
		{
			"the policy files, by building another program", "decide by other rules from now on",
			"change under which rules a past decision was taken: each names its release, and can be replayed",
			[]string{"policy/rego.TestReplay"},
		},
		{
			"a bundle", "lose it, read it, pass on a changed copy",
			"pass a changed copy as the recorded one: custos-verify names the difference",
			[]string{"custody/bundle.TestMutantsOneBit", "custody/bundle.TestMutantsStructured"},
		},
		{
			"a received file made to break its reader", "break the process that reads it; give wrong rows of that file",
			"read a key or another file, reach the network, change a past entry, go unrecorded",
			[]string{"custody/sandbox.TestMisdeeds", "custody.TestBrokenReader", "custody.TestHostileImports"},
		},
	}
}
