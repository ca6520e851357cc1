package bundle

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
)

// JSON writes the report as indented JSON, with unseen characters shown.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(true)
	if err := e.Encode(r.visible()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// HTML writes the report as one static page without script, link or font.
func (r Report) HTML(w io.Writer) error {
	if err := page.Execute(w, r.visible()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// visible returns the report with unseen characters shown in every text.
func (r Report) visible() Report {
	r.CheckedAt, r.Meaning, r.Level = Visible(r.CheckedAt), Visible(r.Meaning), Visible(r.Level)
	r.File.Name = Visible(r.File.Name)
	r.Exhibit = r.Exhibit.visible()
	r.Rows, r.NotShown, r.Next = visibleAll(r.Rows), visibleAll(r.NotShown), visibleAll(r.Next)
	questions := make([]Question, len(r.Questions))
	for i, q := range r.Questions {
		q.Reason, q.Lines = Visible(q.Reason), visibleAll(q.Lines)
		q.Findings = visibleFindings(q.Findings)
		questions[i] = q
	}
	r.Questions = questions
	return r
}

// visible returns the subject with unseen characters shown.
func (s *Subject) visible() *Subject {
	if s == nil {
		return nil
	}
	return &Subject{Reference: Visible(s.Reference), Version: s.Version, Title: Visible(s.Title), Case: Visible(s.Case)}
}

// visibleFindings returns the findings with unseen characters shown.
func visibleFindings(list []Finding) []Finding {
	out := make([]Finding, len(list))
	for i, f := range list {
		f.Text, f.Detail, f.Excerpt = Visible(f.Text), visibleAll(f.Detail), visibleAll(f.Excerpt)
		out[i] = f
	}
	return out
}

// visibleAll returns the texts with unseen characters shown.
func visibleAll(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, Visible(text))
	}
	return out
}

// parts are what the pages of a report and of a comparison share.
var parts = template.Must(template.New("parts").Funcs(template.FuncMap{
	"word":      outcomeWord,
	"thousands": thousands,
	"name":      quoted,
	"plain":     word,
}).Parse(`{{define "style"}}<style>
body { font: 16px/1.45 system-ui, "Segoe UI", "Noto Sans", Arial, sans-serif; color: #15211f; background: #fff; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.8rem; border: 3px solid #15211f; padding: .5rem .75rem; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .25rem; border-top: 1px solid #6f7d77; padding-top: .75rem; display: flex; justify-content: space-between; gap: 1rem; }
p { margin: .25rem 0; }
table { border-collapse: collapse; margin: .5rem 0; }
td, th { text-align: left; vertical-align: top; padding: .15rem .75rem .15rem 0; font-weight: normal; }
code { font-family: "Cascadia Mono", Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
.quiet { color: #47544f; }
</style>{{end}}
{{define "finding"}}<tr><th scope="row">{{.Number}}</th><td>{{word .Outcome}}</td><td>{{with .Code}}{{.}} {{end}}<bdi>{{.Text}}</bdi>{{range .Detail}}<br><bdi>{{.}}</bdi>{{end}}{{range .Excerpt}}<br><code><bdi>{{.}}</bdi></code>{{end}}</td></tr>
{{end}}
{{define "todo"}}{{if or .Advice .Next}}<section><h2>What to do</h2>
{{range .Advice}}<p><strong>{{.Code}}</strong> {{.Title}}<br>May be innocent: {{range $i, $cause := .Innocent}}{{if $i}}; or {{end}}{{$cause}}{{end}}.<br>Next: {{.Next}}</p>
{{end}}<ul>{{range .Next}}<li>{{.}}</li>{{end}}</ul></section>{{end}}{{end}}`))

// page is the report as HTML.
var page = template.Must(template.Must(parts.Clone()).New("report").Parse(`<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.Headline}}{{with .Exhibit}} - exhibit {{.Reference}}{{end}}</title>
{{template "style"}}
</head>
<body>
<main>
<p class="quiet">custos-verify {{.Checker.Version}}{{with .CheckedAt}}, checked {{.}}{{end}}. No network was used.</p>
<h1>{{.Headline}}</h1>
<p>{{.Meaning}}</p>
{{with .Exhibit}}<p>Exhibit <bdi>{{plain .Reference}}</bdi> version {{.Version}}, <bdi>{{name .Title}}</bdi>. Case <bdi>{{name .Case}}</bdi>.</p>{{end}}
{{range .Rows}}<p><bdi>{{.}}</bdi></p>
{{end}}
<section aria-labelledby="file"><h2 id="file">What was checked</h2>
<p>File <bdi>{{.File.Name}}</bdi>, {{thousands .File.Size}} bytes, SHA-256 <code>{{.File.SHA256}}</code></p>
<p>{{if .Trust}}Trust file SHA-256 <code>{{.Trust}}</code>{{else}}No trust file was given.{{end}}</p>
{{with .Checker.Binary}}<p>This program: SHA-256 <code>{{.}}</code></p>{{end}}
{{with .Checker.Module}}<p>Its steps: module <code>{{.}}</code></p>{{end}}
</section>
{{range .Questions}}
<section><h2><span>{{.Title}}</span><strong>{{.Answer}}</strong></h2>
<p><bdi>{{.Reason}}</bdi></p>
{{range .Lines}}<p><bdi>{{.}}</bdi></p>
{{end}}
{{if .Findings}}<table><caption class="quiet">Checks made for this question</caption>
{{range .Findings}}{{template "finding" .}}{{end}}</table>{{end}}
</section>
{{end}}
<section><h2>What this does not show</h2><ul>{{range .NotShown}}<li>{{.}}</li>{{end}}</ul>
<p>{{.Level}}</p>
<p>{{.Scope}}</p></section>
{{template "todo" .}}
</main>
</body>
</html>
`))
