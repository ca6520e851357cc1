package authority

import (
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"sync"
	"time"

	"custos.example/ledger/timestamp"
)

// Server answers requests for time stamps over HTTP.
// Source: RFC 3161 section 3.4.
type Server struct {
	authority *Authority
	now       func() time.Time

	mu     sync.Mutex
	serial int64
}

var _ http.Handler = (*Server)(nil)

// NewServer returns a server for an authority. The numbers of its tokens begin
// at the time of its start, so that none comes twice.
func NewServer(a *Authority, now func() time.Time) *Server {
	return &Server{authority: a, now: now, serial: now().UnixNano()}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != queryType {
		http.Error(w, "send an RFC 3161 request by POST, of type "+queryType, http.StatusUnsupportedMediaType)
		return
	}
	query, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<10))
	if err != nil {
		http.Error(w, "the request is too long", http.StatusRequestEntityTooLarge)
		return
	}
	answer, err := s.answer(query)
	if err != nil {
		http.Error(w, "the time stamp could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", replyType)
	_, _ = w.Write(answer)
}

type (
	status struct {
		Status int
		Words  []asn1.RawValue `asn1:"optional"`
	}
	refusal struct{ Status status }
	grant   struct {
		Status status
		Token  asn1.RawValue
	}
)

// answer returns a response to a request, a refusal when it is malformed.
func (s *Server) answer(query []byte) ([]byte, error) {
	request, err := timestamp.ParseRequest(query)
	if err != nil {
		words := asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte("send version 1, SHA-256, a nonce, and ask for the certificate")}
		return asn1.Marshal(refusal{status{2, []asn1.RawValue{words}}})
	}
	s.mu.Lock()
	s.serial++
	serial := big.NewInt(s.serial)
	s.mu.Unlock()
	token, err := s.authority.Issue(Statement{Imprint: request.Imprint, Time: s.now(), Serial: serial, Nonce: request.Nonce})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(grant{status{Status: 0}, asn1.RawValue{FullBytes: token}})
}
