package bundle

// Headline is the one line that a report begins with.
type Headline string

// The only three headlines.
const (
	Matches    Headline = "MATCHES THE RECORD"
	Differs    Headline = "DIFFERS FROM THE RECORD"
	CannotTell Headline = "CANNOT TELL"
)

// Answer is the answer to one of the five questions.
type Answer string

// The only three answers.
const (
	Yes        Answer = "Yes"
	No         Answer = "No"
	NotChecked Answer = "Not checked"
)

// Outcome is what one check found. Limit is a thing that was looked at and
// has to be read: it changes no answer.
type Outcome string

// The outcomes of a check.
const (
	OK      Outcome = "ok"
	Fail    Outcome = "differs"
	Unknown Outcome = "not checked"
	Limit   Outcome = "limit"
)

// Exit codes of the verifier.
const (
	ExitMatches    = 0
	ExitDiffers    = 1
	ExitUsage      = 2
	ExitCannotTell = 3
	ExitFault      = 4
)

// ReportFormat names the shape of a report in JSON.
const ReportFormat = "https://custos.example/report/v1"

// Finding is what one check found, in words.
// Shape: Number counts the checks in the order in which they are made; Check
// is the stable name of the check and Code that of the message, empty for ok;
// Excerpt is evidence, character by character.
type Finding struct {
	Number  int      `json:"number"`
	Check   string   `json:"check"`
	Code    string   `json:"code,omitempty"`
	Outcome Outcome  `json:"outcome"`
	Text    string   `json:"text"`
	Detail  []string `json:"detail,omitempty"`
	Excerpt []string `json:"excerpt,omitempty"`
}

// Question is one of the five questions with its answer.
type Question struct {
	Title    string    `json:"title"`
	Answer   Answer    `json:"answer"`
	Reason   string    `json:"reason"`
	Lines    []string  `json:"lines,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
}

// Checker says which program made the report.
// Shape: Module is the digest of the module that its own steps stand for, and
// Binary that of the program file; either may be empty.
type Checker struct {
	Version string `json:"version"`
	Binary  string `json:"binary,omitempty"`
	Module  string `json:"module,omitempty"`
}

// File says which file a report is about.
type File struct {
	Name   string `json:"name,omitempty"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitempty"`
}

// Subject says which exhibit a report is about, as the bundle names it.
type Subject struct {
	Reference string `json:"reference"`
	Version   uint64 `json:"version"`
	Title     string `json:"title"`
	Case      string `json:"case"`
}

// Report is the whole result of a check. Its text, JSON and HTML forms say
// the same.
// Shape: always five questions, in the order of the constants below; Advice has
// each code that keeps an answer from being Yes, once.
type Report struct {
	Format    string     `json:"format"`
	Checker   Checker    `json:"checker"`
	CheckedAt string     `json:"checkedAt,omitempty"`
	Trust     string     `json:"trust,omitempty"`
	File      File       `json:"file"`
	Headline  Headline   `json:"headline"`
	Meaning   string     `json:"meaning"`
	Exhibit   *Subject   `json:"exhibit,omitempty"`
	Rows      []string   `json:"rows,omitempty"`
	Questions []Question `json:"questions"`
	NotShown  []string   `json:"notShown"`
	Level     string     `json:"level"`
	Reached   string     `json:"reached,omitempty"` // L0 to L4; blank when none was
	Advice    []Code     `json:"advice,omitempty"`
	Next      []string   `json:"next,omitempty"`
	Scope     string     `json:"scope"`
	Exit      int        `json:"exit"`
}

// The five questions, in their fixed order.
const (
	askSame = iota
	askSince
	askWho
	askAgain
	askRest
	questionCount
)

// questionTitles are the words of the five questions.
var questionTitles = [questionCount]string{
	"Is it the same?",
	"Since when?",
	"Who recorded it?",
	"Can it be made again?",
	"What was not checked?",
}

// What a check shows is printed under every report; of one that does not match it is said that
// it did not come to show it, since the sentence would contradict the headline above it.
const (
	beyond = "It does not show that the original data were true, complete, or lawfully obtained."
	scope  = "This check shows the record has not changed since it was logged and who signed it. " + beyond
	// scopeDiffers stands under a difference.
	scopeDiffers = "This check does not show that the record has not changed since it was logged: a difference was found. " +
		"It does not show who made the difference, or why. " + beyond
	// scopeCannotTell stands under an answer that could not be had.
	scopeCannotTell = "This check does not show whether the record has changed since it was logged: a required check could not be made. " + beyond
)

// notShown is what no check of a bundle can show.
var notShown = []string{
	"that the telephone company's records are right",
	"who used a telephone, or where it was",
	"that everything relevant was recorded, or that nothing else exists",
	"that the data were lawfully obtained",
}
