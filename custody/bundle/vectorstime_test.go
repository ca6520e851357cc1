package bundle_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/timestamp/authority"
)

// hours returns a time so many hours after the made-up case began.
func hours(n float64) time.Time {
	return bundletest.Start.Add(time.Duration(n * float64(time.Hour)))
}

// stampedCase tells a case of which the log was stamped before its bundle, as
// soon as it was there, and returns it with the options of somebody who trusts
// both authorities. The case lasts less than an hour.
func stampedCase() (c *bundletest.Case, one, two *authority.Authority, o bundle.Options) {
	one, two = bundletest.NewAuthority(seed, "First authority"), bundletest.NewAuthority(seed, "Second authority")
	c = bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
	o = options(c)
	o.Trust.TimestampRoots = [][]byte{one.Root.Raw, two.Root.Raw}
	return c, one, two, o
}

// timeVectors are caught by what outside authorities of time say.
func timeVectors() []vector {
	stamped := func(name, check string, forge func(c *bundletest.Case, one, two *authority.Authority) bundletest.Forge) vector {
		return vector{name, check, bundle.ExitDiffers, func() ([]byte, bundle.Options) {
			c, one, two, o := stampedCase()
			return c.Forge(forge(c, one, two)), o
		}}
	}
	after := func(c *bundletest.Case, s bundletest.Stamp, change func(bundletest.Files)) bundletest.Forge {
		return bundletest.Forge{After: func(f bundletest.Files) { c.Stamped(s)(f); change(f) }}
	}
	return []vector{
		stamped("a file among the time stamps that their list does not name", "stamp-list", func(c *bundletest.Case, one, _ *authority.Authority) bundletest.Forge {
			return after(c, bundletest.Stamp{By: one, At: hours(1)}, func(f bundletest.Files) { f["timestamps/note.txt"] = []byte("stamped at noon") })
		}),
		stamped("a time stamp over another summary", "stamps", func(c *bundletest.Case, one, _ *authority.Authority) bundletest.Forge {
			return after(c, bundletest.Stamp{By: one, At: hours(1)}, func(f bundletest.Files) {
				f["timestamps/001.tsr"] = bundletest.Token(one, hours(1), []byte("another summary"))
			})
		}),
		stamped("a stamped summary that is not the beginning of the record", "stamp-heads", func(c *bundletest.Case, one, _ *authority.Authority) bundletest.Forge {
			return after(c, bundletest.Stamp{By: one, At: hours(1), Size: 9}, func(f bundletest.Files) {
				p := ledger.Checkpoint{Origin: c.Origin, Size: 9, Root: ledger.Digest{7}}
				f["timestamps/001.tsr"] = bundletest.Token(one, hours(1), []byte(p.Text()))
				f["timestamps/index.json"] = bundletest.EditJSON(f["timestamps/index.json"], func(v map[string]any) {
					v["heads"].([]any)[0].(map[string]any)["root"] = p.Root
				})
			})
		}),
		stamped("entries dated after a time stamp that is over them", "times", func(c *bundletest.Case, one, _ *authority.Authority) bundletest.Forge {
			return bundletest.Forge{After: c.Stamped(bundletest.Stamp{By: one, At: hours(-24)})}
		}),
	}
}

// TestTimeStampsRaiseTheLevel shows L2 with one authority, the dates on both
// sides, and that nothing of it holds without the authority's root.
func TestTimeStampsRaiseTheLevel(t *testing.T) {
	one := bundletest.NewAuthority("level", "First authority")
	two := bundletest.NewAuthority("level", "Second authority")
	c := bundletest.NewCase("level", bundletest.Hooks{})
	var before bundletest.Stamp
	c.Hooks.Draft = func(d *bundletest.Draft) {
		if d.Label == "run" && before.By == nil {
			before = bundletest.Stamp{By: one, At: d.Time}
		}
	}
	c.Tell(bundletest.TinyStory())
	o := options(c)
	o.Trust.TimestampRoots = [][]byte{one.Root.Raw, two.Root.Raw}
	o.Require = bundle.Stamped
	file := c.Forge(bundletest.Forge{After: c.Stamped(
		bundletest.Stamp{By: one, At: hours(1), Manifest: true}, bundletest.Stamp{By: one, At: hours(1)}, bundletest.Stamp{By: two, At: hours(2)},
	)})
	want(t, verify(file, o), bundle.ExitMatches, "Level L2", "First authority", "Second authority",
		"the exhibit, existed by 21 November 2026, 10:00:01 UTC: time stamp of First authority", "3 time stamps of outside authorities hold")
	more := *one
	more.Chain = append(slices.Clone(one.Chain), two.Chain[0])
	foreign := c.Forge(bundletest.Forge{After: c.Stamped(bundletest.Stamp{By: &more, At: hours(1)}, bundletest.Stamp{By: two, At: hours(2)})})
	want(t, verify(foreign, o), bundle.ExitMatches, "brings a certificate that its way to your roots does not need: it is not counted",
		"existed by 21 November 2026, 11:00:01 UTC: time stamp of Second authority")
	one2 := *o.Trust
	one2.TimestampRoots = one2.TimestampRoots[1:]
	o.Trust = &one2
	want(t, verify(file, o), bundle.ExitMatches, "Level L2", "existed by 21 November 2026, 11:00:01 UTC: time stamp of Second authority", "leads to no root that you listed")
	none := *o.Trust
	none.TimestampRoots = nil
	o.Trust = &none
	want(t, verify(file, o), bundle.ExitCannotTell, "L0 was reached")
	o.Require = bundle.LogOnly
	want(t, verify(file, o), bundle.ExitMatches, "those in the bundle are by authorities whose roots you did not list")
	o.Trust.TimestampRoots = [][]byte{[]byte("not a certificate")}
	want(t, verify(file, o), bundle.ExitCannotTell, "cannot be read")
	want(t, verify(c.Bundle(), options(c)), bundle.ExitMatches, "outside time stamps: there is none in the bundle")
}

// TestRecordedStampsBoundFromBelow: a stamp that stood in the log before an
// entry shows that the entry was recorded after it.
func TestRecordedStampsBoundFromBelow(t *testing.T) {
	one := bundletest.NewAuthority("below", "First authority")
	c := bundletest.NewCase("below", bundletest.Hooks{})
	var early bundletest.Stamp
	c.Hooks.Draft = func(d *bundletest.Draft) {
		if d.Label == "exhibit" && early.By == nil {
			early.By = one // once: appending calls this hook again
			early = c.Record(one, d.Time)
		}
	}
	c.Tell(bundletest.TinyStory())
	o := options(c)
	o.Trust.TimestampRoots = [][]byte{one.Root.Raw}
	file := c.Forge(bundletest.Forge{After: c.Stamped(early, bundletest.Stamp{By: one, At: hours(5)})})
	r := verify(file, o)
	want(t, r, bundle.ExitMatches, "Level L2", "It was recorded after 21 November 2026", "a time stamp of First authority of that time stood in the log before it")
	// Without the stamp over the bundle's own summary, the older one does not
	// cover the exhibit, and says so.
	r = verify(c.Forge(bundletest.Forge{After: c.Stamped(early)}), o)
	want(t, r, bundle.ExitMatches, "Level L0", "no time stamp in the bundle covers it")
}

// TestStepsOfTheClockAreTold and change no answer.
func TestStepsOfTheClockAreTold(t *testing.T) {
	c := bundletest.NewCase(seed, bundletest.Hooks{})
	c.Hooks.Draft = func(d *bundletest.Draft) {
		if d.Label == "run" {
			c.Append(bundletest.Draft{Label: "step", Chain: ledger.Organisation, Detail: &ledger.ClockStepped{
				Before: ledger.NewTime(d.Time), After: ledger.NewTime(d.Time.Add(time.Hour)),
			}})
		}
	}
	c.Tell(bundletest.TinyStory())
	want(t, verify(c.Bundle(), options(c)), bundle.ExitMatches, "the recording service's clock went from 21 November 2026", "the service noticed it")
}

// TestAClockThatRanAheadIsTold: entries dated after a stamp that is over them
// are a difference, unless the record itself says that the clock ran ahead.
func TestAClockThatRanAheadIsTold(t *testing.T) {
	one := bundletest.NewAuthority(seed, "First authority")
	for said, exit := range map[bool]int{true: bundle.ExitMatches, false: bundle.ExitDiffers} {
		c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
		if said {
			c.Hooks.Draft = func(d *bundletest.Draft) { d.Time = hours(-24) } // by the clock set right
			c.Append(bundletest.Draft{Label: "step", Chain: ledger.Organisation, Detail: &ledger.ClockStepped{
				Before: ledger.NewTime(hours(1)), After: ledger.NewTime(hours(-24)),
			}})
		}
		o := options(c)
		o.Trust.TimestampRoots = [][]byte{one.Root.Raw}
		phrase := "the record says that the clock ran ahead then"
		if !said {
			phrase = "cannot be right"
		}
		c.Hooks.Draft = func(d *bundletest.Draft) {
			if d.Label == "bundle-made" {
				d.Time, d.After = hours(-24), &ledger.Head{N: 0}
			}
		}
		want(t, verify(c.Forge(bundletest.Forge{After: c.Stamped(bundletest.Stamp{By: one, At: hours(-24)})}), o), exit, phrase)
	}
}

// TestTimesOutOfOrderAreTold and change no answer.
func TestTimesOutOfOrderAreTold(t *testing.T) {
	c := bundletest.NewCase("disorder", bundletest.Hooks{})
	c.Hooks.Draft = func(d *bundletest.Draft) {
		if d.Label == "run" {
			d.Time = d.Time.Add(-5 * time.Second) // within what two machines may differ by
		}
	}
	c.Tell(bundletest.TinyStory())
	if r := verify(c.Bundle(), options(c)); strings.Contains(text(t, r), "not in the order") {
		t.Errorf("5 seconds were told\n%s", text(t, r))
	}
	c = bundletest.NewCase("disorder", bundletest.Hooks{})
	c.Hooks.Draft = func(d *bundletest.Draft) {
		if d.Label == "exhibit" { // handed in late: its signer had seen only the first entry
			d.Time = d.Time.Add(-7 * time.Minute)
			d.After = &ledger.Head{N: 1, Commitment: c.Work.Links[0].Commitment}
		}
	}
	c.Tell(bundletest.TinyStory())
	want(t, verify(c.Bundle(), options(c)), bundle.ExitMatches, "The stated times are not in the order of the log, which alone is relied on")
}

// moreTimeVectors try the single conditions.
func moreTimeVectors() []vector {
	changed := func(name, check string, change func(c *bundletest.Case, one *authority.Authority, f bundletest.Files)) vector {
		return vector{name, check, bundle.ExitDiffers, func() ([]byte, bundle.Options) {
			c, one, two, o := stampedCase()
			return c.Forge(bundletest.Forge{After: func(f bundletest.Files) {
				c.Stamped(bundletest.Stamp{By: one, At: hours(1), Size: 9}, bundletest.Stamp{By: one, At: hours(1)}, bundletest.Stamp{By: two, At: hours(1)})(f)
				change(c, one, f)
			}}), o
		}}
	}
	edit := func(name string, change func(v map[string]any)) vector {
		return changed(name, "stamp-list", func(_ *bundletest.Case, _ *authority.Authority, f bundletest.Files) {
			f["timestamps/index.json"] = bundletest.EditJSON(f["timestamps/index.json"], change)
		})
	}
	head := func(v map[string]any, i int) map[string]any { return v["heads"].([]any)[i].(map[string]any) }
	return []vector{
		changed("no list of time stamps", "stamp-list", func(_ *bundletest.Case, _ *authority.Authority, f bundletest.Files) {
			delete(f, "timestamps/index.json")
		}),
		changed("a time stamp taken away", "stamp-list", func(_ *bundletest.Case, _ *authority.Authority, f bundletest.Files) { delete(f, "timestamps/002.tsr") }),
		edit("a head without a token", func(v map[string]any) { head(v, 0)["tokens"] = []any{} }),
		edit("heads out of order", func(v map[string]any) { slices.Reverse(v["heads"].([]any)) }),
		edit("a name that is not its number", func(v map[string]any) { head(v, 0)["tokens"] = []any{"timestamps/002.tsr"} }),
		edit("a head larger than the log", func(v map[string]any) { head(v, 1)["size"] = 4000 }),
		edit("a key that does not belong", func(v map[string]any) { v["note"] = "x" }),
		changed("a token with one bit changed", "stamps", func(_ *bundletest.Case, _ *authority.Authority, f bundletest.Files) {
			f["timestamps/002.tsr"][len(f["timestamps/002.tsr"])-9] ^= 1
		}),
		changed("two tokens exchanged", "stamps", func(_ *bundletest.Case, _ *authority.Authority, f bundletest.Files) {
			f["timestamps/001.tsr"], f["timestamps/002.tsr"] = f["timestamps/002.tsr"], f["timestamps/001.tsr"]
		}),
		changed("a joining proof with one bit changed", "stamp-heads", func(_ *bundletest.Case, _ *authority.Authority, f bundletest.Files) {
			f["timestamps/index.json"] = bundletest.EditJSON(f["timestamps/index.json"], func(v map[string]any) {
				path := head(v, 0)["path"].([]any)
				path[0] = strings.Repeat("0", 64)
			})
		}),
		changed("the bundle's own summary with a proof that it does not need", "stamp-heads", func(_ *bundletest.Case, _ *authority.Authority, f bundletest.Files) {
			f["timestamps/index.json"] = bundletest.EditJSON(f["timestamps/index.json"], func(v map[string]any) { head(v, 1)["path"] = []any{strings.Repeat("0", 64)} })
		}),
	}
}

// TestCoSignaturesBoundStatedTimes: an entry cannot be stated after others had
// signed for it.
func TestCoSignaturesBoundStatedTimes(t *testing.T) {
	c, _, _, o := stampedCase()
	court := bundletest.NewKey(seed, "court", "The court")
	key, err := ledger.NewNoteKey("court", ledger.CoSignerKey, court.Public())
	if err != nil {
		t.Fatal(err)
	}
	o.Policy = &quorum.Policy{CoSigners: []quorum.CoSigner{{Name: "court", Key: key}}, Quorum: "court"}
	for at, exit := range map[float64]int{1: bundle.ExitMatches, -1: bundle.ExitDiffers} {
		file := c.Forge(bundletest.Forge{Sign: func(p ledger.Checkpoint) []byte {
			s, err := ledger.ParseCheckpoint(bundletest.Signed(p, c.Log.Note(c.Origin)))
			if err != nil {
				t.Fatal(err)
			}
			s, err = s.CoSign(key, hours(at), func(m []byte) ([]byte, error) { return court.Sign(t.Context(), m) })
			if err != nil {
				t.Fatal(err)
			}
			return s.Bytes()
		}})
		phrase := "Level L3"
		if exit == bundle.ExitDiffers {
			phrase = "the co-signer court had signed for it"
		}
		want(t, verify(file, o), exit, phrase)
	}
}
