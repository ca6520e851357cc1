package demo

import (
	"bytes"
	"testing"

	"custos.example/analysis/source"
)

// TestReturns wants forty files that are the same each time, each of which the
// profile of its operator fits best, with three damaged and one question.
func TestReturns(t *testing.T) {
	files, again := Returns(1, 60), Returns(1, 60)
	if len(files) != 40 {
		t.Fatalf("%d files", len(files))
	}
	damaged, questions := 0, 0
	for i, f := range files {
		if !bytes.Equal(f.Content, again[i].Content) {
			t.Errorf("%s is not the same the second time", f.Name)
		}
		matches, err := source.Detect(bytes.NewReader(f.Content))
		if err != nil || matches[0].Profile != []string{"uk-alike-a", "uk-alike-b", "uk-alike-c", "uk-alike-d"}[i%4] {
			t.Errorf("%s: %v, %v", f.Name, matches, err)
		}
		if f.Damage != "" {
			damaged++
			if len(f.Doubtful) == 0 {
				t.Errorf("%s is damaged and says of no row that it is doubtful", f.Name)
			}
		}
		if f.Question != "" {
			questions++
		}
	}
	if damaged != 3 || questions != 1 {
		t.Errorf("%d damaged, %d questions", damaged, questions)
	}
}
