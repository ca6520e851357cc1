package bundle

import (
	"fmt"
	"html/template"
	"io"
)

// HTML writes the comparison as one static page without script, link or font.
func (r Comparison) HTML(w io.Writer) error {
	if err := comparisonPage.Execute(w, r.visible()); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// comparisonPage is the comparison as HTML.
var comparisonPage = template.Must(template.Must(parts.Clone()).New("comparison").Parse(`<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.Headline}} - two bundles</title>
{{template "style"}}
</head>
<body>
<main>
<p class="quiet">custos-verify {{.Checker.Version}} compare{{with .CheckedAt}}, checked {{.}}{{end}}. No network was used.</p>
<h1>{{.Headline}}</h1>
<p>{{.Meaning}}</p>
<p>{{if .Trust}}Trust file SHA-256 <code>{{.Trust}}</code>{{else}}No trust file was given.{{end}}</p>
{{range $i, $s := .Sides}}<section><h2>{{if $i}}The second bundle{{else}}The first bundle{{end}}</h2>
<p>File <bdi>{{.File.Name}}</bdi>, {{thousands .File.Size}} bytes, SHA-256 <code>{{.File.SHA256}}</code></p>
{{with .Exhibit}}<p>Exhibit <bdi>{{plain .Reference}}</bdi> version {{.Version}}, <bdi>{{name .Title}}</bdi>. Case <bdi>{{name .Case}}</bdi>.</p>{{end}}
{{with .Head}}<p>Its signed summary of the log:</p><pre><code>{{.}}</code></pre>{{end}}
</section>
{{end}}
<section><h2>What was compared</h2>
<table><caption class="quiet">Comparisons</caption>
{{range .Findings}}{{template "finding" .}}{{end}}</table></section>
<section><h2>What this does not show</h2><ul>{{range .NotShown}}<li>{{.}}</li>{{end}}</ul></section>
{{template "todo" .}}
</main>
</body>
</html>
`))
