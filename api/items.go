package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"custos.example/custody"
	"custos.example/custody/continuity"
	"custos.example/ledger"
)

// maxPictures is the most of a request that brings photographs with it.
const maxPictures = "96M"

// itemRoutes are items in custody and their hand-overs. An item is named in the
// document, never in the address.
func (s *Server) itemRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	pictures := middleware.BodyLimit(maxPictures)
	v1.GET("/items", s.items)
	v1.GET("/cases/:case/items", s.items)
	v1.GET("/cases/:case/items/:item", s.item)
	v1.POST("/cases/:case/items", decoded(s.takeItem), pictures)
	v1.POST("/cases/:case/items/handlings", decoded(s.handleItem), pictures)
	v1.POST("/cases/:case/items/parts", decoded(s.splitItem), document)
	v1.GET("/seals", s.seals)
	v1.GET("/cases/:case/seals", s.seals)
	v1.GET("/receipts/:code", s.receipt)
	v1.GET("/receipts/:code/page", s.receiptPage)
	v1.GET("/transfers", s.transfers)
	v1.GET("/cases/:case/transfers", s.transfers)
	v1.POST("/cases/:case/transfers", decoded(s.offerItems), document)
	v1.POST("/cases/:case/transfers/:offer/answers", decoded(s.answerOffer), pictures)
	v1.GET("/places", s.places)
	v1.POST("/places", decoded(s.recordPlace), document)
}

// partyElement is an enrolled person by id, or somebody outside in words.
type partyElement struct {
	Person string `json:"person"`
	Name   string `json:"name"`
}

func (e partyElement) party() continuity.Party { return continuity.Party(e) }

type photographElement struct {
	Caption  string `json:"caption"`
	FileName string `json:"fileName"`
	Content  []byte `json:"content"` // base64
}

func pictures(list []photographElement) []custody.Photograph {
	all := make([]custody.Photograph, len(list))
	for i, p := range list {
		all[i] = custody.Photograph(p)
	}
	return all
}

type takeItemDocument struct {
	askDocument
	Item        string              `json:"item"` // empty: the next of the witness
	Initials    string              `json:"initials"`
	Witness     partyElement        `json:"witness"`
	Media       custody.Media       `json:"media"`
	Description string              `json:"description"`
	Condition   string              `json:"condition"`
	Basis       custody.Basis       `json:"basis"`
	BasisOf     string              `json:"basisOf"`
	FoundAt     string              `json:"foundAt"`
	Before      time.Time           `json:"before"`
	BeforeBy    partyElement        `json:"beforeBy"`
	Seal        string              `json:"seal"`
	At          time.Time           `json:"at"`
	Evidence    *ledger.EntryID     `json:"evidence"`
	Photographs []photographElement `json:"photographs"`
}

type takenItemDocument struct {
	Item  string       `json:"item"`
	Entry string       `json:"entry"` // by which the item is shown
	Code  string       `json:"code"`
	Note  string       `json:"note,omitempty"`
	Proof proofElement `json:"proof"`
}

type handleItemDocument struct {
	askDocument
	Item        string              `json:"item"`
	Act         continuity.Act      `json:"act"`
	At          time.Time           `json:"at"`
	Condition   string              `json:"condition"`
	Description string              `json:"description"`
	Reason      string              `json:"reason"`
	SealIn      string              `json:"sealIn"`
	SealOut     string              `json:"sealOut"`
	Place       string              `json:"place"`
	To          partyElement        `json:"to"`
	Evidence    *ledger.EntryID     `json:"evidence"`
	Photographs []photographElement `json:"photographs"`
}

type handledDocument struct {
	Code  string       `json:"code"`
	Items []string     `json:"items,omitempty"` // the parts that came out
	Proof proofElement `json:"proof"`
}

type splitItemDocument struct {
	askDocument
	Item   string        `json:"item"`
	At     time.Time     `json:"at"`
	Reason string        `json:"reason"`
	Parts  []partElement `json:"parts"`
}

type partElement struct {
	Media       custody.Media `json:"media"`
	Description string        `json:"description"`
	Condition   string        `json:"condition"`
}

type offerItemsDocument struct {
	askDocument
	Items   []string     `json:"items"`
	To      partyElement `json:"to"`
	Reason  string       `json:"reason"`
	Courier string       `json:"courier"`
	Means   string       `json:"means"`
	Due     time.Time    `json:"due"`
	At      time.Time    `json:"at"`
}

type answerOfferDocument struct {
	askDocument
	Answer    continuity.Act      `json:"answer"`
	Seals     map[string]string   `json:"seals"`
	Broken    []string            `json:"broken"`
	Condition string              `json:"condition"`
	Reason    string              `json:"reason"`
	SignedBy  string              `json:"signedBy"`
	Papers    []photographElement `json:"papers"`
	At        time.Time           `json:"at"`
}

type placeDocument struct {
	askDocument
	Code    string   `json:"code"`
	Name    string   `json:"name"`
	Keepers []string `json:"keepers"`
	Closed  bool     `json:"closed"`
}

// items lists the items of one case, or of every case.
func (s *Server) items(c echo.Context) error {
	found, err := s.service.Items().Where(c.Request().Context(), actorOf(c), custody.ItemSearch{
		Ask: asked(c), Case: caseOf(c), Holder: c.QueryParam("holder"), Place: c.QueryParam("place"), Unsealed: c.QueryParam("unsealed") == "true",
		Overdue: c.QueryParam("overdue") == "true", Ended: c.QueryParam("ended") == "true",
	})
	return answered(c, found, err)
}

// item shows one item and the line of its custody. The path names it by the entry
// that described it when it was taken in.
func (s *Server) item(c echo.Context) error {
	id, err := entryOf(c, "item")
	if err != nil {
		return err
	}
	line, err := s.service.Items().ShowEntry(c.Request().Context(), actorOf(c), caseOf(c), id, asked(c))
	return answered(c, line, err)
}

func (s *Server) takeItem(c echo.Context, d takeItemDocument) error {
	taken, err := s.service.Items().Take(c.Request().Context(), actorOf(c), custody.TakeItem{
		Ask: d.ask(), Case: caseOf(c), Reference: d.Item, Initials: d.Initials, Witness: d.Witness.party(), Media: d.Media, Description: d.Description,
		Condition: d.Condition, Basis: d.Basis, BasisOf: d.BasisOf, FoundAt: d.FoundAt, Before: d.Before, BeforeBy: d.BeforeBy.party(), Seal: d.Seal,
		At: d.At, Evidence: orZero(d.Evidence), Photographs: pictures(d.Photographs),
	})
	return created(c, takenItemDocument{taken.Item, taken.Described.Entry.String(), taken.Code, taken.Note, proof(taken.Received)}, err)
}

func (s *Server) handleItem(c echo.Context, d handleItemDocument) error {
	done, err := s.service.Items().Handle(c.Request().Context(), actorOf(c), custody.HandleItem{
		Ask: d.ask(), Case: caseOf(c), Item: d.Item, Act: d.Act, At: d.At, Condition: d.Condition, Description: d.Description, Reason: d.Reason,
		SealIn: d.SealIn, SealOut: d.SealOut, Place: d.Place, To: d.To.party(), Evidence: orZero(d.Evidence), Photographs: pictures(d.Photographs),
	})
	return created(c, handledDocument{Code: done.Code, Proof: proof(done.Proof)}, err)
}

func (s *Server) splitItem(c echo.Context, d splitItemDocument) error {
	request := custody.SplitItem{Ask: d.ask(), Case: caseOf(c), Item: d.Item, At: d.At, Reason: d.Reason}
	for _, p := range d.Parts {
		request.Parts = append(request.Parts, custody.ItemPart(p))
	}
	split, err := s.service.Items().Split(c.Request().Context(), actorOf(c), request)
	return created(c, handledDocument{split.Code, split.Items, proof(split.Proof)}, err)
}

func (s *Server) seals(c echo.Context) error {
	found, err := s.service.Items().Seals(c.Request().Context(), actorOf(c), custody.ItemSearch{Ask: asked(c), Case: caseOf(c)})
	return answered(c, found, err)
}

func (s *Server) receipt(c echo.Context) error {
	found, err := s.service.Items().Receipt(c.Request().Context(), actorOf(c), "", c.Param("code"), asked(c))
	return answered(c, found, err)
}

func (s *Server) receiptPage(c echo.Context) error {
	found, err := s.service.Items().Receipt(c.Request().Context(), actorOf(c), "", c.Param("code"), asked(c))
	if err != nil {
		return err
	}
	page, err := found.Page()
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/pdf", page)
}

func (s *Server) transfers(c echo.Context) error {
	found, err := s.service.Transfers().List(c.Request().Context(), actorOf(c), custody.TransferSearch{
		Ask: asked(c), Case: caseOf(c), Open: c.QueryParam("open") == "true", Overdue: c.QueryParam("overdue") == "true",
	})
	return answered(c, found, err)
}

func (s *Server) offerItems(c echo.Context, d offerItemsDocument) error {
	done, err := s.service.Transfers().Offer(c.Request().Context(), actorOf(c), custody.OfferItems{
		Ask: d.ask(), Case: caseOf(c), Items: d.Items, To: d.To.party(), Reason: d.Reason, Courier: d.Courier, Means: d.Means, Due: d.Due, At: d.At,
	})
	return created(c, handledDocument{Code: done.Code, Proof: proof(done.Proof)}, err)
}

func (s *Server) answerOffer(c echo.Context, d answerOfferDocument) error {
	offer, err := entryOf(c, "offer")
	if err != nil {
		return err
	}
	done, err := s.service.Transfers().Answer(c.Request().Context(), actorOf(c), custody.AnswerOffer{
		Ask: d.ask(), Case: caseOf(c), Offer: offer, Answer: d.Answer, Seals: d.Seals, Broken: d.Broken, Condition: d.Condition, Reason: d.Reason,
		SignedBy: d.SignedBy, Papers: pictures(d.Papers), At: d.At,
	})
	return created(c, handledDocument{Code: done.Code, Proof: proof(done.Proof)}, err)
}

func (s *Server) places(c echo.Context) error {
	places, err := s.service.Places().List(c.Request().Context(), actorOf(c), asked(c))
	return answered(c, map[string]any{"places": places}, err)
}

func (s *Server) recordPlace(c echo.Context, d placeDocument) error {
	p, err := s.service.Places().Record(c.Request().Context(), actorOf(c), custody.RecordPlace{
		Ask: d.ask(), Place: custody.Place{Code: d.Code, Name: d.Name, Keepers: d.Keepers, Closed: d.Closed},
	})
	return placed(c, p, err)
}
