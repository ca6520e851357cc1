package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/custody"
	"custos.example/ledger"
)

// sentUpload is an upload as a server lists it.
type sentUpload struct {
	Upload  string             `json:"upload"`
	For     custody.UploadKind `json:"for"`
	Size    int64              `json:"size"`
	Offset  int64              `json:"offset"`
	SHA256  ledger.Digest      `json:"sha256"`
	Begun   ledger.Time        `json:"begun"`
	Expires ledger.Time        `json:"expires"`
	Refused *struct {
		Time ledger.Time `json:"time"`
		Why  string      `json:"why"`
	} `json:"refused,omitempty"`
}

// uploadsCommand lists what somebody sent to a server and what became of it.
func uploadsCommand(s *settings) *cobra.Command {
	to := destination{kind: string(custody.UploadReturn)}
	var refused bool
	c := &cobra.Command{
		Use: "uploads", Short: "list your uploads at a server, and why some were refused", Args: cobra.NoArgs,
		Long: "Lists the files that you sent to a server of custos and that it has not taken in: how much of each is there, until when it stays, and\n" +
			"why it was refused when that was asked for last. What was taken in is evidence, and no upload any more.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			way, err := to.open(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), to.timeout)
			defer cancel()
			list, err := way.uploads(ctx, refused)
			if err != nil {
				return err
			}
			return s.answer(cmd, map[string]any{"uploads": list}, func(w io.Writer) { uploadsText(w, list) })
		},
	}
	f := c.Flags()
	f.StringVar(&to.address, "to", "", "address of the server, such as https://force.example")
	f.StringVar(&to.tokenFile, "token-file", "", "file with your token for that server")
	f.StringVar(&to.into, "into", "", "id of the case there")
	f.BoolVar(&refused, "refused", false, "only those that were refused")
	f.DurationVar(&to.timeout, "timeout", time.Minute, "how long it may take")
	to.caller.Flags(f)
	return c
}

// uploads asks for the asker's uploads.
func (s sending) uploads(ctx context.Context, refused bool) ([]sentUpload, error) {
	answer, err := s.ask(ctx, http.MethodGet, "/v1/cases/"+url.PathEscape(s.into)+"/uploads", "application/json", nil, nil)
	if err != nil {
		return nil, err
	}
	var told struct{ Uploads []sentUpload }
	if err := json.Unmarshal(answer, &told); err != nil {
		return nil, fmt.Errorf("the server did not say which uploads there are (%w): %w", err, custody.ErrInvalid)
	}
	list := []sentUpload{}
	for _, u := range told.Uploads {
		if u.Refused != nil || !refused {
			list = append(list, u)
		}
	}
	return list, nil
}

func uploadsText(w io.Writer, list []sentUpload) {
	for _, u := range list {
		say(w, "%s  %s, %d of %d bytes, begun %s, stays until %s", u.Upload, visible(string(u.For)), u.Offset, u.Size, u.Begun.Format("2006-01-02 15:04Z"),
			u.Expires.Format("2006-01-02 15:04Z"))
		say(w, "  SHA-256  %s", u.SHA256)
		if u.Refused != nil {
			say(w, "  refused %s: %s", u.Refused.Time.Format("2006-01-02 15:04Z"), visible(strings.TrimSpace(u.Refused.Why)))
		}
	}
	say(w, "%s", plural(len(list), "upload", "uploads"))
}
