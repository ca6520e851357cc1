package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// maxPack is the largest pack that a kiosk may send.
const maxPack = "64G"

// kioskRoutes are extractions, joined logs and referrals.
func (s *Server) kioskRoutes(e *echo.Echo, v1 *echo.Group, document echo.MiddlewareFunc) {
	e.GET("/recipient", s.recipient)
	if s.quiet {
		e.GET("/state", s.logState, s.who)
	} else {
		e.GET("/state", s.logState)
	}
	v1.GET("/cases/:case/extractions", s.extractions)
	v1.POST("/cases/:case/extractions", s.receiveExtraction, middleware.BodyLimit(maxPack))
	v1.POST("/cases/:case/extractions/manifests", decoded(s.extractionManifest), document)
	v1.POST("/cases/:case/extractions/packs", decoded(s.sealExtraction), document)
	v1.POST("/cases/:case/extractions/receipts", decoded(s.extractionReceipt), document)
	v1.POST("/cases/:case/extractions/confirmations", decoded(s.confirmExtraction), document)
	v1.POST("/cases/:case/extractions/wipes", decoded(s.wipeExtraction), document)
	v1.GET("/cases/:case/referrals", s.referrals)
	v1.POST("/cases/:case/referrals", decoded(s.refer), document)
	v1.POST("/cases/:case/referrals/:referral/answers", decoded(s.answerReferral), document)
	v1.GET("/logs", s.joinedLogs)
	v1.POST("/logs", decoded(s.admitLog), document)
	v1.POST("/logs/heads", s.joinLog, middleware.BodyLimit(maxUpload))
	v1.POST("/logs/:log/revocations", decoded(s.revokeLog), document)
}

type receiveExtractionDocument struct {
	askDocument
	Authority ledger.EntryID `json:"authority"`
	Item      string         `json:"item"`
	ReadOn    policy.Date    `json:"readOn"`
	Reason    string         `json:"reason"`
	Upload    string         `json:"upload"` // of an upload that is whole: the form then has no part "file"
}

type receivedExtractionDocument struct {
	Item     string               `json:"item"`
	Kiosk    string               `json:"kiosk"`
	Verdict  custody.Verdict      `json:"verdict"`
	Words    string               `json:"words"`
	Clock    custody.ClockReading `json:"clock"`
	Found    custody.Volume       `json:"found"`
	Taken    custody.Volume       `json:"taken"`
	Outside  uint64               `json:"outside"`
	SetAside uint64               `json:"setAside"`
	SHA256   string               `json:"sha256"`
	Size     int64                `json:"size"`
	Proof    proofElement         `json:"proof"`
	Receipt  json.RawMessage      `json:"receipt"` // for the kiosk
}

// receiveExtraction takes in what a kiosk sealed: a multipart form with "request", then
// "file". The pack streams through.
func (s *Server) receiveExtraction(c echo.Context) error {
	form, err := c.Request().MultipartReader()
	if err != nil {
		return fmt.Errorf("an upload is a multipart form (%w): %w", err, custody.ErrInvalid)
	}
	part, err := next(form, "request")
	if err != nil {
		return err
	}
	var d receiveExtractionDocument
	if err := decode(io.LimitReader(part, 1<<20), &d); err != nil {
		return err
	}
	var file io.Reader
	if d.Upload == "" {
		if file, err = next(form, "file"); err != nil {
			return err
		}
	}
	got, err := s.service.Kiosks().Receive(c.Request().Context(), actorOf(c), custody.ReceiveExtraction{
		Ask: d.ask(), Case: caseOf(c), Authority: d.Authority, Item: d.Item, ReadOn: d.ReadOn, Reason: d.Reason, Content: file, Upload: d.Upload,
	})
	if err == nil && file != nil { // all of what is sent once more is heard, so that its sender hears the answer
		_, _ = io.Copy(io.Discard, file)
	}
	return created(c, receivedExtractionDocument{
		got.Item, got.Kiosk, got.Verdict, got.Words, got.Clock, got.Found, got.Taken, got.OutsideFiles, got.SetAsideFiles, got.SHA256.String(), got.Size,
		proof(got.Proof), got.KioskReceipt,
	}, kept(got.Proof, err))
}

// extractions lists the extractions of a case; with ?open=true those for which a
// receipt is still to come.
func (s *Server) extractions(c echo.Context) error {
	list, err := s.service.Kiosks().List(c.Request().Context(), actorOf(c), caseOf(c), c.QueryParam("open") == "true", asked(c))
	return answered(c, list, err)
}

type extractionDocument struct {
	askDocument
	Item    string          `json:"item"`
	Whole   bool            `json:"whole"`
	Receipt json.RawMessage `json:"receipt"`
}

func (s *Server) extractionManifest(c echo.Context, d extractionDocument) error {
	m, err := s.service.Kiosks().Contents(c.Request().Context(), actorOf(c), caseOf(c), d.Item, d.ask())
	return answered(c, m, err)
}

// sealExtraction answers with the pack. A fault after the first byte breaks the
// connection off.
func (s *Server) sealExtraction(c echo.Context, d extractionDocument) error {
	w := c.Response()
	w.Header().Set(echo.HeaderContentType, echo.MIMEOctetStream)
	w.Header().Set(echo.HeaderContentDisposition, `attachment; filename="pack"`)
	_, err := s.service.Kiosks().Seal(c.Request().Context(), actorOf(c), custody.SealExtraction{Ask: d.ask(), Case: caseOf(c), Item: d.Item, Whole: d.Whole}, w)
	if err != nil && w.Committed {
		panic(http.ErrAbortHandler)
	}
	return err
}

func (s *Server) extractionReceipt(c echo.Context, d extractionDocument) error {
	text, err := s.service.Kiosks().Receipt(c.Request().Context(), actorOf(c), caseOf(c), d.Item, d.ask())
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, text)
}

func (s *Server) confirmExtraction(c echo.Context, d extractionDocument) error {
	p, err := s.service.Kiosks().Confirm(c.Request().Context(), actorOf(c), custody.ConfirmExtraction{
		Ask: d.ask(), Case: caseOf(c), Item: d.Item, Receipt: d.Receipt,
	})
	return placed(c, p, err)
}

func (s *Server) wipeExtraction(c echo.Context, d extractionDocument) error {
	p, err := s.service.Kiosks().Wipe(c.Request().Context(), actorOf(c), custody.WipeExtraction{Ask: d.ask(), Case: caseOf(c), Item: d.Item})
	return placed(c, p, err)
}

func (s *Server) referrals(c echo.Context) error {
	list, err := s.service.Kiosks().Referrals(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, list, err)
}

type referDocument struct {
	askDocument
	Item   string        `json:"item"`
	From   custody.Level `json:"from"`
	To     custody.Level `json:"to"`
	Unit   string        `json:"unit"`
	Reason string        `json:"reason"`
	Wanted string        `json:"wanted"`
	Due    policy.Date   `json:"due"`
}

func (s *Server) refer(c echo.Context, d referDocument) error {
	name, p, err := s.service.Kiosks().Refer(c.Request().Context(), actorOf(c), custody.ReferItem{
		Ask: d.ask(), Case: caseOf(c), Item: d.Item, From: d.From, To: d.To, Unit: d.Unit, Reason: d.Reason, Wanted: d.Wanted, Due: d.Due,
	})
	return created(c, map[string]any{"referral": name, "proof": proof(p)}, err)
}

type answerReferralDocument struct {
	askDocument
	State   custody.ReferralState `json:"state"`
	Reason  string                `json:"reason"`
	Results []string              `json:"results"`
}

func (s *Server) answerReferral(c echo.Context, d answerReferralDocument) error {
	p, err := s.service.Kiosks().AnswerReferral(c.Request().Context(), actorOf(c), custody.AnswerReferral{
		Ask: d.ask(), Case: caseOf(c), Referral: c.Param("referral"), State: d.State, Reason: d.Reason, Results: d.Results,
	})
	return placed(c, p, err)
}
