package wiring

import (
	"context"
	"errors"
	"fmt"
	"os"

	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/ledger"
	"custos.example/ledger/recorder"
)

// Level is how deep a check goes; each takes in the ones before it.
type Level string

// The levels of a check.
const (
	Heads     Level = "heads"     // the log extends every head that is held elsewhere
	Entries   Level = "entries"   // every entry, chain, node and projected fact
	Content   Level = "content"   // every payload and every public tile
	Recompute Level = "recompute" // every exhibit is made again in the module
)

// Levels are all of them, in their order.
func Levels() []Level { return []Level{Heads, Entries, Content, Recompute} }

// State is what came of a level.
type State string

// The states. NotRun is never reported as good.
const (
	Agrees  State = "agrees"
	Differs State = "DIFFERS"
	InPart  State = "agrees, in part"
	NotRun  State = "not run"
)

// LevelReport says what came of a level, and of how much.
type LevelReport struct {
	Level Level
	State State
	What  string
}

// FsckOptions say how deep to look, and against what.
type FsckOptions struct {
	Level Level     // the deepest that is run; empty = Content
	Heads []Head    // held elsewhere; none = the guard
	From  blob.Copy // second copy of the payloads; nil = nothing is restored
	Part  blob.Part // whose content is read; zero = all
	Live  bool      // others may be writing: what is on its way is no finding
}

// FsckReport is what was checked and found.
type FsckReport struct {
	custody.FsckReport
	Against  []string // the heads that the log was held against
	Levels   []LevelReport
	Payloads int // whose content was read
	Bytes    int64
	Exhibits int // made again
}

// Open findings are those that have not been put right, with those that are not listed.
func (r FsckReport) Open() int {
	open := 0
	for _, f := range r.Findings {
		if !f.Restored {
			open += max(f.More, 1)
		}
	}
	return open
}

// Fsck recomputes everything that is stored, from the checkpoint in the guard:
// every entry, every chain, the tree, every projected fact and every payload
// that an entry names.
//
// Trust: the store is never believed about itself; the guard is.
func (s *Station) Fsck(ctx context.Context) (custody.FsckReport, error) {
	report, err := s.Inspect(ctx, FsckOptions{})
	return report.FsckReport, err
}

// Inspect checks what is stored to the depth that is asked for. It blocks no
// writer and changes nothing, but for what it is told to restore.
// Errors: only when it could not look; what does not agree is in the report.
func (s *Station) Inspect(ctx context.Context, options FsckOptions) (FsckReport, error) {
	if options.Level == "" {
		options.Level = Content
	}
	c := &checking{Station: s, options: options, touched: map[string][]string{}, told: map[string]bool{}}
	run := map[Level]func(context.Context) (string, error){
		Heads: c.heads, Entries: c.entries, Content: c.content, Recompute: c.recompute,
	}
	stopped := ""
	for _, level := range Levels() {
		report := LevelReport{Level: level, State: NotRun, What: "it was not asked for"}
		if stopped == "" {
			before := c.report.Open()
			what, err := run[level](ctx)
			switch {
			case errors.Is(err, errNotRun):
				report.What = what
			case err != nil:
				return c.report, fmt.Errorf("fsck, level %s: %w", level, err)
			default:
				report.State, report.What = c.state(level, before), what
			}
		}
		c.report.Levels = append(c.report.Levels, report)
		if level == options.Level {
			stopped = string(level)
		}
	}
	if err := c.keyless(ctx); err != nil {
		return c.report, fmt.Errorf("fsck: %w", err)
	}
	return c.report, c.effects(ctx)
}

// errNotRun says that a level could not be run; what is said instead of a result.
var errNotRun = errors.New("not run")

// checking is one check under way.
type checking struct {
	*Station
	options FsckOptions
	report  FsckReport
	touched map[string][]string // exhibits that rest on a payload or an entry
	told    map[string]bool     // payloads of which there is a finding
	largest ledger.Checkpoint   // of the heads held elsewhere
}

func (c *checking) state(level Level, before int) State {
	switch {
	case c.report.Open() > before:
		return Differs
	case level == Content && c.options.Part.Of > 0:
		return InPart
	}
	return Agrees
}

// find adds a finding.
func (c *checking) find(f custody.Finding) { c.report.Findings = append(c.report.Findings, f) }

// entries checks everything that stands in the store.
func (c *checking) entries(ctx context.Context) (string, error) {
	report, err := c.Store.Fsck(ctx, custody.FsckOptions{From: c.largest})
	if err != nil {
		return "", err
	}
	findings := c.report.Findings
	c.report.FsckReport = report
	c.report.Findings = append(findings, report.Findings...)
	what := fmt.Sprintf("%d entries on %d chains, their tree and what is projected from them", report.Entries, report.Chains)
	if len(report.Findings) > 0 {
		return what + "; who signed them was not checked, since they differ", nil
	}
	signed, err := c.Service.Keys().Verify(ctx, c.find)
	if err != nil {
		return "", err
	}
	end, err := c.Service.Keys().EndText(ctx)
	return fmt.Sprintf("%s; %d signed by keys in force at their place%s", what, signed, end), err
}

// recompute makes every exhibit again.
func (c *checking) recompute(ctx context.Context) (string, error) {
	untold := 0
	err := c.Service.Remake(ctx, func(r custody.Remade) {
		c.report.Exhibits++
		where := fmt.Sprintf("exhibit %s version %d", r.Reference, r.Version)
		switch {
		case r.Err == nil:
		case !r.Told:
			untold++
			c.find(custody.Finding{Where: where, Case: r.Case, Entry: r.Entry, What: fmt.Sprintf("it cannot be told whether it can be made again: %v", r.Err)})
		default:
			c.find(custody.Finding{
				Where: where, Case: r.Case, Entry: r.Entry,
				What: fmt.Sprintf("made again from its received files it differs: %v: do not serve it; record a defect, and see the runbook", r.Err),
			})
		}
	})
	if errors.Is(err, custody.ErrNotFound) && c.Service.Module == nil {
		return err.Error(), errNotRun
	}
	what := fmt.Sprintf("%d exhibits made again in the module", c.report.Exhibits)
	if untold > 0 {
		what += fmt.Sprintf("; of %d it cannot be told", untold)
	}
	return what, err
}

// mostEffects is of how many findings the exhibits are looked up.
const mostEffects = 100

// effects names the exhibits that rest on what was found.
func (c *checking) effects(ctx context.Context) error {
	looked := 0
	for i := range c.report.Findings {
		f := &c.report.Findings[i]
		if f.Case == "" || f.Exhibits != nil || f.Payload == nil && f.Entry == (ledger.EntryID{}) {
			continue
		}
		var digests []ledger.DigestSet
		var entries []ledger.EntryID
		key := string(f.Case) + f.Entry.String()
		if f.Payload != nil {
			digests = []ledger.DigestSet{f.Payload}
			key = string(f.Case) + fmt.Sprint(f.Payload)
		} else {
			entries = []ledger.EntryID{f.Entry}
		}
		if _, known := c.touched[key]; !known {
			if looked++; looked > mostEffects {
				break
			}
			exhibits, err := c.Service.Resting(ctx, f.Case, digests, entries)
			if stop := ctx.Err(); stop != nil {
				return stop
			}
			if err != nil {
				exhibits = []string{"cannot be told: " + err.Error()}
			}
			c.touched[key] = exhibits
		}
		f.Exhibits = c.touched[key]
	}
	return nil
}

// guarded returns the checkpoint in the guard as a head.
func (s *Station) guarded(ctx context.Context) ([]Head, error) {
	last, err := s.guard.Load(ctx)
	if err != nil || last == nil {
		return nil, err
	}
	if _, err := ledger.ParseCheckpoint(last); err != nil {
		return nil, fmt.Errorf("%w: the guard: %w", custody.ErrIntegrity, err)
	}
	return []Head{{Name: "the guard", Text: last}}, nil
}

// checkTiles makes the public tiles anew from their entries and holds them
// against their signed checkpoint.
func (c *checking) checkTiles(ctx context.Context) error {
	var signed ledger.SignedCheckpoint
	_, err := os.Stat(c.TilesFolder())
	if err == nil {
		signed, err = c.tiles.Check(ctx)
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil // nothing is published
	}
	switch {
	case err == nil && signed.Origin == "" && c.report.Size > 0:
		err = errors.New("nothing is published")
	case err != nil && !errors.Is(err, recorder.ErrTiles):
		return err
	}
	if err == nil {
		return nil
	}
	finding := custody.Finding{
		Where: "tiles",
		What:  err.Error() + ": nothing of the record is lost; fsck with --from puts the folder aside and publishes it anew from the log",
	}
	if c.options.From != nil {
		if err := c.republish(ctx); err != nil {
			return fmt.Errorf("publish the tiles anew: %w", err)
		}
		finding.Restored = true
	}
	c.find(finding)
	return nil
}
