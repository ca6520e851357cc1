package main

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestUploadsThatWereRefused sends a film for an item that is not on record: the command
// uploads says later what was refused and why, until the film is taken in. The control is
// a file that was sent and that nobody asked to be taken in: it is listed as that.
func TestUploadsThatWereRefused(t *testing.T) {
	_, handler, id := atForce(t)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	there := []string{"--to", server.URL, "--token-file", "token", "--into", string(id)}
	send := func(want int, file string, more ...string) string {
		return atKiosk(t, want, append(append([]string{"send", file, "--for", "item-file"}, there...), more...)...)
	}
	list := func(more ...string) string {
		return atKiosk(t, exitDone, append(append([]string{"uploads"}, there...), more...)...)
	}
	written(t, "film.mkv", noiseOf(3, 300_000))
	written(t, "other.mkv", noiseOf(4, 200_000))
	written(t, "wrong.json", []byte(`{"item":"OV/9","fileName":"film.mkv","from":"the shop's manager"}`))
	written(t, "right.json", []byte(`{"item":"OV/1","fileName":"film.mkv","from":"the shop's manager"}`))
	if out := list(); strings.TrimSpace(out) != "0 uploads" {
		t.Errorf("control: before anything was sent: %s", out)
	}
	send(exitRefused, "film.mkv", "--request", "wrong.json")
	waits := strings.TrimSpace(send(exitDone, "other.mkv"))
	out := list("--refused")
	if !strings.Contains(out, "item-file, 300000 of 300000 bytes") || !strings.Contains(out, "refused 20") || !strings.Contains(out, "OV/9 is not on record") || !strings.HasSuffix(out, "1 upload\n") {
		t.Errorf("what was refused: %s", out)
	}
	var told struct{ Uploads []sentUpload }
	if err := json.Unmarshal([]byte(list("--json")), &told); err != nil || len(told.Uploads) != 2 || told.Uploads[1].Upload != waits || told.Uploads[1].Refused != nil ||
		told.Uploads[0].Refused == nil {
		t.Errorf("control: %+v, %v", told, err)
	}
	send(exitDone, "film.mkv", "--request", "right.json")
	if out := list("--refused"); strings.TrimSpace(out) != "0 uploads" {
		t.Errorf("when it was taken in: %s", out)
	}
	atKiosk(t, exitUsage, "uploads", "--to", server.URL, "--token-file", "token")
}
