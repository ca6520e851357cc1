package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

func kioskCommand(s *settings) *cobra.Command {
	return group("kiosk", "extractions from devices: at the kiosk, on their way, and at the force",
		s.kioskPair(), s.kioskAcquire(), s.kioskSeal(), s.kioskUpload(), s.kioskConfirm(), s.kioskWipe(), s.kioskState(),
		s.kioskList("list"), s.kioskList("queue"), s.kioskShow(),
		s.kioskRecipient(), s.kioskAdmit(), s.kioskReceive(), s.kioskReceipt(), s.kioskJoin("join"), s.kioskJoin("rejoin"), s.kioskRevoke(), s.kioskLog(),
		s.kioskRefer(), s.kioskAnswer(), s.kioskReferrals())
}

// kioskBooking are the flags by which the device is taken in with its extraction.
type kioskBooking struct {
	book            bool
	media, basis    string
	beforeBy, found string
	take            custody.TakeItem
}

func (b *kioskBooking) add(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&b.book, "book", false, "take the device into custody first, if it is not yet; needs --description and --basis")
	f.StringVar(&b.media, "media", string(custody.Device), "what kind of thing the device is: "+words(custody.MediaTypes()))
	f.StringVar(&b.take.Description, "description", "", "the device in words")
	f.StringVar(&b.take.Condition, "condition", "", "the condition in which it is")
	f.StringVar(&b.basis, "basis", "", "by what it came into custody: "+words(custody.Bases()))
	f.StringVar(&b.take.BasisOf, "basis-of", "", "reference of the agreement, the warrant or the authority")
	f.StringVar(&b.take.Seal, "seal-number", "", "number of the bag in which it is")
	instantFlag(f, &b.take.Before, "before", "since when somebody else had it")
	f.StringVar(&b.beforeBy, "before-by", "", "who had it before: an id, or outside:WORDS")
	f.StringVar(&b.found, "found-at", "", "where it was found")
}

// request is the taking in, or nil when none was asked for.
func (b *kioskBooking) request() *custody.TakeItem {
	if !b.book {
		return nil
	}
	b.take.Media, b.take.Basis, b.take.BeforeBy, b.take.FoundAt = custody.Media(b.media), custody.Basis(b.basis), party(b.beforeBy), b.found
	return &b.take
}

func (s *settings) kioskAcquire() *cobra.Command {
	var reference, authority, readOn string
	var request custody.AcquireExtraction
	var booking kioskBooking
	c := &cobra.Command{
		Use: "acquire FOLDER", Short: "take in what a program read from a device, as far as its scope goes", Args: one("the folder that the program wrote"),
		Long: "Takes in what a program read from a device. FOLDER is only read. Its file extraction.csv says of each file path, category and date;\n" +
			"without one the first folder is the category and nothing bears a date. Only files of --categories whose dates lie in the scope are\n" +
			"taken, each read once and hashed while it is read; all others are counted and stay where they are.",
		RunE: func(cmd *cobra.Command, args []string) error {
			root, err := os.OpenRoot(args[0])
			if err != nil {
				return fmt.Errorf("the folder of the device: %w", err)
			}
			defer func() { _ = root.Close() }() // it was only read
			request.Ask, request.Folder, request.ReadOn = s.ask(), root.FS(), policy.Date(readOn)
			request.Book = booking.request()
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Case = id
				if request.Authority, err = st.Service.Cases().Named(ctx, id, custody.NamedAuthority, authority); err != nil {
					return err
				}
				got, err := st.Service.Kiosks().Acquire(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, acquiredElement(got), func(w io.Writer) { acquiredText(w, got) })
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&request.Device, "device", "", "exhibit reference of the device")
	f.StringVar(&request.Item, "item", "", "exhibit reference of the extraction (default: your next)")
	f.StringVar(&authority, "authority", "", "the agreement or authority: its reference or its entry")
	f.StringSliceVar(&request.Scope.Categories, "categories", nil, "what may be taken, such as messages,calls")
	whenFlag(f, &request.Scope.From, "from", "first day or instant of the scope (default: the authority's)", asDayOrInstant)
	whenFlag(f, &request.Scope.Until, "until", "last day or instant of the scope (default: the authority's)", asDayOrInstant)
	f.BoolVar(&request.Scope.Undated, "undated", false, "files that bear no date may be taken")
	f.StringVar(&request.Tool, "tool", "", "program that read the device, with its version")
	dayFlag(f, &readOn, "read-on", "day on which the device was read (default: today)")
	booking.add(c)
	return c
}

func acquiredElement(got custody.Acquired) map[string]any {
	m := got.Manifest
	return map[string]any{
		"item": got.Item, "device": got.Device, "found": m.Found, "taken": m.Taken, "outside": m.Outside, "setAside": len(m.Aside), "aside": m.Aside,
		"files": len(m.Files), "sha256": got.SHA256.String(), "size": got.Size, "proof": proofOf(got.Proof), "row": proofOf(got.Row),
	}
}

func acquiredText(w io.Writer, got custody.Acquired) {
	m := got.Manifest
	say(w, "%s, taken from %s: entry %d of the log", got.Item, got.Device, got.Placed.Index)
	say(w, "  taken    %d of %d files, %d of %d bytes", m.Taken.Files, m.Found.Files, m.Taken.Bytes, m.Found.Bytes)
	outsideText(w, m.Outside)
	for _, a := range m.Aside {
		if a.Line > 0 {
			say(w, "  aside    line %d of extraction.csv: %s", a.Line, a.Reason)
			continue
		}
		say(w, "  aside    %s: %s", visible(orDash(a.Path)), a.Reason)
	}
	say(w, "  sha256   %s  (%d bytes)", got.SHA256, got.Size)
	say(w, "CAV-EXTR-1: the extraction was selective (%s, %s to %s). Absence of a record in it does not show that it did not exist.",
		strings.Join(m.Scope.Categories, ", "), m.Scope.From.Format("2 January 2006 15:04 UTC"), m.Scope.Until.Format("2 January 2006 15:04 UTC"))
}

func outsideText(w io.Writer, list []custody.OutsideCount) {
	for _, o := range list {
		say(w, "  outside  %s (%d bytes), %s: %s", plural(int(o.Files), "file", "files"), o.Bytes, orDash(o.Category), o.Reason)
	}
}

func (s *settings) kioskSeal() *cobra.Command {
	var reference, out string
	var all bool
	c := &cobra.Command{
		Use: "seal ITEM", Short: "seal an extraction to the force, for a disk or a line", Args: one("the exhibit reference of the extraction"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return fmt.Errorf("%w: say where to with --out FILE", errUsage)
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				var made custody.Sealed
				err := whole(out, func(w io.Writer) error {
					var err error
					made, err = st.Service.Kiosks().Seal(ctx, s.who(), custody.SealExtraction{Ask: s.ask(), Case: id, Item: args[0], Whole: all}, w)
					return err
				})
				if err != nil {
					return err
				}
				element := map[string]any{
					"item": made.Item, "file": out, "recipient": made.Recipient, "entries": made.Size, "sha256": made.SHA256.String(), "size": made.PackedSize,
					"proof": proofOf(made.Proof),
				}
				return s.answer(cmd, element, func(w io.Writer) {
					say(w, "%s  %s is sealed in it, for %s (%d bytes)", out, made.Item, made.Recipient, made.PackedSize)
					say(w, "  sha256   %s", made.SHA256)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&out, "out", "", "file to write")
	f.BoolVar(&all, "whole", false, "show every leaf of this log, when the force asks for it")
	return c
}

func (s *settings) kioskConfirm() *cobra.Command {
	var reference, receipt string
	c := &cobra.Command{
		Use: "confirm ITEM", Short: "record the force's receipt for an extraction, after checking it", Args: one("the exhibit reference of the extraction"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readFile(receipt, maxDocument)
			if err != nil {
				return fmt.Errorf("the receipt (--receipt): %w", err)
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				return s.confirmed(ctx, cmd, st, custody.ConfirmExtraction{Ask: s.ask(), Case: id, Item: args[0], Receipt: text})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&receipt, "receipt", "", "file with the force's receipt")
	return c
}

// confirmed records a receipt and says so.
func (s *settings) confirmed(ctx context.Context, cmd *cobra.Command, st *wiring.Station, request custody.ConfirmExtraction) error {
	proof, err := st.Service.Kiosks().Confirm(ctx, s.who(), request)
	if err != nil {
		return err
	}
	return s.answer(cmd, map[string]any{"item": request.Item, "proof": proofOf(proof)}, func(w io.Writer) {
		say(w, "The force has %s: its receipt holds, and is entry %d of this log. It may be wiped here.", request.Item, proof.Placed.Index)
	})
}

func (s *settings) kioskWipe() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "wipe ITEM", Short: "destroy an extraction here, once the force's receipt is on record", Args: one("the exhibit reference of the extraction"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				proof, err := st.Service.Kiosks().Wipe(ctx, s.who(), custody.WipeExtraction{Ask: s.ask(), Case: id, Item: args[0]})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"item": args[0], "proof": proofOf(proof)}, func(w io.Writer) {
					say(w, "%s is wiped here: its key is destroyed (entry %d of the log). The folder of the program that read the device is not custos's: wipe it with that program.",
						args[0], proof.Placed.Index)
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func (s *settings) kioskList(word string) *cobra.Command {
	var reference string
	short := "list the extractions of a case"
	if word == "queue" {
		short = "list the extractions for which the force's receipt is still to come"
	}
	c := &cobra.Command{
		Use: word, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				list, err := st.Service.Kiosks().List(ctx, s.who(), id, word == "queue", s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, list, func(w io.Writer) { extractionsText(w, list) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func extractionsText(w io.Writer, list []custody.Extraction) {
	for _, e := range list {
		say(w, "%s  from %s  %s  read on %s with %s", e.Item, e.Device, e.State, e.ReadOn, visible(e.Tool))
		say(w, "  scope    %s, %s to %s", strings.Join(e.Scope.Categories, ", "), e.Scope.From.Format("2 January 2006 15:04 UTC"), e.Scope.Until.Format("2 January 2006 15:04 UTC"))
		say(w, "  taken    %d of %d files, %d set aside", e.Taken.Files, e.Found.Files, e.SetAside)
		outsideText(w, e.Outside)
		if e.Kiosk != "" {
			say(w, "  from     %s at %s, entry %d of its log", e.Officer, e.Kiosk, e.Index)
		}
		if e.Clock != nil {
			say(w, "  clock    %s", e.Clock.Words())
		}
		if e.Waiting != "" {
			say(w, "  waits    %s for the force's receipt", e.Waiting)
		}
	}
	say(w, "%s", plural(len(list), "extraction", "extractions"))
}

func (s *settings) kioskShow() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "show ITEM", Short: "check every file of an extraction and list them", Args: one("the exhibit reference of the extraction"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				m, err := st.Service.Kiosks().Contents(ctx, s.who(), id, args[0], s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, m, func(w io.Writer) {
					for _, f := range m.Files {
						say(w, "%4d  %s  %s  %s  %d  %s", f.N, f.SHA256, f.Category, orDash(f.Date), f.Size, visible(f.Path))
					}
					say(w, "%s, each as it was hashed when the device was read", plural(len(m.Files), "file", "files"))
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

// kept writes a file that must not be there yet.
func kept(path string, content []byte) error {
	if path == "" {
		return errors.Join(errUsage, errors.New("say where to with --out FILE"))
	}
	return whole(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}
