package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
)

// sizeType is the media type of the size in an answer 409.
const sizeType = "text/x.tlog.size"

// Handler answers over HTTP: POST /add-checkpoint, and for whoever looks on GET
// /HASH/checkpoint, where HASH is the SHA-256 of a log's origin in hex.
// Source: C2SP tlog-witness.
// Trust: there is no login; the log's signature on the checkpoint is the login.
func (w *Witness) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", func(out http.ResponseWriter, in *http.Request) { w.serveAdd(out, in, log) })
	mux.HandleFunc("GET /{origin}/checkpoint", func(out http.ResponseWriter, in *http.Request) { w.serveLatest(out, in, log) })
	return mux
}

func (w *Witness) serveAdd(out http.ResponseWriter, in *http.Request, log *slog.Logger) {
	body, err := io.ReadAll(http.MaxBytesReader(out, in.Body, maxRequest+1))
	if err != nil {
		http.Error(out, "the request could not be read, or is too long", http.StatusBadRequest)
		return
	}
	lines, err := w.Add(in.Context(), body)
	if no := new(Refusal); errors.As(err, &no) {
		log.Log(in.Context(), levelOf(no), "not co-signed", slog.Int("status", no.Status), slog.String("reason", no.Words))
		if no.lost != nil {
			log.Error("could not keep what was refused", slog.String("error", no.lost.Error()))
		}
		refuse(out, no)
		return
	}
	if err != nil {
		log.Error("could not co-sign", slog.String("error", err.Error()))
		http.Error(out, "this co-signer cannot sign at present; whoever runs it sees why", http.StatusInternalServerError)
		return
	}
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = out.Write(lines)
}

// levelOf says how much a refusal matters: that a log goes on from another size
// happens after each start of it.
func levelOf(no *Refusal) slog.Level {
	switch {
	case no.evidence:
		return slog.LevelError
	case no.Status == http.StatusConflict:
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

// refuse writes a refusal; that of 409 is the size alone, as its readers expect.
func refuse(out http.ResponseWriter, no *Refusal) {
	if no.Status != http.StatusConflict {
		http.Error(out, no.Words, no.Status)
		return
	}
	out.Header().Set("Content-Type", sizeType)
	out.WriteHeader(no.Status)
	_, _ = fmt.Fprintf(out, "%d\n", no.Size)
}

func (w *Witness) serveLatest(out http.ResponseWriter, in *http.Request, log *slog.Logger) {
	for _, k := range w.config.Logs {
		if in.PathValue("origin") != hashOf(k.Name) {
			continue
		}
		last, err := w.Latest(k.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			http.NotFound(out, in)
		case err != nil:
			log.Error("could not read what was co-signed last", slog.String("error", err.Error()))
			http.Error(out, "this co-signer cannot answer at present", http.StatusInternalServerError)
		default:
			out.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = out.Write(last.Bytes())
		}
		return
	}
	http.NotFound(out, in)
}

// hashOf is the name of a log in a co-signer's addresses.
func hashOf(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}
