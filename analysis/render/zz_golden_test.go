package render_test

import (
	"os"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/render"
	"custos.example/analysis/steptest"
)

func TestZZ(t *testing.T) {
	for _, s := range []analysis.Step{render.ScheduleCSV{}, render.SchedulePDF{}, render.ScheduleXLSX{}, render.ScheduleHTML{}, render.TableCSV{}, render.TablePDF{}, render.TableXLSX{}, render.TableHTML{}, render.MapSVG{}} {
		steptest.Golden(t, "../registry/testdata/golden", s, os.Getenv("ZZ") != "")
	}
}
