package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// runChild is what this test binary does as another process.
func runChild(role, url string) error {
	ctx := context.Background()
	if strings.HasPrefix(role, "move") {
		return runMove(ctx, role, url)
	}
	s, err := Open(ctx, childConfig(url))
	if err != nil {
		return err
	}
	switch role {
	case "open":
		return s.Close()
	case "clients":
		return runClients(ctx, s, os.Getenv("CUSTOS_STORE_ACKS"))
	case "lax": // the control of a killed server: it does not wait for the disk
		if err := s.session.begin(ctx); err != nil {
			return err
		}
		s.session.rollback(ctx)
		if _, err := s.session.conn.ExecContext(ctx, "SET synchronous_commit = off"); err != nil {
			return err
		}
		return runClients(ctx, s, os.Getenv("CUSTOS_STORE_ACKS"))
	case "early": // the control: it answers first and commits afterwards
		s.commit = deliverThenCommit
		return runClients(ctx, s, os.Getenv("CUSTOS_STORE_ACKS"))
	}
	return fmt.Errorf("no such role: %s", role)
}

// deliverThenCommit is the fault that the crash harness has to catch. What the database
// refuses is not delivered, since it is written anew.
func deliverThenCommit(ctx context.Context, s *session, deliver func()) error {
	if err := s.flush(ctx); err != nil {
		return err
	}
	deliver()
	time.Sleep(3 * time.Millisecond)
	return s.commit(ctx)
}

func childConfig(url string) Config {
	return Config{URL: url, Sealer: newTestSealer(7), Project: projectItems, Clock: wallClock{}}
}

// crashChains are the chains that the clients of the crash harness write to.
func crashChains() []custody.Chain {
	return []custody.Chain{chainOf(ledger.Work, caseA, 2), chainOf(ledger.Work, caseB, 3)}
}

// runClients runs clients until one fails, the quota is used up, or the process
// is killed. CUSTOS_STORE_CLIENTS names them, as "first-last"; the file "quota"
// in the folder of acknowledgements, if there is one, bounds the acknowledged
// entries of each.
func runClients(ctx context.Context, s *Store, folder string) error {
	var first, last int
	if _, err := fmt.Sscanf(os.Getenv("CUSTOS_STORE_CLIENTS"), "%d-%d", &first, &last); err != nil {
		return fmt.Errorf("CUSTOS_STORE_CLIENTS: %w", err)
	}
	quota, err := strconv.Atoi(os.Getenv("CUSTOS_STORE_QUOTA"))
	if err != nil {
		return fmt.Errorf("CUSTOS_STORE_QUOTA: %w", err)
	}
	chains := crashChains()
	if os.Getenv("CUSTOS_STORE_ONE_CASE") != "" {
		chains = chains[:1]
	}
	for _, c := range chains {
		if err := s.OpenChain(ctx, c); err != nil {
			return err
		}
	}
	errs := make(chan error, last-first+1)
	var wg sync.WaitGroup
	for c := first; c <= last; c++ {
		wg.Go(func() {
			client := &crashClient{store: s, name: c, folder: folder, chain: chains[c%len(chains)]}
			if err := client.run(ctx, quota); err != nil {
				errs <- fmt.Errorf("client %d: %w", c, err)
			}
		})
	}
	fmt.Println("ready") // the parent's sign to start the clock of the kill
	wg.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return err
	}
	return s.Close()
}

// crashClient is one caller with two files of its own: the request it is about
// to make, and every acknowledgement it was given, in the order it was given.
type crashClient struct {
	store  *Store
	name   int
	folder string
	chain  custody.Chain
	acks   *os.File
	done   int
	after  ledger.Head
}

func (c *crashClient) path(kind string) string {
	return filepath.Join(c.folder, fmt.Sprintf("%s-%03d", kind, c.name))
}

func (c *crashClient) run(ctx context.Context, quota int) error {
	past, err := readAcks(c.path("acks"))
	if err != nil {
		return err
	}
	if c.done = len(past); c.done > 0 {
		last := past[c.done-1]
		c.after = ledger.Head{N: last.placed.N, Commitment: last.placed.Commitment}
	}
	if err := cutTail(c.path("acks")); err != nil {
		return err
	}
	if c.acks, err = os.OpenFile(c.path("acks"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	defer c.acks.Close()
	if err := c.resume(ctx, past); err != nil {
		return err
	}
	for c.done < quota {
		request, err := c.next(ctx)
		if err != nil {
			return err
		}
		if err := c.intend(request); err != nil {
			return err
		}
		if err := c.append(ctx, request); err != nil {
			return err
		}
	}
	return nil
}

// next makes a request of one draft, now and then of three.
func (c *crashClient) next(ctx context.Context) (custody.Request, error) {
	drafts := make([]custody.Draft, 1)
	if c.done%8 == 7 {
		drafts = make([]custody.Draft, 3)
	}
	for i := range drafts {
		d := itemReceived(c.chain, fmt.Sprintf("%d/%d/%d", c.name, c.done, i))
		d.after, d.changes = c.after, c.done%16 == 3
		var err error
		if drafts[i], err = d.draft(ctx); err != nil {
			return custody.Request{}, err
		}
	}
	return requestOf(drafts...), nil
}

// intend keeps the request before it is made, so that it can be made again.
func (c *crashClient) intend(r custody.Request) error {
	f, err := os.Create(c.path("intent") + ".new")
	if err != nil {
		return err
	}
	if err := errors.Join(writeIntent(f, r), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), c.path("intent"))
}

// resume makes the last request again when its answer never came.
func (c *crashClient) resume(ctx context.Context, past []ack) error {
	f, err := os.Open(c.path("intent"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := readIntent(f)
	if err != nil {
		return err
	}
	for _, a := range past {
		if a.first == r.Drafts[0].Entry {
			return nil
		}
	}
	return c.append(ctx, r)
}

func (c *crashClient) append(ctx context.Context, r custody.Request) error {
	placed, err := c.store.Append(ctx, r)
	for errors.Is(err, custody.ErrPushback) {
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		placed, err = c.store.Append(ctx, r)
	}
	if err != nil {
		return err
	}
	var line strings.Builder
	for _, p := range placed {
		fmt.Fprintf(&line, "%s %s %d %d %s\n", r.Drafts[0].Entry, p.Chain, p.N, p.Index, p.Commitment)
	}
	if _, err := c.acks.WriteString(line.String()); err != nil {
		return err
	}
	c.done += len(placed)
	last := placed[len(placed)-1]
	c.after = ledger.Head{N: last.N, Commitment: last.Commitment}
	return nil
}

// ack is one acknowledged entry, as its client wrote it down.
type ack struct {
	first  ledger.EntryID // of its request
	placed custody.Placed
}

// cutTail removes a last line without an end, so that the next one does not
// continue it.
func cutTail(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Truncate(path, int64(strings.LastIndexByte(string(text), '\n')+1))
}

// readAcks reads a client's file. A last line without an end was cut off by the
// kill, before the client could act on it.
func readAcks(path string) ([]ack, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	whole := text[:strings.LastIndexByte(string(text), '\n')+1]
	var acks []ack
	lines := bufio.NewScanner(strings.NewReader(string(whole)))
	for lines.Scan() {
		var a ack
		fields := strings.Fields(lines.Text())
		if len(fields) != 5 {
			return nil, fmt.Errorf("%s: %q", path, lines.Text())
		}
		n, errN := strconv.ParseUint(fields[2], 10, 64)
		index, errIndex := strconv.ParseUint(fields[3], 10, 64)
		err := errors.Join(a.first.UnmarshalText([]byte(fields[0])), a.placed.Chain.UnmarshalText([]byte(fields[1])), errN, errIndex,
			a.placed.Commitment.UnmarshalText([]byte(fields[4])))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		a.placed.N, a.placed.Index = n, ledger.Index(index)
		acks = append(acks, a)
	}
	return acks, lines.Err()
}
