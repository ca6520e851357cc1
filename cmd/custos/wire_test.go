package main

import (
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
)

// wire is a line to a server that a test breaks.
type wire struct {
	t      *testing.T
	listen net.Listener
	mu     sync.Mutex
	server string   // address
	breaks []int64  // after how many bytes each next connection breaks; then none does
	broken int      // connections so far
	broke  []func() // beside: what happens before a broken connection is closed
}

func newWire(t *testing.T, server string, breaks ...int64) *wire {
	t.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, listen: listen, server: strings.TrimPrefix(server, "http://"), breaks: breaks}
	t.Cleanup(func() { _ = listen.Close() })
	go func() {
		for {
			conn, err := listen.Accept()
			if err != nil {
				return
			}
			go w.carry(conn)
		}
	}()
	return w
}

func (w *wire) url() string { return "http://" + w.listen.Addr().String() }

// carry carries what a client sends, up to where the line is to break.
func (w *wire) carry(client net.Conn) {
	defer func() { _ = client.Close() }()
	w.mu.Lock()
	to, most := w.server, int64(-1)
	if len(w.breaks) > 0 {
		most, w.breaks = w.breaks[0], w.breaks[1:]
	}
	w.mu.Unlock()
	server, err := (&net.Dialer{}).DialContext(w.t.Context(), "tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	if most < 0 {
		_, _ = io.Copy(server, client)
		return
	}
	if n, _ := io.CopyN(server, client, most); n < most {
		return // it ended by itself
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken++
	if len(w.broke) > 0 {
		w.broke[0]()
		w.broke = w.broke[1:]
	}
}

func noiseOf(seed byte, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func written(t *testing.T, name string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
