package api

import (
	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// submissionRoutes are submissions to external providers, and what the work costs.
func (s *Server) submissionRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/submissions", s.submissions)
	v1.GET("/cases/:case/submissions", s.submissions)
	v1.GET("/cases/:case/submissions/:submission", s.submission)
	v1.POST("/cases/:case/submissions", decoded(s.requestSubmission), document)
	v1.POST("/cases/:case/submissions/:submission/answers", decoded(s.agreeSubmission), document)
	v1.POST("/cases/:case/submissions/:submission/sendings", decoded(s.sendSubmission), document)
	v1.POST("/cases/:case/submissions/:submission/returns", decoded(s.returnSubmission), document)
	v1.POST("/cases/:case/submissions/:submission/endings", decoded(s.endSubmission), document)
	v1.GET("/cases/:case/costs", s.costs)
	v1.POST("/cases/:case/costs", decoded(s.recordCost), document)
	v1.POST("/cases/:case/costs/:cost/withdrawals", decoded(s.withdrawCost), document)
	v1.GET("/cases/:case/costs/totals", s.costTotals)
	v1.GET("/costs/totals", s.costTotals)
}

type requestSubmissionDocument struct {
	askDocument
	Provider      string                `json:"provider"`
	Holder        string                `json:"holder"`
	Question      string                `json:"question"`
	Items         []string              `json:"items"`
	DueOn         policy.Date           `json:"dueOn"`
	Unit          string                `json:"unit"`
	Estimate      int64                 `json:"estimate"` // pence
	Accreditation custody.Accreditation `json:"accreditation"`
}

type agreeSubmissionDocument struct {
	askDocument
	On            policy.Date           `json:"on"`
	By            string                `json:"by"`
	Reference     string                `json:"reference"`
	DueOn         policy.Date           `json:"dueOn"`
	Price         int64                 `json:"price"` // pence
	Accreditation custody.Accreditation `json:"accreditation"`
	Refused       string                `json:"refused"`
}

type sendSubmissionDocument struct {
	askDocument
	On           policy.Date `json:"on"`
	Items        []string    `json:"items"`
	Means        string      `json:"means"`
	Unaccredited string      `json:"unaccredited"`
}

type returnSubmissionDocument struct {
	askDocument
	On       policy.Date      `json:"on"`
	Items    []string         `json:"items"`
	Results  []ledger.EntryID `json:"results"`
	Words    string           `json:"words"`
	Complete bool             `json:"complete"`
}

type recordedSubmissionDocument struct {
	Name  string                  `json:"name"`
	State custody.SubmissionState `json:"state"`
	Proof proofElement            `json:"proof"`
}

type costDocument struct {
	askDocument
	ID         string           `json:"id"`
	About      *ledger.EntryID  `json:"about"`
	Submission string           `json:"submission"`
	Kind       custody.CostKind `json:"kind"`
	Pence      int64            `json:"pence"`
	On         policy.Date      `json:"on"`
	Operator   string           `json:"operator"`
	Unit       string           `json:"unit"`
	Reference  string           `json:"reference"`
	Note       string           `json:"note"`
	Why        string           `json:"why"`
}

func (s *Server) submissions(c echo.Context) error {
	found, err := s.service.Submissions().List(c.Request().Context(), actorOf(c), custody.SubmissionSearch{
		Ask: asked(c), Case: caseOf(c), Overdue: c.QueryParam("overdue") == "true", Open: c.QueryParam("open") == "true",
	})
	return answered(c, map[string]any{"submissions": found}, err)
}

func (s *Server) submission(c echo.Context) error {
	found, err := s.service.Submissions().Show(c.Request().Context(), actorOf(c), caseOf(c), c.Param("submission"), asked(c))
	return answered(c, found, err)
}

// submitted answers with a submission as it was recorded.
func submitted(c echo.Context, recorded custody.RecordedSubmission, err error) error {
	return created(c, recordedSubmissionDocument{recorded.Name, recorded.State, proof(recorded.Proof)}, err)
}

func (s *Server) requestSubmission(c echo.Context, d requestSubmissionDocument) error {
	recorded, err := s.service.Submissions().Request(c.Request().Context(), actorOf(c), custody.RequestSubmission{
		Ask: d.ask(), Case: caseOf(c), Provider: d.Provider, Holder: d.Holder, Question: d.Question, Items: d.Items, DueOn: d.DueOn, Unit: d.Unit,
		Estimate: d.Estimate, Accreditation: d.Accreditation,
	})
	return submitted(c, recorded, err)
}

func (s *Server) agreeSubmission(c echo.Context, d agreeSubmissionDocument) error {
	recorded, err := s.service.Submissions().Agree(c.Request().Context(), actorOf(c), custody.AgreeSubmission{
		Ask: d.ask(), Case: caseOf(c), Name: c.Param("submission"), On: d.On, By: d.By, Reference: d.Reference, DueOn: d.DueOn, Price: d.Price,
		Accreditation: d.Accreditation, Refused: d.Refused,
	})
	return submitted(c, recorded, err)
}

func (s *Server) sendSubmission(c echo.Context, d sendSubmissionDocument) error {
	recorded, err := s.service.Submissions().Send(c.Request().Context(), actorOf(c), custody.SendSubmission{
		Ask: d.ask(), Case: caseOf(c), Name: c.Param("submission"), On: d.On, Items: d.Items, Means: d.Means, Unaccredited: d.Unaccredited,
	})
	return submitted(c, recorded, err)
}

func (s *Server) returnSubmission(c echo.Context, d returnSubmissionDocument) error {
	recorded, err := s.service.Submissions().Return(c.Request().Context(), actorOf(c), custody.ReturnSubmission{
		Ask: d.ask(), Case: caseOf(c), Name: c.Param("submission"), On: d.On, Items: d.Items, Results: d.Results, Words: d.Words, Complete: d.Complete,
	})
	return submitted(c, recorded, err)
}

func (s *Server) endSubmission(c echo.Context, d reasonDocument) error {
	recorded, err := s.service.Submissions().End(c.Request().Context(), actorOf(c), custody.EndSubmission{
		Ask: d.ask(), Case: caseOf(c), Name: c.Param("submission"), Reason: d.Reason,
	})
	return submitted(c, recorded, err)
}

func (s *Server) costs(c echo.Context) error {
	found, err := s.service.Costs().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"costs": found}, err)
}

func (s *Server) recordCost(c echo.Context, d costDocument) error {
	recorded, err := s.service.Costs().Record(c.Request().Context(), actorOf(c), custody.RecordCost{
		Ask: d.ask(), Case: caseOf(c), ID: d.ID, About: orZero(d.About), Submission: d.Submission, Kind: d.Kind, Pence: d.Pence, On: d.On,
		Operator: d.Operator, Unit: d.Unit, Reference: d.Reference, Note: d.Note, Why: d.Why,
	})
	return created(c, map[string]any{"id": recorded.ID, "proof": proof(recorded.Proof)}, err)
}

func (s *Server) withdrawCost(c echo.Context, d reasonDocument) error {
	recorded, err := s.service.Costs().Withdraw(c.Request().Context(), actorOf(c), custody.WithdrawCost{
		Ask: d.ask(), Case: caseOf(c), ID: c.Param("cost"), Reason: d.Reason,
	})
	return created(c, map[string]any{"id": recorded.ID, "proof": proof(recorded.Proof)}, err)
}

// costTotals adds up one case, or every case.
func (s *Server) costTotals(c echo.Context) error {
	totals, err := s.service.Costs().Totals(c.Request().Context(), actorOf(c), custody.CostSearch{
		Ask: asked(c), Case: caseOf(c), From: policy.Date(c.QueryParam("from")), Until: policy.Date(c.QueryParam("until")), ByCase: c.QueryParam("by-case") == "true",
	})
	return answered(c, totals, err)
}
