package ledger

// Detail is the part of a predicate that its kind alone has: a pointer to one of
// the structs below, whose tags are its closed schema.
// Shape: a string without omitempty is never empty; `one:"a|b"` closes its values.
type Detail any

// LogOpened is entry 1 of the keys chain: it names the log and both of its own chains.
type LogOpened struct {
	KeysNonce         Nonce  `json:"keysNonce"`
	OrganisationNonce Nonce  `json:"organisationNonce"`
	Origin            string `json:"origin"`
}

// KeyEnrolled gives a key to a holder. RoleRecorder marks a recording service's key.
type KeyEnrolled struct {
	HeldBy string    `json:"heldBy" one:"service|holder"`
	Holder string    `json:"holder"`
	Key    KeyID     `json:"key"`
	Name   string    `json:"name"`
	Public PublicKey `json:"public"`
	Roles  []string  `json:"roles"`
}

// KeyRevoked ends a key's use: no entry with a higher index may bear its signature.
type KeyRevoked struct {
	Key    KeyID  `json:"key"`
	Reason string `json:"reason"`
}

// PolicyReleased puts a set of rules in force.
type PolicyReleased struct {
	Name    string `json:"name"`
	Release Digest `json:"release"`
}

// CeremonyHeld records a key ceremony, whose transcript is the payload "transcript".
type CeremonyHeld struct {
	Officers []string `json:"officers"`
	Purpose  string   `json:"purpose"`
}

// LogClosed is the last entry of the log; Next is the origin of the one that follows.
type LogClosed struct {
	Next   string `json:"next"`
	Reason string `json:"reason"`
}

// CaseRegistered commits the organisation's chain to both chains of one case.
type CaseRegistered struct {
	Case       string  `json:"case"`
	ReadsChain ChainID `json:"readsChain"`
	WorkChain  ChainID `json:"workChain"`
}

// PayloadErased records lawful disposal, before the key is destroyed.
type PayloadErased struct {
	Digest     DigestSet `json:"digest"`
	Order      string    `json:"order"`
	Recipients []string  `json:"recipients"`
}

// LogLinked names the last checkpoint of another log that this one continues or mirrors.
type LogLinked struct {
	Origin string `json:"origin"`
	Reason string `json:"reason"`
	Root   Digest `json:"root"`
	Size   uint64 `json:"size"`
}

// ErasureOrdered is one person's order to dispose lawfully of payloads of a case, or
// of the whole case when it names none. Shape: another person approves it, and
// nothing is erased before NotBefore.
type ErasureOrdered struct {
	Case      string      `json:"case"`
	Digests   []DigestSet `json:"digests"`
	Ground    string      `json:"ground"`
	NotBefore Time        `json:"notBefore"`
	Order     string      `json:"order"`
}

// ErasureDecided approves or cancels the order in the entry Order.
type ErasureDecided struct {
	Decision string  `json:"decision" one:"approved|cancelled"`
	Order    EntryID `json:"order"`
	Reason   string  `json:"reason"`
}

// ClockStepped records that the service's clock was put forward or back.
type ClockStepped struct {
	After  Time `json:"after"`
	Before Time `json:"before"`
}

// TimeStamped records an outside time stamp, the payload "token", over the
// checkpoint of Size leaves. Shape: Imprint is what the token is over.
type TimeStamped struct {
	Authority string `json:"authority"`
	Imprint   Digest `json:"imprint"`
	Size      uint64 `json:"size"`
	Time      Time   `json:"time"`
}

// CaseOpened is entry 1 of a case's work chain. Assigned are the ids of the people
// who work on the case from then on; Marking is its protective marking, if it was said.
type CaseOpened struct {
	Assigned   []string `json:"assigned"`
	Case       string   `json:"case"`
	Marking    string   `json:"marking,omitempty" one:"official|official-sensitive|secret"`
	Nonce      Nonce    `json:"nonce"`
	ReadsChain ChainID  `json:"readsChain"`
	Reference  string   `json:"reference"`
	Title      string   `json:"title"`
}

// AuthorityRecorded records the legal authority whose text is the payload "authority".
type AuthorityRecorded struct {
	Reference string `json:"reference"`
	Regime    string `json:"regime"`
}

// EvidenceReceived records raw bytes as they arrived, before any parsing.
// Shape: Reference marks a file that holds no communications data: one that is read
// beside them, or one of an item that is kept and not read (opaque); Credit is the
// line that its publisher asks for.
type EvidenceReceived struct {
	Credit    string `json:"credit,omitempty"`
	FileName  string `json:"fileName"`
	From      string `json:"from"`
	Item      string `json:"item"`
	Reference string `json:"reference,omitempty" one:"base-map|cell-table|opaque"`
	Size      uint64 `json:"size"`
}

// SourceDecided records an analyst's decision about a source; the answer is the
// payload "decision". Confirmed says how an identifier in it was guarded against
// a slip of the hand.
type SourceDecided struct {
	Confirmed string `json:"confirmed,omitempty" one:"source-row|typed-twice"`
	Item      string `json:"item"`
	Question  string `json:"question"`
}

// ImportFailed records that the reading of a received file broke off.
type ImportFailed struct {
	Item   string `json:"item"`
	Reason string `json:"reason"`
}

// DatasetNormalised records what a source step made of a received file, by the
// step's ports: canonical events and what was set aside, or a table of reference.
type DatasetNormalised struct {
	Item string `json:"item"`
}

// RowsCommitted carries the root of a tree of salted row commitments; it names no
// payload, so that it can be shown alone.
type RowsCommitted struct {
	Count   uint64  `json:"count"`
	Dataset EntryID `json:"dataset"`
}

// titled is the detail of kinds that say no more than what they are about.
type titled struct {
	Title string `json:"title"`
}

// DatasetSelected records a part of a data set chosen by a stated question.
type DatasetSelected titled

// AnalysisRun records a run; its subjects are the step's outputs by port name.
type AnalysisRun titled

// ReportMade records a report on what the record holds; its subjects are the
// report in its forms, and "request", which says what it was made from.
type ReportMade titled

// ExhibitProduced records rendered files; Renders names the step of each subject,
// in the subjects' order. Changed says what is new in a later version; Expert
// names who gives the opinion in it, and is empty in an exhibit of fact.
type ExhibitProduced struct {
	Changed   string   `json:"changed,omitempty"`
	Expert    string   `json:"expert,omitempty"`
	Reference string   `json:"reference"`
	Renders   []Render `json:"renders"`
	Title     string   `json:"title"`
	Version   uint64   `json:"version"`
}

// Render says which step made one subject of an exhibit.
type Render struct {
	Step    Step   `json:"step"`
	Subject string `json:"subject"`
}

// ExhibitChecked records that a second person re-ran an exhibit in the module.
type ExhibitChecked struct {
	Exhibit EntryID `json:"exhibit"`
	Result  string  `json:"result" one:"agrees"`
}

// BundleMade is the last entry that a bundle shows.
// Shape: Withheld is in rising n; an entry that it does not list is shown.
type BundleMade struct {
	Heads    Heads      `json:"heads"`
	Manifest Digest     `json:"manifest"`
	Withheld []Withheld `json:"withheld"`
}

// Heads are the newest entries before the bundle's own, chain by chain.
type Heads struct {
	Keys  Head `json:"keys"`
	Reads Head `json:"reads"`
	Work  Head `json:"work"`
}

// Withheld says why the content of entry n is not shown.
type Withheld struct {
	N      uint64 `json:"n"`
	Reason string `json:"reason" one:"not-relevant|another-person|sensitive|privileged|erased"`
}

// ExhibitServed records the service of an exhibit's bundle.
type ExhibitServed struct {
	Bundle EntryID `json:"bundle"`
	Means  string  `json:"means"`
	To     string  `json:"to"`
}

// MaterialDisclosed records disclosure of unused material to the defence.
type MaterialDisclosed struct {
	Material []EntryID `json:"material"`
	Means    string    `json:"means"`
	To       string    `json:"to"`
}

// MaterialRevealed records that material was revealed to the prosecutor.
type MaterialRevealed MaterialDisclosed

// ItemReceived records a physical or digital item taken into custody.
type ItemReceived struct {
	Description string `json:"description"`
	From        string `json:"from"`
	Item        string `json:"item"`
	Seal        string `json:"seal,omitempty"`
}

// ItemTransferred records a hand-over.
type ItemTransferred struct {
	From   string `json:"from"`
	Item   string `json:"item"`
	Reason string `json:"reason"`
	Seal   string `json:"seal,omitempty"`
	To     string `json:"to"`
}

// ItemHandled records what was done to an item beside its receipt and hand-over;
// it is the payload "handling", photographs stand beside it.
type ItemHandled DatasetNormalised

// TransferRecorded offers items to another holder, or answers the offer in the
// entry Transfer; which items, to whom and why is the payload "transfer", papers
// that were signed stand beside it.
type TransferRecorded struct {
	State    string  `json:"state" one:"offered|accepted|refused|withdrawn"`
	Transfer EntryID `json:"transfer,omitempty"`
}

// RegisterRecorded enters a row in a register, or its newest state; it is the
// payload "row".
// Shape: Name is what the register calls it; About is the entry that it concerns,
// if it is one.
type RegisterRecorded struct {
	About    EntryID `json:"about,omitempty"`
	Name     string  `json:"name"`
	Register string  `json:"register" one:"cost|delivery|disclosure|extraction|note|organisation|place|retention|sharing|sign-on|submission"`
}

// HoldPlaced forbids disposal of a case until the hold of that name is lifted.
type HoldPlaced struct {
	Case   string `json:"case"`
	Ground string `json:"ground"`
	Hold   string `json:"hold"`
}

// HoldLifted ends a hold.
type HoldLifted struct {
	Case   string `json:"case"`
	Hold   string `json:"hold"`
	Reason string `json:"reason"`
}

// DefectRecorded records a known defect of the named entries and steps, or a
// new state of one; nothing is deleted.
// Shape: Defect is its name in the register, Steps hold name@version.
type DefectRecorded struct {
	Defect  string    `json:"defect"`
	Effect  string    `json:"effect"`
	Entries []EntryID `json:"entries"`
	State   string    `json:"state" one:"open|mended|withdrawn"`
	Steps   []string  `json:"steps"`
	Title   string    `json:"title"`
}

// AccessDecided records one policy decision, allowed or not; its facts are the
// payload "decision".
type AccessDecided struct {
	Action  string   `json:"action"`
	Allowed bool     `json:"allowed"`
	AsOf    uint64   `json:"asOf"`
	Release Digest   `json:"release"`
	Rules   []string `json:"rules"`
	Until   Time     `json:"until"`
}

// RoleChanged gives a person a role from From until before Until; an Until that
// is not after From ends it.
type RoleChanged struct {
	From   Time   `json:"from"`
	Person string `json:"person"`
	Reason string `json:"reason"`
	Role   string `json:"role"`
	Until  Time   `json:"until"`
}

// StandingRecorded says what a person is competent and vetted for; that is the
// payload "standing".
type StandingRecorded struct {
	Person string `json:"person"`
}

// PolicyProposed puts forward a set of rules, whose text is the payload "rules".
type PolicyProposed PolicyReleased

// PolicyApproved is one person's approval of a proposed set of rules.
type PolicyApproved struct {
	Release Digest `json:"release"`
}

// ApplicationRecorded records what was applied for; it is the payload "application".
type ApplicationRecorded struct {
	Reference string `json:"reference"`
}

// CaseAssigned says that a person works on the case from From until before
// Until; why is the payload "assignment".
type CaseAssigned struct {
	From   Time   `json:"from"`
	Person string `json:"person"`
	Until  Time   `json:"until"`
}

// PermissionAsked asks another person to allow what the rules alone do not; for
// what and why is the payload "request".
type PermissionAsked struct {
	About string `json:"about" one:"excess|unmasking|further-use|inspection"`
}

// PermissionDecided answers the request with that entry; why is the payload "reasons".
type PermissionDecided struct {
	Decision string  `json:"decision" one:"approved|refused|withdrawn"`
	Request  EntryID `json:"request"`
}

// ErrorRecorded records an error in obtaining or disclosing data, or its newest
// state; what happened is the payload "error".
// Shape: Error is its name in the register of the case.
type ErrorRecorded struct {
	Error string `json:"error"`
	State string `json:"state" one:"open|reported|closed"`
	Type  string `json:"type" one:"reportable|recordable"`
}

// CopyIssued records a numbered copy of what another entry made; who has it, why
// and until when is the payload "copy".
type CopyIssued struct {
	Copy uint64  `json:"copy"`
	Of   EntryID `json:"of"`
}

// CopyDisposed records that a numbered copy is no more; who says so is the
// payload "disposal".
type CopyDisposed struct {
	Copy uint64 `json:"copy"`
}
