package follow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// Config says what is followed.
type Config struct {
	Source Source
	// Folder is the follower's memory; it is made on the first look.
	Folder string
	// Log are the keys of the log, which the follower got from elsewhere.
	Log []ledger.NoteKey
	// Policy is the quorum that a head must show; nil asks for none. The logs that it
	// names say nothing here: Log does.
	Policy *quorum.Policy
	// MaxAge is how old the newest co-signature may be, or, where nobody
	// co-signs, how long a head may stay the newest. 0 asks for nothing.
	MaxAge time.Duration
	Now    func() time.Time
}

// slack is by how much a co-signer's clock may run ahead of the follower's.
const slack = time.Minute

// Kind is what an alarm is about.
type Kind string

// The kinds of alarm.
const (
	Unreachable Kind = "unreachable" // nothing could be read
	NotGenuine  Kind = "not-genuine" // it is not this log's checkpoint
	Unproven    Kind = "unproven"    // the tiles do not show that it extends what was seen
	Fork        Kind = "fork"        // two histories under the log's own signature
	Rollback    Kind = "rollback"    // fewer entries than were seen
	CoSigners   Kind = "co-signers"  // the quorum is missing
	Stale       Kind = "stale"       // nothing new for too long
)

// Alarm is one thing that a person has to look at.
// Shape: Evidence are files in the follower's folder.
type Alarm struct {
	Kind     Kind     `json:"kind"`
	Words    string   `json:"words"`
	Next     string   `json:"next"`
	Evidence []string `json:"evidence,omitempty"`
}

// Sighting is what one look showed.
// Shape: Size and Root are of the head that was shown, zero when none could be
// read; Before is the size believed before, and First says that there was none.
type Sighting struct {
	Origin    string        `json:"origin"`
	Size      uint64        `json:"size"`
	Root      ledger.Digest `json:"root"`
	Before    uint64        `json:"before"`
	First     bool          `json:"first"`
	CoSigners []string      `json:"coSigners"`
	Alarms    []Alarm       `json:"alarms"`
}

// look is one look under way.
type look struct {
	Config
	memory memory
	seen   Sighting
	shown  ledger.SignedCheckpoint
}

// Look reads the log once, compares it with all that was seen before, and keeps
// what it is shown.
// Errors: those of the follower's own folder; what is wrong with the log is an
// Alarm.
func Look(ctx context.Context, config Config) (seen Sighting, err error) {
	if config.Policy != nil {
		asked := *config.Policy
		asked.Logs, config.Policy = nil, &asked
	}
	l := &look{Config: config, memory: memory(config.Folder)}
	l.seen = Sighting{Origin: config.Log[0].Name, CoSigners: []string{}, Alarms: []Alarm{}}
	lock, err := l.memory.lock()
	if err != nil {
		return l.seen, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	believed, found, err := l.memory.load()
	if err != nil {
		return l.seen, err
	}
	if found && believed.Origin != l.seen.Origin {
		return l.seen, fmt.Errorf("this folder follows the log %q: choose another folder for %q", believed.Origin, l.seen.Origin)
	}
	l.seen.First, l.seen.Before = !found, believed.Size
	if !l.read(ctx) {
		return l.seen, nil
	}
	if err := l.memory.keep(l.shown, l.coSignatures); err != nil {
		return l.seen, err
	}
	l.coSigned()
	if found && !l.holds(ctx, believed) {
		return l.seen, nil
	}
	if !found || believed.Size < l.shown.Size {
		believed = newest{Origin: l.shown.Origin, Root: l.shown.Root, Size: l.shown.Size, Seen: ledger.NewTime(l.Now())}
		if err := l.memory.believe(believed); err != nil {
			return l.seen, err
		}
	}
	l.fresh(believed.Seen.Time)
	return l.seen, nil
}

func (l *look) alarm(kind Kind, next string, evidence []string, format string, args ...any) {
	l.seen.Alarms = append(l.seen.Alarms, Alarm{kind, fmt.Sprintf(format, args...), next, evidence})
}

// read reads the checkpoint and tells whether it is one of this log.
func (l *look) read(ctx context.Context) bool {
	content, err := l.Source.Read(ctx, "checkpoint")
	if err != nil {
		l.alarm(Unreachable, "Try again. If it stays so, ask whoever keeps the log, and say since when.", nil,
			"the public checkpoint could not be read: %v", err)
		return false
	}
	shown, err := ledger.ParseCheckpoint(content)
	if err == nil && shown.Origin != l.seen.Origin {
		err = fmt.Errorf("it is of the log %q", shown.Origin)
	}
	if err == nil {
		err = shown.Verify(l.Log...)
	}
	if err != nil {
		l.alarm(NotGenuine, "See that address and key are those you were given. The log may have a new key: get it by a way of its own.", nil,
			"what is published is not a checkpoint that this log signed: %v", err)
		return false
	}
	l.shown, l.seen.Size, l.seen.Root = shown, shown.Size, shown.Root
	return true
}

// coSignatures returns how many co-signers of the policy have co-signed a head; without a
// policy, how many signatures it bears.
func (l *look) coSignatures(s ledger.SignedCheckpoint) int {
	if l.Policy == nil {
		return len(s.Signatures)
	}
	count := 0
	for _, c := range l.Policy.CoSigners {
		if list, err := s.CoSignatures(c.Key); err == nil {
			count += len(list)
		}
	}
	return count
}

// coSigned notes the co-signers and asks for the quorum.
func (l *look) coSigned() {
	if l.Policy == nil {
		return
	}
	signed, err := l.Policy.Verify(l.shown, l.Log...)
	for _, c := range signed {
		l.seen.CoSigners = append(l.seen.CoSigners, c.Key.Name)
	}
	if err != nil {
		l.alarm(CoSigners, "An outage of co-signers passes within minutes. If it stays so, ask the co-signers what they last co-signed.", nil,
			"the checkpoint of %d entries lacks its quorum: %v", l.shown.Size, err)
	}
}

// holds tells whether the shown head goes on from what is believed.
func (l *look) holds(ctx context.Context, believed newest) bool {
	last := ledger.Checkpoint{Origin: believed.Origin, Size: believed.Size, Root: believed.Root}
	both := []string{l.memory.head(last), l.memory.head(l.shown.Checkpoint)}
	const keep = "Keep both files: both bear the log's own signature. Show them to the other party and to the co-signers."
	if l.shown.Size < last.Size {
		l.alarm(Rollback, "An old copy may stand in a cache on the way: read again past it. Otherwise the log was put back. "+keep, both,
			"the log shows %d entries and showed %d before", l.shown.Size, last.Size)
		return false
	}
	err := extends(ctx, l.Source, last, l.shown.Checkpoint)
	switch {
	case err == nil:
		return true
	case errors.Is(err, ledger.FaultConsistency):
		l.alarm(Fork, "There is no innocent way to sign two histories but a log begun anew from an old copy. "+keep, both,
			"the log has two histories: that of %d entries is not the beginning of that of %d", last.Size, l.shown.Size)
	default:
		l.alarm(Unproven, "Tiles may be late or damaged on the way: try again. If it stays so, treat it as a fork. "+keep, both,
			"it cannot be shown that the %d entries seen before are the beginning of these %d: %v", last.Size, l.shown.Size, err)
	}
	return false
}

// fresh asks how old the head is. A co-signature dated ahead of now says nothing about
// that, and is passed over: one clock that ran ahead would hide that all stands still.
func (l *look) fresh(seen time.Time) {
	if l.MaxAge <= 0 {
		return
	}
	since, what := seen, "is the newest since it was first seen at"
	if l.Policy != nil {
		signed, _ := l.Policy.Verify(l.shown, l.Log...) // a missing quorum has been told
		signed = slices.DeleteFunc(signed, func(c ledger.CoSigned) bool { return c.At.After(l.Now().Add(slack)) })
		for i, c := range signed {
			if i == 0 || c.At.After(since) {
				since, what = c.At, "was last co-signed at"
			}
		}
	}
	if age := l.Now().Sub(since); age > l.MaxAge {
		l.alarm(Stale, "Ask whoever keeps the log whether it stands still, and the co-signers what they have.", nil,
			"the head of %d entries %s %s, %s ago", l.shown.Size, what, since.UTC().Format(time.RFC3339), age.Round(time.Second))
	}
}
