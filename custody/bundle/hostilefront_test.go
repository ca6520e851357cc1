package bundle_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// TestHostileFrontPages gives payloads of a dishonest keeper to what reads a first
// page: each is answered soon, in little memory.
func TestHostileFrontPages(t *testing.T) {
	tell := func(meta string, rows int) (*bundletest.Case, []byte) {
		c := bundletest.NewCase("hostile front", bundletest.Hooks{})
		story := bundletest.TinyStory()
		story.Meta = []byte(meta)
		for i := range rows {
			story.File = fmt.Appendf(story.File, "07700900%03d,07700900%03d\n", i%1000, (i*7)%1000)
		}
		c.Tell(story)
		return c, c.Bundle()
	}
	for name, meta := range map[string]string{
		"longer than a page":        `{"sources":[` + strings.Repeat("{},", 16<<20/3) + `{}]}`,
		"more values than bytes":    `{"sources":[` + strings.Repeat("{},", 1<<18) + `{}]}`,
		"nested without an end":     `{"sources":` + strings.Repeat("[", 1<<18) + strings.Repeat("]", 1<<18) + `}`,
		"a megabyte of other names": `{"sources":[` + strings.Repeat(`{"reference":"x","rows":1,"sha256":"y"},`, 20000) + `{}]}`,
	} {
		c, file := tell(meta, 0)
		boundedBy(t, name, bytes.NewReader(file), int64(len(file)), options(c), 250<<20)
	}
	names := strings.Repeat("NET/3, ", 1500) + "NET/3"
	c, file := tell(`{"attributions":[{"basis":"subscriber: `+names+`","identifier":"08801234567","person":"P"}],"reference":"JAS/1"}`, 15000)
	soon(t, "one file as the basis 1,500 times", file, options(c))
	var many []string
	for i := range 1500 {
		many = append(many, fmt.Sprintf(`{"basis":"subscriber: NET/3","identifier":"0880%07d","person":"P"}`, i))
	}
	c, file = tell(`{"attributions":[`+strings.Join(many, ",")+`],"reference":"JAS/1"}`, 15000)
	r := soon(t, "1,500 attributions", file, options(c))
	want(t, r, bundle.ExitCannotTell, "more than 1000 files or statements")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if r := bundle.Verify(ctx, bytes.NewReader(file), int64(len(file)), options(c)); r.Exit == bundle.ExitMatches {
		t.Error("a check that was stopped says that everything is as recorded")
	}
}

// soon wants an answer in seconds, and not that everything is as recorded.
func soon(t *testing.T, name string, file []byte, o bundle.Options) bundle.Report {
	t.Helper()
	start := time.Now()
	r := verify(file, o)
	if took := time.Since(start); took > 10*time.Second || r.Exit == bundle.ExitMatches {
		t.Errorf("%s: exit %d after %v", name, r.Exit, took)
	}
	return r
}
