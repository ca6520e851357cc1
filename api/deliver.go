package api

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"custos.example/custody"
	"custos.example/custody/parts"
	"custos.example/ledger"
)

// deliverRoutes are packs that are sent in parts.
func (s *Server) deliverRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.POST("/cases/:case/items/files", s.keepWhole, middleware.BodyLimit(maxPack))
	v1.GET("/deliveries", s.deliveries)
	v1.GET("/cases/:case/deliveries", s.deliveries)
	v1.POST("/cases/:case/deliveries", decoded(s.prepareDelivery), document)
	v1.GET("/cases/:case/deliveries/:delivery", s.deliveries)
	v1.POST("/cases/:case/deliveries/:delivery/issues", decoded(s.issueParts), document)
	v1.GET("/cases/:case/deliveries/:delivery/parts/:part", s.sendPart)
	v1.POST("/cases/:case/deliveries/:delivery/confirmations", decoded(s.confirmDelivery), document)
	v1.POST("/cases/:case/deliveries/:delivery/withdrawals", decoded(s.withdrawDelivery), document)
}

type prepareDeliveryDocument struct {
	askDocument
	Of         ledger.EntryID    `json:"of"`
	Copy       copyElement       `json:"copy"`
	PartSize   int64             `json:"partSize"`
	EncryptTo  []string          `json:"encryptTo"`
	ReceiptKey string            `json:"receiptKey"`
	Due        string            `json:"due"`
	Name       string            `json:"name"`
	Withhold   map[uint64]string `json:"withhold"`
}

type preparedDeliveryDocument struct {
	Delivery string       `json:"delivery"`
	Pack     string       `json:"pack"`
	Copy     uint64       `json:"copy"`
	Parts    uint64       `json:"parts"`
	Size     uint64       `json:"size"`
	SHA256   string       `json:"sha256"`
	Due      ledger.Time  `json:"due"`
	Proof    proofElement `json:"proof"`
}

type issuePartsDocument struct {
	askDocument
	Parts  string `json:"parts"`
	Wanted string `json:"wanted"` // the recipient's file of missing parts, as text
	Means  string `json:"means"`
}

type issuedPartsDocument struct {
	Delivery string                `json:"delivery"`
	State    custody.DeliveryState `json:"state"`
	Pack     string                `json:"pack"`
	Parts    string                `json:"parts"`
	Files    []issuedPartElement   `json:"files"`
	Proof    proofElement          `json:"proof"`
}

type issuedPartElement struct {
	Part uint64 `json:"part"`
	Name string `json:"name"`
	Path string `json:"path"` // at which it can be had
}

type confirmDeliveryDocument struct {
	askDocument
	Receipt     string                `json:"receipt"` // the signed receipt, as text
	State       custody.DeliveryState `json:"state"`
	Result      string                `json:"result"`
	ConfirmedBy string                `json:"confirmedBy"`
	How         string                `json:"how"`
}

type confirmedDeliveryDocument struct {
	Delivery    string                `json:"delivery"`
	State       custody.DeliveryState `json:"state"`
	ConfirmedBy string                `json:"confirmedBy"`
	Signed      string                `json:"signed"`
	Proof       proofElement          `json:"proof"`
}

// deliveries lists the deliveries of one case, or of every case; or shows one.
func (s *Server) deliveries(c echo.Context) error {
	found, err := s.service.Deliveries().List(c.Request().Context(), actorOf(c), custody.DeliverySearch{
		Ask: asked(c), Case: caseOf(c), Name: c.Param("delivery"), Waiting: c.QueryParam("waiting") == "true", Overdue: c.QueryParam("overdue") == "true",
	})
	return answered(c, found, err)
}

func (s *Server) prepareDelivery(c echo.Context, d prepareDeliveryDocument) error {
	request := custody.PrepareDelivery{
		Ask: d.ask(), CopyTerms: d.Copy.terms(), Case: caseOf(c), Of: d.Of, Withhold: d.Withhold, PartSize: d.PartSize,
		Encrypt: d.EncryptTo, Key: d.ReceiptKey, Name: d.Name,
	}
	if d.Due != "" {
		var err error
		if request.Due, err = custody.ParseInstant(d.Due); err != nil {
			return err
		}
	}
	p, err := s.service.Deliveries().Prepare(c.Request().Context(), actorOf(c), request)
	return created(c, preparedDeliveryDocument{
		p.Name, p.Pack.String(), p.Copy, p.Total, p.Size, p.SHA256.String(), ledger.NewTime(p.Due), proof(p.Proof),
	}, err)
}

func (s *Server) issueParts(c echo.Context, d issuePartsDocument) error {
	request := custody.IssueParts{Ask: d.ask(), Case: caseOf(c), Name: c.Param("delivery"), Parts: d.Parts, Means: d.Means}
	if d.Wanted != "" {
		request.Wanted = []byte(d.Wanted)
	}
	issued, err := s.service.Deliveries().Issue(c.Request().Context(), actorOf(c), request)
	if err != nil {
		return err
	}
	defer func() { _ = issued.Close() }() // it was only read
	answer := issuedPartsDocument{
		Delivery: issued.Name, State: issued.State, Pack: issued.Pack.ID.String(), Parts: parts.Numbers(issued.Numbers),
		Files: make([]issuedPartElement, len(issued.Numbers)), Proof: proof(issued.Proof),
	}
	for i, n := range issued.Numbers {
		answer.Files[i] = issuedPartElement{n, issued.Pack.FileName(n), fmt.Sprintf("/v1/cases/%s/deliveries/%s/parts/%d", caseOf(c), issued.Name, n)}
	}
	return c.JSON(http.StatusCreated, answer)
}

// sendPart answers with one part. A line that dropped goes on where it was, by Range
// and If-Range.
func (s *Server) sendPart(c echo.Context) error {
	number, err := strconv.ParseUint(c.Param("part"), 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not the number of a part: %w", c.Param("part"), custody.ErrNotFound)
	}
	part, err := s.service.Deliveries().Part(c.Request().Context(), actorOf(c), custody.ReadPart{Ask: asked(c), Case: caseOf(c), Name: c.Param("delivery"), Part: number})
	if err != nil {
		return err
	}
	defer func() { _ = part.Close() }() // it was only read
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, echo.MIMEOctetStream)
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+part.FileName+`"`)
	h.Set("ETag", `"`+part.FileName+`"`)
	http.ServeContent(c.Response(), c.Request(), "", part.Made, part)
	return nil
}

func (s *Server) confirmDelivery(c echo.Context, d confirmDeliveryDocument) error {
	request := custody.ConfirmDelivery{
		Ask: d.ask(), Case: caseOf(c), Name: c.Param("delivery"), State: d.State, Result: d.Result, ConfirmedBy: d.ConfirmedBy, How: d.How,
	}
	if d.Receipt != "" {
		request.Receipt = []byte(d.Receipt)
	}
	said, err := s.service.Deliveries().Confirm(c.Request().Context(), actorOf(c), request)
	return created(c, confirmedDeliveryDocument{said.Name, said.State, said.By, said.Signed, proof(said.Proof)}, err)
}

func (s *Server) withdrawDelivery(c echo.Context, d reasonDocument) error {
	p, err := s.service.Deliveries().Withdraw(c.Request().Context(), actorOf(c), custody.WithdrawDelivery{
		Ask: d.ask(), Case: caseOf(c), Name: c.Param("delivery"), Reason: d.Reason,
	})
	return placed(c, p, err)
}
