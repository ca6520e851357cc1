package render

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
)

// htmlStyle is the style sheet of every page. It names no colour but black,
// white and greys, and no font that a page would have to fetch.
const htmlStyle = `:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0 auto;padding:20px;max-width:1480px;background:#fff;color:#111;font:15px/1.45 "Noto Sans","DejaVu Sans",Arial,sans-serif}
h1{font-size:24px;line-height:1.25;margin:12px 0}
h2{font-size:17px;margin:20px 0 4px}
p,dd,li{overflow-wrap:anywhere}
p{margin:4px 0;max-width:110ch}
a{color:#111}
a:focus-visible,div:focus-visible{outline:3px solid #111;outline-offset:2px}
header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:8px 20px;border-bottom:2px solid #111;padding-bottom:8px}
header p{margin:0}
.ref{font-size:24px;font-weight:700}
.about{text-align:right}
.skip{position:absolute;left:-9999px}
.skip:focus{position:static}
.notice{flex-basis:100%;border:3px solid #111;padding:8px 12px;margin:0 0 12px;font-weight:700;font-size:17px;max-width:none}
.question{border:1px solid #111;padding:8px 12px;margin:12px 0}
.question .asked{font-size:17px}
.small{font-size:13px}
.balance{border-top:1px solid #111;border-bottom:1px solid #111;padding:6px 0;max-width:none}
.balance b{font-size:20px}
.balance .sign{padding:0 10px}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;margin:6px 0;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:700;padding:4px 0}
th,td{text-align:left;vertical-align:top;padding:3px 8px 3px 0;border-bottom:1px solid #c3c3c3;unicode-bidi:isolate}
thead th{border-bottom:2px solid #111;vertical-align:bottom}
.front td{overflow-wrap:break-word}
.rows{font-size:13px;line-height:1.4}
.rows td,.rows tbody th{white-space:nowrap}
.rows td.w{white-space:normal;overflow-wrap:break-word;min-width:18em;max-width:32em}
.rows tbody tr:nth-child(5n) td,.rows tbody tr:nth-child(5n) th{border-bottom-color:#6f6f6f}
.rows tbody th{font-weight:400}
.rows tr:target td,.rows tr:target th{border-bottom:3px solid #111;font-weight:700}
td.n,th.n{text-align:right}
dl{display:grid;grid-template-columns:9em 1fr;gap:4px 12px;margin:6px 0}
dt{color:#333}
dd{margin:0;max-width:100ch}
code,.mono{font-family:"DejaVu Sans Mono","Liberation Mono",Consolas,monospace;font-size:13px;overflow-wrap:anywhere}
.code{font-size:24px;font-weight:700}
ol li{margin:4px 0}
svg{max-width:100%;height:auto}
footer{border-top:1px solid #111;margin-top:20px;padding-top:8px;display:flex;flex-wrap:wrap;justify-content:space-between;gap:4px 20px}
@media (max-width:700px){body{padding:12px}dl{grid-template-columns:1fr}.about{text-align:left}}
@media print{@page{size:A4 landscape;margin:13mm}body{padding:0;max-width:none;font-size:9pt}.skip{display:none}.scroll{overflow:visible}.rows{font-size:7pt}.rows td,.rows td.w{white-space:normal;min-width:0;padding-right:4px}thead{display:table-header-group}tr{break-inside:avoid}}
`

// htmlPage writes one file of HTML that opens from a disk without a network: it
// runs no script and refers to nothing outside itself. Its first error stays.
// Shape: a link to a row is #row-N.
type htmlPage struct {
	b *bufio.Writer
}

func newHTMLPage(w io.Writer) *htmlPage { return &htmlPage{bufio.NewWriterSize(w, 64<<10)} }

// put writes markup as it is.
func (h *htmlPage) put(parts ...string) {
	for _, p := range parts {
		_, _ = h.b.WriteString(p)
	}
}

// element writes one element around a text.
func (h *htmlPage) element(tag, attributes, text string) {
	h.put("<", tag)
	if attributes != "" {
		h.put(" ", attributes)
	}
	h.put(">", xmlText(text), "</", tag, ">\n")
}

// begin writes everything that stands before the rows.
func (h *htmlPage) begin(x exhibit) {
	f := x.front
	title := x.meta.Reference + ", version " + decimal(int64(x.meta.Version)) + ": " + f.title
	if f.notServed != "" {
		title = f.notServed + " " + f.title
	}
	sum := sha256.Sum256([]byte(htmlStyle))
	h.put("<!DOCTYPE html>\n<html lang=\"en-GB\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n",
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-`, base64.StdEncoding.EncodeToString(sum[:]), "'\">\n",
		`<meta name="viewport" content="width=device-width, initial-scale=1">`, "\n")
	h.element("title", "", title)
	h.put("<style>", htmlStyle, "</style>\n</head>\n<body>\n")
	h.element("a", `class="skip" href="#rows"`, "Skip to the rows")
	h.put("<header>\n")
	h.notice(f)
	h.put("<div>")
	if f.notServed != "" {
		h.element("p", "", "What-if copy of exhibit")
	} else {
		h.element("p", "", "Exhibit")
	}
	h.element("p", `class="ref"`, f.reference)
	h.put("</div>\n<div class=\"about\">")
	for _, line := range f.about {
		h.element("p", "", line)
	}
	h.put("</div>\n</header>\n<main>\n")
	h.element("h1", "", f.title)
	h.put(`<div class="question">`, "\n")
	h.element("p", `class="small"`, "The question asked")
	h.element("p", `class="asked"`, f.question)
	h.element("p", `class="small"`, f.period)
	h.put("</div>\n")
	h.counts(f)
	for _, part := range f.sections {
		h.section(part)
	}
	h.put("<section aria-labelledby=\"limits\">\n")
	h.element("h2", `id="limits"`, limitsTitle)
	h.put("<dl>\n")
	for _, c := range f.limits {
		h.element("dt", "", c.ID)
		h.element("dd", "", c.Text)
	}
	h.put("</dl>\n</section>\n")
	for _, part := range f.details {
		h.section(part)
	}
}

func (h *htmlPage) notice(f frontPage) {
	if f.notServed != "" {
		h.element("p", `class="notice"`, f.notServed)
	}
}

func (h *htmlPage) counts(f frontPage) {
	h.put("<section aria-labelledby=\"counts\">\n")
	h.element("h2", `id="counts"`, "Counts")
	h.put(`<p class="balance">`)
	for _, part := range balanceParts(f.balance) {
		if part.sign != "" {
			h.put(` <span class="sign">`, part.sign, "</span> ")
		}
		h.put("<b>", number(part.n), "</b> ", part.word)
	}
	h.put("</p>\n")
	for _, text := range f.counts {
		h.element("p", `class="small"`, text)
	}
	h.put("</section>\n")
}

func (h *htmlPage) section(part section) {
	h.put("<section>\n")
	h.element("h2", "", part.title)
	for _, text := range part.text {
		h.element("p", "", text)
	}
	if len(part.heads) > 0 {
		h.put(`<div class="scroll" tabindex="0" role="region" aria-label="`, xmlText(part.title), "\"><table class=\"front\">\n<thead><tr>")
		for _, head := range part.heads {
			h.put(`<th scope="col"`, numeric(head.right), ">", xmlText(head.title), "</th>")
		}
		h.put("</tr></thead>\n<tbody>\n")
		for _, row := range part.rows {
			h.put("<tr>")
			for n, cell := range row {
				if part.heads[n].mono {
					h.put("<td><code>", xmlText(orDash(cell)), "</code></td>")
				} else {
					h.put("<td", numeric(part.heads[n].right), ">", xmlText(orDash(cell)), "</td>")
				}
			}
			h.put("</tr>\n")
		}
		h.put("</tbody>\n</table></div>\n")
	}
	h.put("</section>\n")
}

func numeric(right bool) string {
	if right {
		return ` class="n"`
	}
	return ""
}

// cellClass tells how a cell is set: a figure, a text that breaks into lines, or
// neither.
func cellClass(text string, right bool) string {
	const short = 36 // characters
	if !right && len(text) > short {
		return ` class="w"`
	}
	return numeric(right)
}

// rows writes a table of rows; the first cell of each is its head. A row is
// anchored under the number that name gives it.
func (h *htmlPage) rows(id, caption string, titles []string, right []bool, name func(n int, cells []string) string,
	each func(use func(cells []string) error) error,
) error {
	h.put("<section>\n")
	h.element("h2", `id="`+id+`"`, caption)
	h.put(`<div class="scroll" tabindex="0" role="region" aria-labelledby="`, id, "\"><table class=\"rows\">\n<thead><tr>")
	for n, t := range titles {
		h.put(`<th scope="col"`, numeric(right[n]), ">", xmlText(t), "</th>")
	}
	h.put("</tr></thead>\n<tbody>\n")
	rows := 0
	err := each(func(cells []string) error {
		rows++
		h.put(`<tr id="`, xmlText(name(rows, cells)), `">`)
		for n, c := range cells {
			if n == 0 {
				h.put(`<th scope="row"`, numeric(right[n]), ">", xmlText(orDash(c)), "</th>")
			} else {
				h.put("<td", cellClass(c, right[n]), ">", xmlText(orDash(c)), "</td>")
			}
		}
		h.put("</tr>\n")
		return nil
	})
	if err != nil {
		return err
	}
	h.put("</tbody>\n</table></div>\n")
	if rows == 0 {
		h.element("p", "", noRowText)
	}
	h.put("</section>\n")
	return nil
}

// end writes what stands behind the rows and returns the first error of all.
func (h *htmlPage) end(x exhibit) error {
	c := newCheckTexts(x)
	h.notice(x.front)
	h.put("<section aria-labelledby=\"check\">\n")
	h.element("h2", `id="check"`, c.title)
	h.element("p", "", c.intro)
	h.element("p", `class="small"`, codeTitle)
	h.element("p", `class="mono code"`, x.code)
	h.element("p", `class="small"`, codeMeaning+" "+codeLetters)
	h.put(`<p class="small">Digest in full: <code>`, hex.EncodeToString(x.digest[:]), "</code></p>\n<ol>\n")
	for _, step := range c.steps {
		h.put("<li>", xmlText(step.text))
		if step.command != "" {
			h.put("<br><code>", xmlText(step.command), "</code>")
		}
		h.put("</li>\n")
	}
	h.put("</ol>\n")
	h.element("h2", "", "What a good check shows")
	h.element("p", "", c.shows)
	h.element("h2", "", "What it does not show")
	h.element("p", "", c.showsNot)
	if c.log != "" {
		h.element("p", "", c.log)
	}
	h.put("</section>\n</main>\n<footer>\n")
	h.element("p", "", x.front.statement)
	h.element("p", "", "Content code "+x.code)
	h.element("p", "", "End of the page.")
	h.put("</footer>\n</body>\n</html>\n")
	if err := h.b.Flush(); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return nil
}
