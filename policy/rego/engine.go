// Package rego owns the rules and the only engine that reads them: the .rego
// files, the digest that names them as a policy release, and the one question
// that is asked of them.
//
// No is the answer whenever the rules do not give exactly one yes: on an
// undefined or doubled answer, on any error, after the time limit, and on a
// denial that leaves nothing unmet. Such a denial bears an alarm.
//
// It never asks the network, the clock or the disk while deciding, and knows
// nothing of cases beyond the facts it is given.
package rego

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util"

	"custos.example/policy"
)

// ErrRelease says that the rules in this program are not those asked for.
var ErrRelease = errors.New("another policy release")

// limit is the time after which a decision is a denial.
const limit = 10 * time.Second

// The two questions. The first decides, and says what comes with a yes; the
// second says why not.
const (
	question  = "[data.custos.allow, data.custos.obligations]"
	reasoning = "data.custos.account"
)

// Engine decides by the rules of one policy release. It is safe for concurrent
// use.
type Engine struct {
	release  string
	sources  []source
	compiler *ast.Compiler
	modules  map[string]*ast.Module
	notes    map[string]note
	rules    map[policy.Action][]string
	allow    rego.PreparedEvalQuery
	account  rego.PreparedEvalQuery
	lastDay  rego.PreparedEvalQuery
	shape    *shape
	limit    time.Duration
	tried    atomic.Bool // see Try
}

// Open opens the release that this program was built with. Others are opened by
// Engines.
func Open(ctx context.Context) (*Engine, error) {
	sources, err := embedded()
	if err != nil {
		return nil, err
	}
	return open(ctx, sources)
}

func open(ctx context.Context, sources []source) (*Engine, error) {
	compiler, modules, err := compile(sources)
	if err != nil {
		return nil, err
	}
	e := &Engine{release: Digest(releaseText(sources)), sources: sources, compiler: compiler, modules: modules, limit: limit}
	if e.notes, err = notes(modules); err != nil {
		return nil, err
	}
	lookedAt(e.notes, compiler)
	if e.allow, err = prepare(ctx, compiler, question); err != nil {
		return nil, err
	}
	if e.account, err = prepare(ctx, compiler, reasoning); err != nil {
		return nil, err
	}
	if e.lastDay, err = prepare(ctx, compiler, lastDayQuery); err != nil {
		return nil, err
	}
	if e.rules, err = requirements(ctx, compiler); err != nil {
		return nil, err
	}
	e.shape, err = shapeOf(reflect.TypeFor[policy.Input]())
	return e, err
}

// requirements returns the ids of the rules that each action must meet.
func requirements(ctx context.Context, compiler *ast.Compiler) (map[policy.Action][]string, error) {
	query, err := prepare(ctx, compiler, "data.custos.requirements")
	if err != nil {
		return nil, err
	}
	results, err := query.Eval(ctx)
	if err != nil || len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, fmt.Errorf("read what each action requires: %w", errors.Join(err, errForm))
	}
	table, ok := results[0].Expressions[0].Value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("read what each action requires: %w", errForm)
	}
	out := map[policy.Action][]string{}
	for action, ids := range table {
		list, ok := words(ids)
		if !ok {
			return nil, fmt.Errorf("read what %s requires: %w", action, errForm)
		}
		out[policy.Action(action)] = append([]string{shapeRule}, list...)
	}
	return out, nil
}

// shapeRule is the rule that every action must meet; it alone allows nothing.
const shapeRule = "R-00"

var errForm = errors.New("the rules are not of the form wanted")

func prepare(ctx context.Context, compiler *ast.Compiler, query string) (rego.PreparedEvalQuery, error) {
	prepared, err := rego.New(rego.Compiler(compiler), rego.Query(query), rego.StrictBuiltinErrors(true)).PrepareForEval(ctx)
	if err != nil {
		return prepared, fmt.Errorf("prepare %s: %w", query, err)
	}
	return prepared, nil
}

// Release is the digest of the rules.
// Shape: 64 lower-case hex digits.
func (e *Engine) Release() string { return e.release }

// Decide answers whether what in asks for may be done. It never fails: what
// cannot be decided is denied, and the alarm says why; the error is always nil
// but for callers that are gone.
func (e *Engine) Decide(ctx context.Context, in policy.Input) (policy.Decision, error) {
	d, _, err := e.decided(ctx, in)
	return d, err
}

// decided is Decide with, of a denial, why the rules answer so.
func (e *Engine) decided(ctx context.Context, in policy.Input) (policy.Decision, account, error) {
	d := policy.Decision{Release: e.release, AsOf: in.AsOf}
	if err := ctx.Err(); err != nil {
		return alarm(d, err), account{}, err
	}
	facts, err := e.factsOf(in)
	if err != nil {
		return alarm(d, err), account{}, nil
	}
	d, why := e.decide(ctx, d, in, facts)
	return d, why, nil
}

// Replay decides again on recorded facts.
// Errors: ErrRelease when the rules recorded are not those in this program;
// policy.ErrInput when the facts are not as they are recorded.
func (e *Engine) Replay(ctx context.Context, input []byte, release string) (policy.Decision, error) {
	if release != e.release {
		return policy.Decision{}, fmt.Errorf("the decision was taken under policy release %s and this program holds %s: "+
			"use the program of that release: %w", release, e.release, ErrRelease)
	}
	in, err := policy.ParseInput(input)
	if err != nil {
		return policy.Decision{}, err
	}
	return e.Decide(ctx, in)
}

func (e *Engine) decide(ctx context.Context, d policy.Decision, in policy.Input, facts ast.Value) (policy.Decision, account) {
	allowed, duties, err := e.ask(ctx, facts)
	if err != nil {
		return alarm(d, err), account{}
	}
	if d.Rules = e.rules[in.Action]; allowed && len(d.Rules) < 2 {
		return alarm(d, fmt.Errorf("the rules allow %s, for which they require nothing", in.Action)), account{}
	}
	if allowed {
		d.Allowed, d.Duties = true, duties
		d.Until = in.Until()
		return d, account{}
	}
	why, err := e.explain(ctx, facts)
	if err != nil {
		return alarm(d, err), account{}
	}
	if len(why.unmet) == 0 && len(d.Rules) > 0 {
		return alarm(d, fmt.Errorf("the rules deny %s and leave nothing unmet", in.Action)), why
	}
	for id, text := range why.reasons {
		d.Reasons = append(d.Reasons, e.notes[id].reason(id, text, in))
	}
	slices.SortFunc(d.Reasons, func(a, b policy.Reason) int { return strings.Compare(a.Rule, b.Rule) })
	if len(d.Reasons) == 0 {
		d.Reasons = []policy.Reason{nothingAllows}
	}
	return d, why
}

// nothingAllows is said when an action has no rules.
var nothingAllows = policy.Reason{
	Rule: shapeRule, Text: "No rule allows this to anyone.", Cure: "A policy release that allows it would have to be put in force.",
}

// alarm is a denial that somebody should look into.
func alarm(d policy.Decision, err error) policy.Decision {
	d.Allowed, d.Until = false, time.Time{}
	d.Alarm = oneLine(err.Error())
	d.Reasons = []policy.Reason{{
		Rule: shapeRule, Text: "It could not be decided as it should be, so it is refused.",
		Cure: "Report this to the administrator; nothing you did is lost.",
	}}
	return d
}

// oneLine keeps an error's text fit for a record.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r == '\ufffd' {
			return ' '
		}
		return r
	}, s)
	return strings.ToValidUTF8(s, " ")
}

// eval asks the rules one question.
// Errors: after the time limit, and when the caller is gone; an answer that comes too
// late is none.
func (e *Engine) eval(ctx context.Context, query rego.PreparedEvalQuery, facts ast.Value) (rego.ResultSet, error) {
	ctx, end := context.WithTimeout(ctx, e.limit)
	defer end()
	stop := topdown.NewCancel()
	defer context.AfterFunc(ctx, stop.Cancel)()
	results, err := query.Eval(ctx, rego.EvalParsedInput(facts), rego.EvalExternalCancel(stop))
	return results, errors.Join(err, ctx.Err())
}

// ask returns the rules' answer, and what comes with a yes.
// Errors: anything but exactly one boolean and one set of texts.
func (e *Engine) ask(ctx context.Context, facts ast.Value) (bool, []policy.Duty, error) {
	results, err := e.eval(ctx, e.allow, facts)
	if err != nil {
		return false, nil, fmt.Errorf("ask the rules: %w", err)
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 || len(results[0].Bindings) != 0 {
		return false, nil, fmt.Errorf("the rules gave %d answers where one is wanted", len(results))
	}
	answer, ok := results[0].Expressions[0].Value.([]any)
	if !ok || len(answer) != 2 {
		return false, nil, fmt.Errorf("the rules gave a %T where an answer is wanted", results[0].Expressions[0].Value)
	}
	allowed, ok := answer[0].(bool)
	if !ok {
		return false, nil, fmt.Errorf("the rules gave a %T where yes or no is wanted", answer[0])
	}
	texts, ok := answer[1].(map[string]any)
	if !ok {
		return false, nil, fmt.Errorf("what comes with a yes: %w", errForm)
	}
	var duties []policy.Duty
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		text, ok := texts[id].(string)
		if !ok {
			return false, nil, fmt.Errorf("rule %s gives a duty that is no text: %w", id, errForm)
		}
		duties = append(duties, policy.Duty{Rule: id, Text: text})
	}
	return allowed, duties, nil
}

// account is why the rules answer as they do.
type account struct {
	unmet   []string
	reasons map[string]string
}

func (e *Engine) explain(ctx context.Context, facts ast.Value) (account, error) {
	results, err := e.eval(ctx, e.account, facts)
	if err != nil {
		return account{}, fmt.Errorf("ask the rules why: %w", err)
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return account{}, fmt.Errorf("the rules gave %d accounts where one is wanted", len(results))
	}
	fields, ok := results[0].Expressions[0].Value.(map[string]any)
	if !ok {
		return account{}, errForm
	}
	unmet, ok1 := words(fields["unmet"])
	reasons, ok2 := fields["reasons"].(map[string]any)
	if !ok1 || !ok2 {
		return account{}, errForm
	}
	a := account{unmet: unmet, reasons: map[string]string{}}
	for id, text := range reasons {
		if a.reasons[id], ok = text.(string); !ok {
			return account{}, fmt.Errorf("rule %s gives no text", id)
		}
	}
	return a, nil
}

func words(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]string, len(list))
	for i, item := range list {
		if out[i], ok = item.(string); !ok {
			return nil, false
		}
	}
	slices.Sort(out)
	return out, true
}

// value returns JSON as the engine's own value.
func value(text []byte) (ast.Value, error) {
	var v any
	if err := util.UnmarshalJSON(text, &v); err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	out, err := ast.InterfaceToValue(v)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return out, nil
}
