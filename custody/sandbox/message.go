package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"custos.example/analysis"
	"custos.example/analysis/source"
)

// Argument is what the program is started with to become a reader.
const Argument = "read-apart"

// What the child asks the host to do, and what the host tells the child.
const (
	opRead         = 1 + iota // length bytes of input `stream` at offset
	opWrite                   // length bytes to output `stream`
	opScratch                 // open scratch `stream`
	opScratchWrite            // append length bytes to scratch `stream`
	opScratchRead             // length bytes of scratch `stream` at offset
	opScratchClose            // discard scratch `stream`
	opDone                    // the answer follows, length bytes of JSON
	opBegin                   // host to child: the task follows, length bytes of JSON
	opServed                  // host to child: what was asked in that slot is done
)

const (
	headerSize  = 16
	slotSize    = 1 << 20
	maxSlots    = 64
	maxScratch  = 256
	maxDocument = 16 << 20 // a task or an answer
)

// header goes before everything that passes the pipes.
// Shape: op, slot, stream (2 bytes), length (4), offset (8), least significant
// byte first. The bytes themselves stand in the shared slot; where there is no
// shared memory they follow the header.
type header struct {
	op, slot uint8
	stream   uint16
	length   uint32
	offset   int64
}

func (h header) bytes() []byte {
	b := make([]byte, 4, headerSize)
	b[0], b[1] = h.op, h.slot
	binary.LittleEndian.PutUint16(b[2:], h.stream)
	b = binary.LittleEndian.AppendUint32(b, h.length)
	return binary.LittleEndian.AppendUint64(b, uint64(h.offset)) //nolint:gosec // the bits of it
}

// readHeader reads one header.
// Errors: io.EOF at the end.
func readHeader(r io.Reader) (header, error) {
	var b [headerSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return header{}, err
	}
	return header{
		op: b[0], slot: b[1], stream: binary.LittleEndian.Uint16(b[2:]),
		length: binary.LittleEndian.Uint32(b[4:]), offset: int64(binary.LittleEndian.Uint64(b[8:])), //nolint:gosec // the bits of it
	}, nil
}

// task is what a child is to do.
type task struct {
	Do      string // doRun, doDetect or doDetectCells
	Step    string
	Version int
	Params  analysis.Params
	Inputs  []given
	Outputs []string
	Slots   int
	Shared  bool // the slots are in shared memory
	Limits  Limits
}

// The tasks.
const (
	doRun         = "run"
	doDetect      = "detect"
	doDetectCells = "detect-cells"
)

// given describes one input.
type given struct {
	Name   string
	Size   int64
	SHA256 string
}

// answer is what a child says at the end.
type answer struct {
	Result  analysis.Result
	Matches []source.Match
	Profile string
	Refused *Refusal
	Fault   bool // a panic
}

// share is the memory that both sides see, cut into slots; without shared
// memory each side has slots of its own and the bytes pass the pipes.
type share struct {
	slots  [][]byte
	shared bool
	close  func() error
}

// slotsOf cuts memory into slots.
func slotsOf(memory []byte) [][]byte {
	slots := make([][]byte, len(memory)/slotSize)
	for i := range slots {
		slots[i] = memory[i*slotSize : (i+1)*slotSize : (i+1)*slotSize]
	}
	return slots
}

// private returns slots that the other side does not see.
func private(n int) share {
	return share{slots: slotsOf(make([]byte, n*slotSize)), close: func() error { return nil }}
}

// slotsFor is how many slots a task needs: each input and output holds at most
// two at a time, and there must be one left.
func slotsFor(inputs, outputs int) int { return min(2*(inputs+outputs)+2, maxSlots) }

// readDocument reads the JSON that follows a header.
func readDocument(r io.Reader, length uint32) ([]byte, error) {
	if length > maxDocument {
		return nil, fmt.Errorf("a message of %d bytes: %w", length, errProtocol)
	}
	text := make([]byte, length)
	_, err := io.ReadFull(r, text)
	return text, err
}

// errProtocol says that the other side broke the rules of the exchange.
var errProtocol = errors.New("not a message of this exchange")

// pipes are the two ends that one side has.
type pipes struct {
	in, out *os.File
}
