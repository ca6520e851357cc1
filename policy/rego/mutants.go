package rego

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// mutant is the rules with one line changed.
type mutant struct {
	name    string
	sources []source
}

// mutants returns every set of rules with one line dropped or one comparison
// turned, as far as it compiles: in the files that are wanted, nil being all.
func mutants(sources []source, wanted func(file string) bool) (out []mutant, invalid int) {
	add := func(file, line int, lines []string, what string) {
		changed := slices.Clone(sources)
		changed[file].text = strings.Join(lines, "\n")
		if _, _, err := compile(changed); err != nil {
			invalid++
			return
		}
		out = append(out, mutant{fmt.Sprintf("%s:%d %s", changed[file].name, line+1, what), changed})
	}
	turns := [][2]string{
		{" <= ", " < "},
		{" < ", " <= "},
		{" == ", " != "},
		{" != ", " == "},
		{" > ", " >= "},
		{"every ", "some "},
		{" + 1", " + 2"},
		{" - 1", " - 0"},
		{"true", "false"},
		{" | ", " & "},
		{"min(", "max("},
	}
	for file, s := range sources {
		if wanted != nil && !wanted(s.name) {
			continue
		}
		lines := strings.Split(s.text, "\n")
		for i, line := range lines {
			code := strings.TrimSpace(line)
			if code == "" || strings.HasPrefix(code, "#") || strings.HasPrefix(code, "package") {
				continue
			}
			add(file, i, slices.Delete(slices.Clone(lines), i, i+1), "dropped: "+code)
			for _, turn := range turns {
				if strings.Contains(line, turn[0]) && !strings.HasPrefix(line, "text[") { // words are not to be turned
					turned := slices.Clone(lines)
					turned[i] = strings.Replace(line, turn[0], turn[1], 1)
					add(file, i, turned, "turned: "+strings.TrimSpace(turned[i]))
				}
			}
			if _, row, ok := strings.Cut(line, `"letters": {`); ok { // each letter of a purpose
				for _, letter := range strings.Split(strings.Trim(row[:strings.Index(row, "}")], " "), ", ") {
					fewer := slices.Clone(lines)
					fewer[i] = strings.Replace(strings.Replace(line, letter+", ", "", 1), ", "+letter+"}", "}", 1)
					if fewer[i] == line {
						continue // its only letter: the row as a whole is dropped above
					}
					add(file, i, fewer, "without "+letter)
				}
			}
		}
	}
	return out, invalid
}

// survives says whether every test passes on a mutant.
func (m mutant) survives(ctx context.Context, all tables) bool {
	e, err := open(ctx, m.sources)
	if err != nil {
		return false
	}
	for _, c := range all.cases {
		if c.check(ctx, e) != nil {
			return false
		}
	}
	for _, p := range all.periods {
		if all.checkPeriod(ctx, e, p) != nil {
			return false
		}
	}
	if _, _, err := runRego(ctx, m.sources, all.units); err != nil {
		return false
	}
	_, err = checkSpoilt(ctx, e, all, false, 11)
	return err == nil
}

// equivalent says of a mutant that it answers as the rules do: a match against
// what is no text is an error, and so a denial, as well.
func equivalent(m mutant) bool { return strings.HasSuffix(m.name, "dropped: is_string(value)") }
