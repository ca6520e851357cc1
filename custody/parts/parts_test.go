package parts

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/ledger"
)

func TestCutAndJoin(t *testing.T) {
	for _, size := range []int{1, 4095, 4096, 4097, 3*4096 + 1, 100_000} {
		body := content(size, "body")
		p := pack(t, body, MinPart)
		folder := t.TempDir()
		send(t, folder, p, all(p)...)
		a := lookAt(t, folder, trusting(t))
		if a.Exit() != ExitWhole || !a.Whole() {
			t.Fatalf("%d bytes: exit %d, missing %v", size, a.Exit(), a.Missing)
		}
		got, err := joinedBytes(t, a)
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%d bytes: joined %d, %v", size, len(got), err)
		}
		for n := uint64(1); n <= p.Total; n++ {
			if first, again := part(t, p, n), part(t, p, n); !bytes.Equal(first, again) || len(first) > MinPart {
				t.Fatalf("part %d is another the second time, or too large: %d bytes", n, len(first))
			}
		}
	}
}

// TestTreeAgreesWithRing0 holds the tree against ring 0's check of audit paths.
func TestTreeAgreesWithRing0(t *testing.T) {
	for n := 1; n <= 130; n++ {
		digests := make([]ledger.Digest, n)
		for i := range digests {
			digests[i] = sha256.Sum256([]byte{byte(i)})
		}
		tree := NewTree(digests)
		for i := range digests {
			path := tree.Path(uint64(i) + 1)
			if err := ledger.VerifyInclusion(ledger.Index(i), leaf(digests[i]), path, uint64(n), tree.Root()); err != nil {
				t.Fatalf("part %d of %d: %v", i+1, n, err)
			}
			if ledger.VerifyInclusion(ledger.Index(i), leaf(digests[i]), path, uint64(n), leaf(digests[i])) == nil && n > 1 {
				t.Fatal("the control was not caught")
			}
		}
	}
}

func TestWhatCanBeWrong(t *testing.T) {
	body := content(50_000, "body")
	p, other := pack(t, body, MinPart), pack(t, content(50_000, "other"), MinPart)
	flipped := func(n uint64, at int) []byte {
		b := part(t, p, n)
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 4
		return b
	}
	stranger := func() Options { return Options{Key: ledger.LookUp(newKey("stranger").public(t))} }
	for name, c := range map[string]struct {
		change func(folder string)
		o      Options
		exit   int
		want   string
	}{
		"all there":         {func(string) {}, trusting(t), ExitWhole, "All 13 parts are here"},
		"nobody is trusted": {func(string) {}, Options{}, ExitCannotTell, "You have not told this program whose key"},
		"a stranger's":      {func(string) {}, stranger(), ExitCannotTell, "You have not told this program whose key"},
		"two missing": {func(f string) {
			os.Remove(filepath.Join(f, p.FileName(3)))
			os.Remove(filepath.Join(f, p.FileName(4)))
		}, trusting(t), ExitCannotTell, "missing: 3-4"},
		"doubled":                   {func(f string) { write(t, f, "copy of 5.part", part(t, p, 5)) }, trusting(t), ExitWhole, "There more than once"},
		"content":                   {func(f string) { write(t, f, p.FileName(6), flipped(6, -1)) }, trusting(t), ExitDiffers, "its content is not what was sent"},
		"content, with a good copy": {func(f string) { write(t, f, "bad.part", flipped(6, -1)) }, trusting(t), ExitWhole, "Files that differ lie beside it"},
		"head":                      {func(f string) { write(t, f, p.FileName(6), flipped(6, 900)) }, trusting(t), ExitDiffers, "1 files are not as they were sent"},
		"first line":                {func(f string) { write(t, f, p.FileName(6), flipped(6, 3)) }, trusting(t), ExitDiffers, "damaged at its beginning"},
		"cut short":                 {func(f string) { write(t, f, p.FileName(6), part(t, p, 6)[:3000]) }, trusting(t), ExitCannotTell, "cut short"},
		"cut in its head":           {func(f string) { write(t, f, p.FileName(6), part(t, p, 6)[:600]) }, trusting(t), ExitCannotTell, "breaks off within its head"},
		"empty":                     {func(f string) { write(t, f, p.FileName(6), nil) }, trusting(t), ExitCannotTell, "breaks off within its head"},
		"too long":                  {func(f string) { write(t, f, p.FileName(6), append(part(t, p, 6), 'x')) }, trusting(t), ExitDiffers, "something after"},
		"another's under its name":  {func(f string) { write(t, f, p.FileName(6), part(t, p, 7)) }, trusting(t), ExitCannotTell, "missing: 6"},
		"two packs":                 {func(f string) { send(t, f, other, 1) }, trusting(t), ExitCannotTell, "There are parts of 2 packs here"},
		"two packs, one chosen": {
			func(f string) { send(t, f, other, 1) },
			Options{Key: trusting(t).Key, Pack: ShortID(p.ID)},
			ExitWhole, "of another pack",
		},
		"another chosen": {func(string) {}, Options{Key: trusting(t).Key, Pack: ShortID(other.ID)}, ExitCannotTell, "no parts of the pack that you named"},
		"a letter":       {func(f string) { write(t, f, "READ ME.txt", []byte("hello")) }, trusting(t), ExitWhole, "READ ME.txt: not a part"},
		"nothing": {func(f string) {
			for _, n := range all(p) {
				os.Remove(filepath.Join(f, p.FileName(n)))
			}
		}, trusting(t), ExitCannotTell, "no part of a pack here"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			send(t, folder, p, all(p)...)
			c.change(folder)
			a := lookAt(t, folder, c.o)
			var text strings.Builder
			if err := a.Text(&text); err != nil {
				t.Fatal(err)
			}
			if a.Exit() != c.exit || !strings.Contains(text.String(), c.want) {
				t.Errorf("exit %d, not %d, or %q is not in:\n%s", a.Exit(), c.exit, c.want, text.String())
			}
			got, err := joinedBytes(t, a)
			if a.Whole() && (err != nil || !bytes.Equal(got, body)) || !a.Whole() && (!errors.Is(err, ErrMissing) || got != nil) {
				t.Errorf("joined %d bytes: %v", len(got), err)
			}
		})
	}
}

// TestEveryBitOfAPart flips every bit of one part's head and some of its content:
// the part is never taken for what was sent.
func TestEveryBitOfAPart(t *testing.T) {
	p := pack(t, content(20_000, "body"), MinPart)
	good := part(t, p, 2)
	folder := t.TempDir()
	send(t, folder, p, 1, 3, 4, 5)
	trials, failures := 0, 0
	for at := range good {
		if at > 1500 && at%97 != 0 {
			continue
		}
		bad := slices.Clone(good)
		bad[at] ^= 1 << (at % 8)
		write(t, folder, p.FileName(2), bad)
		a := lookAt(t, folder, trusting(t))
		trials++
		if a.Whole() || a.Exit() == ExitWhole {
			failures++
			t.Errorf("a change of byte %d is taken for the part", at)
		}
	}
	write(t, folder, p.FileName(2), good)
	if a := lookAt(t, folder, trusting(t)); a.Exit() != ExitWhole {
		t.Errorf("the control failed: the part itself is not taken: %+v", a)
	}
	t.Logf("PROOF harness=part-bits trials=%d failures=%d control=%q", trials, failures, "the untouched part is taken")
}

// TestStrangeFolders looks into folders that hold what is no file, and at a pack that
// came on two disks.
func TestStrangeFolders(t *testing.T) {
	p := pack(t, content(30_000, "body"), MinPart)
	one, two := t.TempDir(), t.TempDir()
	send(t, one, p, 1, 2, 3, 4)
	send(t, two, p, 4, 5, 6, 7, 8)
	if err := os.Mkdir(filepath.Join(one, "folder.part"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(two, p.FileName(5)), filepath.Join(one, p.FileName(5))); err != nil {
		t.Fatal(err)
	}
	a, err := Look(t.Context(), []Folder{{"one", os.DirFS(one)}, {"two", os.DirFS(two)}}, trusting(t))
	if err != nil || a.Exit() != ExitWhole || len(a.Other) != 2 || len(a.Doubled) != 1 || a.Doubled[0].Name != "two/"+p.FileName(4) {
		t.Fatalf("%+v: %v", a, err)
	}
	if got, err := joinedBytes(t, a); err != nil || !bytes.Equal(got, content(30_000, "body")) {
		t.Errorf("from two disks: %d bytes, %v", len(got), err)
	}
	if _, err := Look(t.Context(), []Folder{{"none", os.DirFS(filepath.Join(one, "none"))}}, trusting(t)); err == nil {
		t.Error("a folder that is not there")
	}
	send(t, one, pack(t, content(9000, "other"), MinPart), 1)
	if _, err := Look(t.Context(), []Folder{{"one", os.DirFS(one)}}, Options{Pack: ""}); err != nil {
		t.Error(err)
	}
}

// TestCoversAreExact changes one number of a cover after another: none is signed.
func TestCoversAreExact(t *testing.T) {
	sender := newKey("sender")
	good := func() Cover {
		c, err := NewCutter(MinPart)
		if err != nil {
			t.Fatal(err)
		}
		c.Write(content(9000, "body"))
		_, cover, err := c.Cover()
		if err != nil {
			t.Fatal(err)
		}
		cover.Origin, cover.Sender = "log.example/force", sender.public(t)
		return cover
	}
	if _, _, err := good().Sign(t.Context(), sender); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Cover){
		"size":       func(c *Cover) { c.Size = 0 },
		"total":      func(c *Cover) { c.Total++ },
		"chunk":      func(c *Cover) { c.Chunk = 17 },
		"origin":     func(c *Cover) { c.Origin = "" },
		"a path":     func(c *Cover) { c.Name = "../../etc/passwd" },
		"hidden":     func(c *Cover) { c.Name = ".profile" },
		"an option":  func(c *Cover) { c.Name = "-rf" },
		"recipients": func(c *Cover) { c.Recipients = []string{"age1none"} },
	} {
		c := good()
		change(&c)
		if _, _, err := c.Sign(t.Context(), sender); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if signed, _, err := good().Sign(t.Context(), newKey("another")); err == nil {
		if _, _, err := OpenCover(signed); !errors.Is(err, ErrForm) {
			t.Errorf("in another's name: %v", err)
		}
	}
	for _, size := range []int64{0, -1, MinPart - 1, MaxPart + 1} {
		if _, err := NewCutter(size); !errors.Is(err, ErrInvalid) {
			t.Errorf("parts of %d bytes: %v", size, err)
		}
	}
}

// TestChangedMeanwhile changes a part between the look and the joining.
func TestChangedMeanwhile(t *testing.T) {
	p := pack(t, content(20_000, "body"), MinPart)
	folder := t.TempDir()
	send(t, folder, p, all(p)...)
	a := lookAt(t, folder, trusting(t))
	bad := part(t, p, 3)
	bad[len(bad)-1] ^= 1
	write(t, folder, p.FileName(3), bad)
	if _, err := joinedBytes(t, a); !errors.Is(err, ErrDiffers) {
		t.Errorf("a part that was changed after the look: %v", err)
	}
}

func FuzzPart(f *testing.F) {
	p := pack(f, content(9000, "body"), MinPart)
	good := part(f, p, 1)
	f.Add(good)
	f.Add(good[:700])
	f.Add([]byte(magic + "{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		folder := t.TempDir()
		write(t, folder, "x.part", b)
		a := lookAt(t, folder, trusting(t))
		if a.Here > 0 && !bytes.Equal(b, good) {
			t.Errorf("something else is taken for a part")
		}
		if err := a.Text(io.Discard); err != nil {
			t.Error(err)
		}
	})
}
