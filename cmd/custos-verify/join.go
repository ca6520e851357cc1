package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/parts"
	"custos.example/ledger"
)

// joining is the command line of join.
type joining struct {
	folders  []string
	out      string
	pack     string
	identity string
	trust    string
	want     string
	receipt  string
	json     bool
	now      func() time.Time
}

// runJoin joins the parts of a pack and returns the exit code: 0 when the whole is
// written and its sender trusted, 1 when a part differs, 3 when parts are missing
// or the sender is not known.
func runJoin(ctx context.Context, args []string, stdout, stderr io.Writer, now func() time.Time) int {
	j := joining{now: now}
	err := j.parse(args)
	if errors.Is(err, flag.ErrHelp) {
		if _, err := io.WriteString(stdout, usage); err != nil {
			return bundle.ExitFault
		}
		return 0
	}
	if err != nil {
		return fail(stderr, err)
	}
	arrival, err := j.look(ctx)
	if err != nil {
		return fail(stderr, err)
	}
	var content *parts.Content
	if arrival.Whole() && j.out != "" {
		if content, err = j.write(ctx, arrival); err != nil {
			return j.failed(stderr, err)
		}
	}
	if err := j.papers(arrival, content); err != nil {
		return notWritten(stderr, err)
	}
	if err := j.report(stdout, arrival, content); err != nil {
		_, _ = fmt.Fprintf(stderr, "custos-verify: the report could not be written: %v\n", err)
		return bundle.ExitFault
	}
	return arrival.Exit()
}

// parse reads the command line. Errors: errUsage, flag.ErrHelp.
func (j *joining) parse(args []string) error {
	fs := flag.NewFlagSet("join", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&j.out, "out", "", "")
	fs.StringVar(&j.pack, "pack", "", "")
	fs.StringVar(&j.identity, "identity", "", "")
	fs.StringVar(&j.trust, "trust", "", "")
	fs.StringVar(&j.want, "want", "", "")
	fs.StringVar(&j.receipt, "receipt", "", "")
	fs.BoolVar(&j.json, "json", false, "")
	for len(args) > 0 {
		if err := fs.Parse(args); err != nil {
			if err == flag.ErrHelp { //nolint:errorlint // flag returns it bare
				return err
			}
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		if args = fs.Args(); len(args) > 0 {
			j.folders, args = append(j.folders, args[0]), args[1:]
		}
	}
	switch {
	case len(j.folders) == 0:
		return fmt.Errorf("%w: in which folder are the parts? Name it", errUsage)
	case j.identity != "" && j.out == "":
		return fmt.Errorf("%w: --identity opens what is joined; say where to with --out FILE", errUsage)
	case j.receipt != "" && j.out == "":
		return fmt.Errorf("%w: a receipt is for a pack that was joined; say where to with --out FILE", errUsage)
	}
	for _, name := range []string{j.out, j.receipt} {
		if name == "" {
			continue
		}
		if _, err := os.Lstat(name); err == nil {
			return fmt.Errorf("%w: %s is there already, and nothing is replaced; choose another name", errUsage, name)
		}
	}
	return nil
}

// look says what has arrived.
func (j *joining) look(ctx context.Context) (*parts.Arrival, error) {
	o := parts.Options{Pack: j.pack}
	if j.trust != "" {
		data, err := small(j.trust)
		if err != nil {
			return nil, err
		}
		trust, err := ledger.ParseTrust(data)
		if err != nil {
			return nil, fmt.Errorf("%w: %s is not a trust file: %w", errUsage, j.trust, err)
		}
		o.Key = func(id ledger.KeyID) (ledger.PublicKey, error) {
			if !trust.Recorder(id) {
				return ledger.PublicKey{}, fmt.Errorf("%w: key %s sends no packs", ledger.FaultUnknownKey, id)
			}
			return trust.Key(id)
		}
	}
	var folders []parts.Folder
	for _, name := range j.folders {
		info, err := os.Stat(name)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is no folder; name the one in which the parts are", name)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		folders = append(folders, parts.Folder{Name: name, FS: os.DirFS(name)})
	}
	arrival, err := parts.Look(ctx, folders, o)
	if errors.Is(err, parts.ErrInvalid) {
		err = fmt.Errorf("%w: %w", errUsage, err)
	}
	return arrival, err
}

// write joins the parts into a new file, which has its name only when it is whole.
func (j *joining) write(ctx context.Context, arrival *parts.Arrival) (content *parts.Content, err error) {
	in, err := arrival.Reader(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	from := io.Reader(in)
	if j.identity != "" {
		if from, err = j.open(in, arrival.Cover); err != nil {
			return nil, err
		}
	}
	partial := j.out + ".joining"
	if err := os.Remove(partial); err != nil && !errors.Is(err, os.ErrNotExist) { // of a joining that was cut short
		return nil, err
	}
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the user names it; a link that somebody laid there is not followed
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(f, sum), from, make([]byte, 256<<10))
	if err == nil && j.identity != "" {
		_, err = io.Copy(io.Discard, in) // to the pack's own end, where its digest is held against the cover
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = named(partial, j.out)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(partial))
	}
	if arrival.Cover.Encrypted() && j.identity == "" {
		return nil, nil // it has arrived and is not opened
	}
	return &parts.Content{SHA256: ledger.Digest(sum.Sum(nil)), Size: uint64(n)}, nil
}

// open decrypts the pack with the key in a file.
func (j *joining) open(in io.Reader, c parts.Cover) (io.Reader, error) {
	if !c.Encrypted() {
		return nil, fmt.Errorf("%w: this pack is not encrypted; leave --identity out", errUsage)
	}
	f, err := os.Open(j.identity)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	defer func() { _ = f.Close() }()
	identity, err := parts.ParseIdentity(io.LimitReader(f, 1<<16))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errUsage, j.identity, err)
	}
	return parts.Decrypt(in, c, identity)
}

// papers writes what goes back to the sender.
func (j *joining) papers(arrival *parts.Arrival, content *parts.Content) error {
	if j.want != "" && arrival.Chosen() {
		text, err := arrival.Wanted()
		if err == nil {
			err = keepAnew(j.want, func(w io.Writer) error { _, err := w.Write(text); return err })
		}
		if err != nil {
			return err
		}
	}
	if j.receipt == "" || !arrival.Whole() {
		return nil
	}
	text, err := parts.NewSlip(arrival, content, ledger.NewTime(j.now())).Bytes()
	if err != nil {
		return err
	}
	return keepNew(j.receipt, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// report says what has arrived and where it was written.
func (j *joining) report(out io.Writer, arrival *parts.Arrival, content *parts.Content) error {
	if j.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			*parts.Arrival
			Content *parts.Content `json:"content,omitempty"`
			Exit    int            `json:"exit"`
			Pack    string         `json:"pack,omitempty"`
			Total   uint64         `json:"total"`
			Whole   bool           `json:"whole"`
		}{arrival, content, arrival.Exit(), packName(arrival), arrival.Cover.Total, arrival.Whole()})
	}
	if err := arrival.Text(out); err != nil {
		return err
	}
	if !arrival.Whole() || j.out == "" {
		return nil
	}
	what := "It is encrypted still; --identity FILE opens it."
	if content != nil {
		what = fmt.Sprintf("SHA-256 %s, %d bytes.", content.SHA256, content.Size)
	}
	_, err := fmt.Fprintf(out, "Written: %s. %s\n", bundle.ASCII(filepath.Base(j.out)), what)
	return err
}

func packName(a *parts.Arrival) string {
	if !a.Chosen() {
		return ""
	}
	return a.Pack.String()
}

// failed says why nothing was written.
func (j *joining) failed(stderr io.Writer, err error) int {
	if errors.Is(err, parts.ErrDiffers) {
		_, _ = fmt.Fprintf(stderr, "custos-verify: %s\nNothing was written.\n", bundle.ASCII(err.Error()))
		return bundle.ExitDiffers
	}
	if ofFiles(err) {
		return notWritten(stderr, err)
	}
	return fail(stderr, err)
}
