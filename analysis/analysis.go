// Package analysis owns what a step is: a pure function from the bytes of its
// inputs and its recorded parameters to the bytes of its outputs, with a row
// balance that closes.
//
// A source (file to canonical events), an analysis (events to a result) and a
// renderer (result to a page) are all steps, so that one runner, one registry
// and one WebAssembly module serve the three.
//
// It never reads a clock, a network, the environment or a host file, and knows
// nothing of cases, SQL, HTTP or the ledger.
package analysis

import (
	"errors"
	"io"
	"time"
)

// Class tells where in the line a step stands.
type Class string

// The classes of step, in the order in which evidence passes them.
const (
	Source  Class = "source"
	Select  Class = "select" // takes rows of a data set, to be served
	Analyse Class = "analyse"
	Render  Class = "render"
)

// ErrNotThisFormat is returned by a source that does not recognise its input.
// Errors: the wrapping message names what was looked for and what was found.
var ErrNotThisFormat = errors.New("not this format")

// ErrParameter is returned when a parameter is unknown, missing or malformed.
var ErrParameter = errors.New("parameter refused")

// ErrContent is returned by a source whose input holds the content of
// communications where its scope says that none may be received.
// Errors: the wrapping message names column and row, never the text.
var ErrContent = errors.New("content of a communication")

// ErrPorts is returned when a step is given other inputs or outputs than it has.
var ErrPorts = errors.New("ports do not fit the step")

// Port is one named input or output of a step.
// Shape: Name is lower-case words joined by '-'; Extension has no dot. An
// Optional input may be left out. An output is made by every run, but for one
// that is made With an optional input, and then only when that is given.
type Port struct {
	Name      string
	Media     string
	Extension string
	Optional  bool
	With      string
}

// Param describes one parameter. Every parameter is recorded, defaults too.
type Param struct {
	Name     string
	Default  string
	Required bool
	Doc      string
}

// Info names a step for ever: a change of its bytes is a new Version.
type Info struct {
	Name    string
	Version int
	Class   Class
	Title   string
	Inputs  []Port
	Outputs []Port
	Params  []Param
	Caveats []string
}

// Input is one input's bytes.
// Trust: none; every byte is hostile.
type Input interface {
	io.ReaderAt
	Size() int64
}

// Digested is an Input whose host hashed these very bytes when it took them in,
// and would notice if they were others now.
// Shape: SHA256 returns 64 lower-case hex digits, or nothing when it is not known.
type Digested interface {
	Input
	SHA256() string
}

// KnownDigest returns the digest of an input when its host knows it, else
// nothing: then a step that wants it reads and hashes.
func KnownDigest(in Input) string {
	if d, ok := in.(Digested); ok {
		return d.SHA256()
	}
	return ""
}

// Params holds every parameter of a run by name, defaults filled in.
type Params map[string]string

// Scratch is a private stream of bytes that is written once and then read;
// the host encrypts it and discards it on Close.
type Scratch interface {
	io.Writer
	io.ReaderAt
	Size() int64
	Close() error
}

// Env is all that a step may use besides its inputs and parameters.
type Env interface {
	// Scratch returns a new, empty scratch stream.
	Scratch() (Scratch, error)
	// Zone returns the rules of an IANA time zone from the embedded data file.
	Zone(name string) (*time.Location, error)
	// ZoneData returns the digest, in lower-case hex SHA-256, of that data file.
	ZoneData() string
}

// Find sets bit i where byte i of a text is the separator, a quotation mark, outside
// printable ASCII.
type Find func(text *[64]byte, separator byte) (separators, quotes, odd uint64)

// Finder is an Env that has means which a step has not, to look at 64 bytes at once. What
// a step makes is the same without.
type Finder interface {
	Find() Find // nil where there are none
}

// RuleCount is the number of rows that one rule put aside or outside.
type RuleCount struct {
	Rule string `json:"rule"`
	Rows int64  `json:"rows"`
}

// Balance accounts for every row received.
// Shape: Received = Shown + Outside + Repeats + SetAside; the rule lists are
// sorted by rule and add up to Outside and SetAside.
type Balance struct {
	Received   int64       `json:"received"`
	Shown      int64       `json:"shown"`
	Outside    int64       `json:"outside"`
	Repeats    int64       `json:"repeats"`
	SetAside   int64       `json:"setAside"`
	OutsideBy  []RuleCount `json:"outsideBy"`
	SetAsideBy []RuleCount `json:"setAsideBy"`
}

// Result is what a step says of its run beside its outputs.
// Shape: Caveats are ids such as CAV-CELL-6, in the order to be printed.
type Result struct {
	Balance Balance  `json:"balance"`
	Caveats []string `json:"caveats"`
}

// Step is a source, an analysis or a renderer.
//
// Run reads in and params, writes every output port of Info exactly once in
// full, and returns the balance. It must not depend on anything else.
// Errors: ErrNotThisFormat, ErrParameter, or a message naming row and column.
type Step interface {
	Info() Info
	Run(env Env, in map[string]Input, params Params, out map[string]io.Writer) (Result, error)
}
