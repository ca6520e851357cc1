package hostile

import (
	"slices"
	"strings"
)

// hostileTexts are texts for a field that may hold any words.
func hostileTexts() map[string]string {
	return map[string]string{
		"right-to-left override":  "abc\u202edcba",
		"isolate never closed":    "abc\u2067def",
		"zero-width space":        "Bath\u200bRoad",
		"zero-width joiners":      strings.Repeat("\u200d", 64),
		"soft hyphen":             "Ba\u00adth",
		"Cyrillic letter":         "Bаth",
		"10,000 combining marks":  "a" + strings.Repeat("\u0301", 10_000),
		"composed and decomposed": "é e\u0301",
		"tag letters":             "\U000e0041\U000e0042",
		"private use":             "\ue000\U000f0000",
		"mark inside":             "Ba\ufeffth",
		"joined figures":          "👩\u200d👩\u200d👧",
		"line separator":          "a\u2028b",
		"not a character":         "\ufffe",
		"escape sequence":         "\x1b[2J\x1b[31m",
		"title sequence":          "\x1b]0;x\x07",
		"backspaces":              "abc\b\b\bxyz",
		"delete":                  "\x7f",
		"C1 control":              "\u009b31m",
	}
}

// Injections are texts that a page, a workbook or a paper might take for more
// than text. Tests put them where a file may hold any words.
func Injections() []string {
	return []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "javascript:alert(1)", "data:text/html,<script>",
		"'><script>", "</td></table><iframe src=//192.0.2.1>", "</style><script>", "<style>@import url(//192.0.2.1)</style>", "{{.}}", "{{template \"x\"}}", "${7*7}",
		"\\input{/etc/passwd}", "[x](javascript:alert(1))", "]]><!--", "&#x3c;script&#x3e;", "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
		"=1+1", "@SUM(A1)", "+1", "-1", "＝1+1", "|calc", "=HYPERLINK(\"http://192.0.2.1\")", ") /JS (app.alert(1)) /S /JavaScript", "endstream endobj", "%PDF-1.7", "BEGIN:VCARD", "a;filename=x",
	}
}

// controls tells whether a text turns or hides what stands near it.
func controls(text string) bool {
	return strings.ContainsAny(text, "\u202e\u2067\u200b\u200d\u2028\ufeff\x1b\b\x7f\u009b")
}

// unfit tells whether a text cannot even stand for a name: it is set aside.
func unfit(text string) bool {
	return strings.ContainsAny(text, "\x1b\b\x7f\x07") || len(text) > 1000 || strings.HasPrefix(text, "\u200d")
}

func sortFiles(list []File) {
	slices.SortFunc(list, func(a, b File) int { return strings.Compare(a.Form+a.Name, b.Form+b.Name) })
}
