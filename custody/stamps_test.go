package custody_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
	tsa "custos.example/ledger/timestamp/authority"
)

// outside is an authority of time that runs beside the record.
type outside struct {
	*tsa.Authority
	server *httptest.Server
	now    atomic.Pointer[func() time.Time]
}

// authorityOf starts an authority whose clock is the house's, and names it.
func (h *house) authorityOf(name string) *outside {
	h.Helper()
	_, root, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		h.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		h.Fatal(err)
	}
	from := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	a, err := tsa.New(name, root, key, from, from.AddDate(40, 0, 0), rand.Reader)
	if err != nil {
		h.Fatal(err)
	}
	n := &outside{Authority: a}
	now := h.clock.Now
	n.now.Store(&now)
	n.server = httptest.NewServer(tsa.NewServer(a, func() time.Time { return (*n.now.Load())() }))
	h.Cleanup(n.server.Close)
	_, _, err = wiring.AddTimeAuthority(h.Context(), h.options, wiring.TimeAuthority{Name: name, URL: n.server.URL, Roots: [][]byte{a.Root.Raw}})
	if err != nil {
		h.Fatal(err)
	}
	return n
}

// TestTimeStampsInTheLine stamps a log on two days and bundles an exhibit that
// lies between: the checker learns from when and until when it can date from.
func TestTimeStampsInTheLine(t *testing.T) {
	h := withCase(t)
	var ran []string
	one, two := h.authorityOf("One"), h.authorityOf("Two")
	h.reopen()
	h.Service.Module = likeness{steps: h.Service.Steps, ran: &ran}
	stamped, err := h.Service.Stamps().Due(t.Context())
	if err != nil || len(stamped) != 2 || stamped[0].Failed+stamped[1].Failed != "" {
		t.Fatalf("%+v, %v", stamped, err)
	}
	if again, err := h.Service.Stamps().Due(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("stamped again although nothing has happened: %+v, %v", again, err)
	}
	h.clock.mu.Lock()
	h.clock.now = h.clock.now.Add(25 * time.Hour)
	h.clock.mu.Unlock()
	_, _, exhibit := h.produced(file(30))
	if _, err := h.Service.Stamps().Now(t.Context(), admin, custody.Ask{}); err != nil {
		t.Fatal(err)
	}
	var denial *custody.Denial
	if _, err := h.Service.Stamps().Now(t.Context(), analyst, custody.Ask{}); !errors.As(err, &denial) {
		t.Errorf("an analyst had the log stamped: %v", err)
	}
	two.server.Close() // a bundle is not held back by one that does not answer
	b, packed := h.pack(exhibit.Entry, nil)
	if len(packed.Unstamped) == 0 || !strings.Contains(packed.Unstamped[0], "Two") {
		t.Errorf("unstamped: %q", packed.Unstamped)
	}
	report := h.verify(b, true)
	h.wants(report, bundle.Matches)
	since := strings.Join(report.Questions[1].Lines, "\n")
	for _, phrase := range []string{"the exhibit, existed by 5 March 2024", "It was recorded after 4 March 2024", "time stamp of One"} {
		if !strings.Contains(since, phrase) {
			t.Errorf("the report does not say %q:\n%s", phrase, since)
		}
	}
	if !strings.Contains(report.Level, "Level L2") || !strings.Contains(report.Level, "One root, Two root") {
		t.Errorf("level: %s", report.Level)
	}
	trust, err := h.Service.Organisation().Trust(t.Context())
	if err != nil || len(trust.TimestampRoots) != 2 || !slices.Equal(trust.TimestampRoots[0], one.Root.Raw) {
		t.Errorf("the trust file names %d roots, %v", len(trust.TimestampRoots), err)
	}
	if err := wiring.RemoveTimeAuthority(h.options, "Two"); err != nil {
		t.Fatal(err)
	}
	h.reopen()
	if trust, err = h.Service.Organisation().Trust(t.Context()); err != nil || len(trust.TimestampRoots) != 2 {
		t.Errorf("the root of one that is no longer asked has left the trust file: %d, %v", len(trust.TimestampRoots), err)
	}
	h.whole()
}

// TestStampOfAWrongClock tells by how much the machine's clock is off.
func TestStampOfAWrongClock(t *testing.T) {
	h := withCase(t)
	one := h.authorityOf("One")
	h.reopen()
	ahead := func() time.Time { return h.clock.Now().Add(3 * time.Hour) }
	one.now.Store(&ahead)
	stamped, err := h.Service.Stamps().Now(t.Context(), custody.Actor{}, custody.Ask{})
	if err != nil || len(stamped) != 1 || (stamped[0].Offset-3*time.Hour).Abs() > 2*time.Second {
		t.Errorf("%+v, %v", stamped, err)
	}
	if kinds := h.kinds("", ledger.Organisation); kinds[len(kinds)-1] != "time-stamped" {
		t.Errorf("the last entry is %s", kinds[len(kinds)-1])
	}
}

// rewritten is a recorder over a log whose history was changed.
type rewritten struct{ custody.Recorder }

func (r rewritten) Root(ctx context.Context, size uint64) (ledger.Digest, error) {
	root, err := r.Recorder.Root(ctx, size)
	root[5] ^= 1
	return root, err
}

// TestStampsAreHeldAgainstTheLog: a changed history no longer is what was stamped.
func TestStampsAreHeldAgainstTheLog(t *testing.T) {
	h := withCase(t)
	h.authorityOf("One")
	h.reopen()
	if _, err := h.Service.Stamps().Now(t.Context(), custody.Actor{}, custody.Ask{}); err != nil {
		t.Fatal(err)
	}
	if n, findings, err := h.Service.Stamps().Check(t.Context()); n != 1 || len(findings) > 0 || err != nil {
		t.Errorf("%d hold, %v, %v", n, findings, err)
	}
	config := h.Service.Config
	config.Recorder = rewritten{config.Recorder}
	n, findings, err := custody.New(config).Stamps().Check(t.Context())
	if n != 0 || len(findings) != 1 || !strings.Contains(findings[0].What, "not those that were stamped") || err != nil {
		t.Errorf("%d hold over a changed log, %v, %v", n, findings, err)
	}
}

// otherRoots is a stamper whose keeper trusts other certificates by now.
type otherRoots struct {
	custody.Stamper
	roots [][]byte
}

func (o otherRoots) Roots() [][]byte { return o.roots }

// TestStampsOutliveTheirRoots checks stamps that were taken under a root above the
// authority's own, once the keeper trusts the authority's own: they hold as they did. The
// control is a log that was changed: they do not hold of that.
func TestStampsOutliveTheirRoots(t *testing.T) {
	h := withCase(t)
	one := h.authorityOf("One")
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	upper := *one.Root
	upper.Subject, upper.SubjectKeyId, upper.PublicKey = pkix.Name{CommonName: "Upper"}, []byte("upper"), key.Public()
	crossed := *one.Root
	crossed.AuthorityKeyId = upper.SubjectKeyId
	certify := func(c *x509.Certificate, public any) *x509.Certificate {
		raw, err := x509.CreateCertificate(rand.Reader, c, &upper, public, key)
		if err != nil {
			t.Fatal(err)
		}
		if c, err = x509.ParseCertificate(raw); err != nil {
			t.Fatal(err)
		}
		return c
	}
	above := certify(&upper, key.Public())
	one.Chain = append(one.Chain, certify(&crossed, one.Root.PublicKey))
	if err := wiring.RemoveTimeAuthority(h.options, "One"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := wiring.AddTimeAuthority(t.Context(), h.options, wiring.TimeAuthority{
		Name: "Crossed", URL: one.server.URL, Roots: [][]byte{above.Raw},
	}); err != nil {
		t.Fatal(err)
	}
	h.reopen()
	if stamped, err := h.Service.Stamps().Now(t.Context(), custody.Actor{}, custody.Ask{}); err != nil || len(stamped) != 1 || stamped[0].Failed != "" {
		t.Fatalf("%+v, %v", stamped, err)
	}
	for name, roots := range map[string][][]byte{"the same": {above.Raw}, "its own": {one.Root.Raw}, "both": {above.Raw, one.Root.Raw}, "none": nil} {
		config := h.Service.Config
		config.Stamper = otherRoots{config.Stamper, roots}
		if n, findings, err := custody.New(config).Stamps().Check(t.Context()); n != 1 || len(findings) > 0 || err != nil {
			t.Errorf("%s: %d hold, %v, %v", name, n, findings, err)
		}
		config.Recorder = rewritten{config.Recorder}
		if n, findings, err := custody.New(config).Stamps().Check(t.Context()); n != 0 || len(findings) != 1 || err != nil {
			t.Errorf("control: %s: %d hold over a changed log, %v, %v", name, n, findings, err)
		}
	}
}

// TestBundleUnderAClockAhead is not handed out: it would contradict its own stamp.
func TestBundleUnderAClockAhead(t *testing.T) {
	h := withCase(t)
	one := h.authorityOf("One")
	h.reopen()
	_, _, exhibit := h.produced(file(12))
	behind := func() time.Time { return h.clock.Now().Add(-3 * time.Minute) }
	one.now.Store(&behind)
	var b bytes.Buffer
	_, err := h.Service.Exhibits().Bundle(t.Context(), sio, custody.Pack{Case: h.id, Exhibit: exhibit.Entry}, &b)
	if !errors.Is(err, custody.ErrPushback) || !strings.Contains(err.Error(), "ahead of the authority of time One") || b.Len() > 0 {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
	right := h.clock.Now
	one.now.Store(&right)
	packed, _ := h.pack(exhibit.Entry, nil)
	h.wants(h.verify(packed, true), bundle.Matches)
	h.whole()
}

// TestServingKeepsTheLogStamped without anybody asking.
func TestServingKeepsTheLogStamped(t *testing.T) {
	h := withCase(t)
	h.authorityOf("One")
	h.reopen()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); h.KeepStamped(ctx) }()
	last := func() string { kinds := h.kinds("", ledger.Organisation); return kinds[len(kinds)-1] }
	for began := time.Now(); last() != "time-stamped"; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatal("the log is not stamped")
		}
	}
	stop()
	<-ended
}

// TestNoAuthority asks nobody and says what to do.
func TestNoAuthority(t *testing.T) {
	h := withCase(t)
	if stamped, err := h.Service.Stamps().Due(t.Context()); err != nil || len(stamped) > 0 {
		t.Errorf("%+v, %v", stamped, err)
	}
	if _, err := h.Service.Stamps().Now(t.Context(), admin, custody.Ask{}); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "timestamp add") {
		t.Errorf("%v", err)
	}
}
