// Package registry owns the one ordered list of steps, and the tests that hold
// every step on it to the same contract: a golden case, the same bytes in every
// environment, and no output when an input is poisoned.
//
// It never finds steps by itself: a step that is not on the list does not exist.
package registry

import (
	"custos.example/analysis"
	"custos.example/analysis/basemap"
	"custos.example/analysis/celltable"
	"custos.example/analysis/render"
	"custos.example/analysis/source"
	"custos.example/analysis/step"
)

// All returns every step, sources first, then what selects rows, analyses, and renderers.
func All() []analysis.Step {
	return []analysis.Step{
		source.CSV{},
		basemap.Map{},
		celltable.Table{},
		step.SelectRows{},
		step.CellJoin{},
		step.Schedule{},
		step.Contacts{},
		step.FirstLast{},
		step.Handsets{},
		step.Common{},
		step.Night{},
		step.Pattern{},
		step.Gaps{},
		step.CoLocation{},
		step.Area{},
		step.Timeline{},
		step.Merge{},
		step.AdmitExcess{},
		step.MaskEvents{},
		render.ScheduleCSV{},
		render.SchedulePDF{},
		render.ScheduleXLSX{},
		render.ScheduleHTML{},
		render.TableCSV{},
		render.TablePDF{},
		render.TableXLSX{},
		render.TableHTML{},
		render.MapSVG{},
		render.MapPDF{},
		render.TimelineSVG{},
		render.PatternSVG{},
	}
}

// Find returns the step of that name and version.
func Find(name string, version int) (analysis.Step, bool) {
	for _, s := range All() {
		if info := s.Info(); info.Name == name && info.Version == version {
			return s, true
		}
	}
	return nil, false
}
