package bundle_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// archivedCase tells a story with steps that the keeper chose, and returns the
// bundle and what a checker has who runs them from the bundle and has its own.
func archivedCase(t *testing.T, story bundletest.Story, own, theirs bundletest.Steps) ([]byte, bundle.Options) {
	t.Helper()
	c := bundletest.NewCase(seed, bundletest.Hooks{})
	c.Steps = theirs
	c.Tell(story)
	o := options(c)
	runs := 0
	o.Steps, o.Native = own, ledger.Digest{1}
	o.Load = func(context.Context, []byte) (bundle.Module, error) { return archive{theirs, &runs}, nil }
	return c.Bundle(), o
}

// with returns steps of which one does something else.
func with(steps bundletest.Steps, name string, change func(analysis.Step) analysis.Step) bundletest.Steps {
	steps = slices.Clone(steps)
	i := slices.IndexFunc(steps, func(s analysis.Step) bool { return s.Info().Name == name })
	steps[i] = change(steps[i])
	return steps
}

// TestArchivedRendererThatLies wants pages that a keeper's own program drew, and
// this one draws otherwise, to be no match, and to be handed out.
func TestArchivedRendererThatLies(t *testing.T) {
	for name, output := range map[string]string{"render-page": "page", "render-table": "rows"} {
		lie := with(bundletest.Tiny(), name, func(s analysis.Step) analysis.Step { return bundletest.Poison{Step: s, Output: output} })
		file, o := archivedCase(t, bundletest.TinyStory(), bundletest.Tiny(), lie)
		handed := map[string]string{}
		o.Differing = func(name string, content analysis.Input) error {
			data, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
			handed[name] = string(data)
			return err
		}
		want(t, verify(file, o), bundle.ExitCannotTell, "R05", "this program's own "+name+"@1 makes something else")
		if names := slices.Collect(maps.Values(handed)); len(names) != 2 || names[0] == names[1] {
			t.Errorf("%s: %d files were handed out, or the same twice", name, len(names))
		}
		failing := with(bundletest.Tiny(), name, func(s analysis.Step) analysis.Step { return failingStep{s} })
		_, o = archivedCase(t, bundletest.TinyStory(), failing, lie)
		want(t, verify(file, o), bundle.ExitCannotTell, "R05", "this program's own "+name+"@1 makes nothing of it", "it cannot")
	}
	file, o := archivedCase(t, bundletest.TinyStory(), bundletest.Tiny(), bundletest.Tiny()) // the control
	want(t, verify(file, o), bundle.ExitMatches, "this program's own steps make the same")
}

// failingStep is a step that makes nothing.
type failingStep struct{ analysis.Step }

func (failingStep) Run(analysis.Env, map[string]analysis.Input, analysis.Params, map[string]io.Writer) (analysis.Result, error) {
	return analysis.Result{}, fmt.Errorf("it cannot")
}

// TestCountsOfAnotherProgram wants a false count of rows to be no match, whoever
// runs the step.
func TestCountsOfAnotherProgram(t *testing.T) {
	wrong := with(bundletest.Tiny(), "tiny-source", func(s analysis.Step) analysis.Step { return bundletest.Miscount{Step: s} })
	file, o := archivedCase(t, bundletest.TinyStory(), bundletest.Tiny(), wrong)
	r := verify(file, o)
	want(t, r, bundle.ExitCannotTell, "R03", "tiny-source@1 counts others")
	if said := text(t, r); strings.Contains(said, "the row balances came out the same") {
		t.Errorf("it says that the balances came out the same\n%s", said)
	}
	for _, lie := range []bool{true, false} {
		c := bundletest.NewCase(seed, bundletest.Hooks{})
		c.Module = nil
		c.Hooks.Draft = func(d *bundletest.Draft) {
			if d.Label == "dataset" && lie {
				b := *d.Balance
				b.Received, b.Outside, b.SetAside = b.Received+5000, b.Outside+5001, b.SetAside-1
				d.Balance = &b
			}
		}
		c.Tell(bundletest.TinyStory())
		r := verify(c.Bundle(), options(c))
		if !lie {
			want(t, r, bundle.ExitMatches, "the row balances came out the same")
			continue
		}
		want(t, r, bundle.ExitCannotTell, "R03", "but counts other rows")
	}
}

// repacked is a step of which the page is changed after it was made.
type repacked struct {
	analysis.Step
	change func([]byte) []byte
}

func (s repacked) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	var held bytes.Buffer
	name := s.Info().Outputs[0].Name
	mine := maps.Clone(out)
	mine[name] = &held
	r, err := s.Step.Run(env, in, params, mine)
	if err == nil {
		_, err = out[name].Write(s.change(held.Bytes()))
	}
	return r, err
}

// TestArchivedPagePacksItsFontsOtherwise wants a page that differs by its
// compressor alone to be told from one that differs in anything else.
func TestArchivedPagePacksItsFontsOtherwise(t *testing.T) {
	nothing := func(b []byte) []byte { return b }
	cases := []struct {
		name   string
		exit   int
		says   string
		change func([]byte) []byte
	}{
		{"the same", bundle.ExitMatches, "this program's own steps make the same", nothing},
		{"packed otherwise", bundle.ExitMatches, "packs its fonts otherwise", func(b []byte) []byte { return repack(t, b, nothing) }},
		{"another glyph", bundle.ExitCannotTell, "makes something else", func(b []byte) []byte {
			return repack(t, b, func(font []byte) []byte { font[len(font)/2] ^= 1; return font })
		}},
		{"something behind a font", bundle.ExitCannotTell, "makes something else", func(b []byte) []byte {
			return repackWith(t, b, nothing, []byte("7 0 obj"))
		}},
		{"another word on the page", bundle.ExitCannotTell, "makes something else", func(b []byte) []byte {
			return repack(t, bytes.Replace(b, []byte("/Producer"), []byte("/Producar"), 1), nothing)
		}},
		{"an index that points elsewhere", bundle.ExitCannotTell, "makes something else", func(b []byte) []byte {
			b = repack(t, b, nothing)
			at := bytes.LastIndex(b, []byte(" 00000 n "))
			b[at-1] ^= 1
			return b
		}},
		{"more behind the end", bundle.ExitCannotTell, "makes something else", func(b []byte) []byte { return append(repack(t, b, nothing), " "...) }},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			theirs := with(bundletest.Real(), "render-schedule-pdf", func(s analysis.Step) analysis.Step { return repacked{s, tc.change} })
			file, o := archivedCase(t, bundletest.RealStory(20, fmt.Sprintf("%x", sumOf([]byte(bundletest.MadeUpModule)))), bundletest.Real(), theirs)
			want(t, verify(file, o), tc.exit, tc.says)
		})
	}
}

func repack(t *testing.T, page []byte, change func([]byte) []byte) []byte {
	return repackWith(t, page, change, nil)
}

// repackWith packs every packed stream of a page anew, as another compressor would,
// and writes the index that belongs to it. behind stands behind each stream's end.
func repackWith(t *testing.T, page []byte, change func([]byte) []byte, behind []byte) []byte {
	t.Helper()
	var out []byte
	head := regexp.MustCompile(`/Length (\d+)(\s?/Filter /FlateDecode[^>]*>>\nstream\n)`)
	body := page[:bytes.LastIndex(page, []byte("\nxref\n"))]
	streams := 0
	for at := head.FindSubmatchIndex(body); at != nil; at = head.FindSubmatchIndex(body) {
		n, _ := strconv.Atoi(string(body[at[2]:at[3]]))
		r, err := zlib.NewReader(bytes.NewReader(body[at[1] : at[1]+n]))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		w, _ := zlib.NewWriterLevel(&packed, zlib.NoCompression)
		_, _ = w.Write(change(plain))
		_ = w.Close()
		packed.Write(behind)
		out = append(out, body[:at[2]]...)
		out = fmt.Appendf(out, "%d%s%s", packed.Len(), body[at[4]:at[5]], packed.Bytes())
		body = body[at[1]+n:]
		streams++
	}
	if streams < 2 {
		t.Fatalf("the page has %d packed streams", streams)
	}
	out = append(out, body...)
	index := len(out) + 1
	tail := string(page[bytes.LastIndex(page, []byte("\nxref\n")):])
	tail = regexp.MustCompile(`(?m)^\d{10} 00000 n $`).ReplaceAllStringFunc(tail, func(line string) string {
		at, _ := strconv.Atoi(line[:10])
		object := page[at : at+bytes.IndexByte(page[at:], '\n')+1]
		return fmt.Sprintf("%010d 00000 n ", bytes.Index(out, append([]byte("\n"), object...))+1)
	})
	tail = regexp.MustCompile(`startxref\n\d+\n`).ReplaceAllString(tail, fmt.Sprintf("startxref\n%d\n", index))
	return append(out, tail...)
}
